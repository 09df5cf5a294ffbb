"""codex-forge's `run_manifest.jsonl`, which lies above the run directories and names them."""

import os

from usagectl.inputs.file import printable
from usagectl.readers.core import salvage

_MANIFEST_LEVELS = 4


def run_name(folder: str) -> str | None:
    """The run that a `run_manifest.jsonl` above a directory gives this directory the name of."""
    target = os.path.realpath(folder)
    above = target
    for _ in range(_MANIFEST_LEVELS):
        above = os.path.dirname(above)
        manifest = os.path.join(above, "run_manifest.jsonl")
        if os.path.isfile(manifest):
            return _named_in(manifest, os.path.relpath(target, above))
    return None


def _named_in(manifest: str, path: str) -> str | None:
    try:
        with open(manifest, "rb") as file:
            found = list(salvage.records(file.read()))
    except OSError:
        return None
    for value in (record.value for record in found):
        if value and os.path.normpath(str(value.get("path"))) == path:
            name = value.get("run_id")
            return printable(name) if isinstance(name, str) and name else None
    return None
