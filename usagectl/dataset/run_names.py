"""What runs are called by their own files, where the user does not name them."""

import os
from collections.abc import Callable, Sequence

from usagectl.dataset.shard import Shard
from usagectl.inputs.discovery import Sources
from usagectl.inputs.file import SourceFile
from usagectl.inputs.operands import STANDARD_INPUT


def named_by_files(found: Sources, shards: Sequence[Shard]) -> tuple[str, ...]:
    """Give runs the names that their own files have for them, where the user gave them none."""
    new: dict[str, str] = {}
    for shard in shards:
        if shard.reader.run_name is not None:
            new |= _own_names(found, shard.files, shard.reader.run_name)
    if len(set(new.values())) < len(new):
        return found.runs
    for file in found.files:
        file.run = new.get(file.run, file.run)
    return tuple(new.get(run, run) for run in found.runs)


def _own_names(
    found: Sources, files: Sequence[SourceFile], name_of: Callable[[str], str | None]
) -> dict[str, str]:
    folders: dict[str, set[str]] = {}
    for file in files:
        if file.run not in found.labelled and file.path != STANDARD_INPUT:
            folders.setdefault(file.run, set()).add(os.path.dirname(file.path))
    names = {run: name_of(places.pop()) for run, places in folders.items() if len(places) == 1}
    return {
        run: name for run, name in names.items() if name and (name == run or name not in found.runs)
    }
