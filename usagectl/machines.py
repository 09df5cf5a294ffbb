"""Which computers runs were made on, where their `meta.json` says it."""

import json
import os

from usagectl.content import SourceFile
from usagectl.usage import Usage

_LOOKED_AT = 20


def machines_of(usage: Usage) -> frozenset[str]:
    """A description of each machine, from the first few `meta.json` of a usage."""
    paths = [
        path
        for path in usage.files.get_column("path").to_list()
        if os.path.basename(path) == "meta.json"
    ]
    return frozenset(text for path in paths[:_LOOKED_AT] if (text := _machine(path)))


def _machine(path: str) -> str:
    try:
        document = json.loads(SourceFile("", path, "").head().data)
    except (ValueError, RecursionError):
        # The doctor tells what is wrong with it.
        return ""
    system = document.get("system") if isinstance(document, dict) else None
    if not isinstance(system, dict):
        return ""
    names = [system.get("cpu_model"), system.get("os_version") or system.get("os")]
    gigabytes = system.get("memory_gb")
    if isinstance(gigabytes, (int, float)):
        names.append(f"{gigabytes:g} GB")
    return ", ".join(str(name) for name in names if name)
