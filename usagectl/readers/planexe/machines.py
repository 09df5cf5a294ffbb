"""Which computers runs were made on, where their `meta.json` says it."""

import json
import os
from collections.abc import Sequence

from usagectl.inputs.file import SourceFile

_LOOKED_AT = 20


def machines_in(paths: Sequence[str]) -> frozenset[str]:
    """A description of each machine, from the first few `meta.json` among some paths."""
    found = [path for path in paths if os.path.basename(path) == "meta.json"]
    return frozenset(text for path in found[:_LOOKED_AT] if (text := _machine(path)))


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
