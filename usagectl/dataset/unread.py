"""Usage files that lie beside those that are read, and are not: in archives, in hidden folders."""

import os
from collections.abc import Iterator, Sequence

from usagectl.inputs.archives import holds_usage
from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.notices import Notice
from usagectl.model.urls import is_url
from usagectl.model.wording import plural, some_of
from usagectl.readers.registry import LOOKS_LIKE, knows

# What tools keep beside people's files, which may be large and never holds the usage of a run.
_OF_TOOLS = frozenset(
    ".git .hg .svn .jj .venv .env .tox .nox .eggs .cache .mypy_cache .pytest_cache .ruff_cache "
    ".hypothesis .ipynb_checkpoints .idea .vscode .terraform .dvc .npm .cargo .usagectl".split()
)
_TELLING = (".json", ".jsonl", ".ndjson", ".log", ".gz", ".zst", ".xz", ".bz2")
_MOST_LOOKED_AT = 500


def unread(unclaimed: Sequence[tuple[str, str]]) -> Iterator[Notice]:
    """The notice about usage files that were passed over, where there are some.

    Args:
        unclaimed: The paths that no reader claimed, directories among them, each with the reason.
    """
    found = list(_found(unclaimed))
    if found:
        yield Notice(
            "unread-usage-file",
            f"{len(found):,} file{plural(len(found))} that look{'s' if len(found) == 1 else ''}"
            f" like usage {'is' if len(found) == 1 else 'are'} not read, in archives or hidden"
            f" directories: {some_of(found)}; name or unpack what belongs to the"
            " run",
            len(found),
        )
    unknown = [path for path, why in unclaimed if why.startswith(LOOKS_LIKE)]
    if unknown:
        yield Notice(
            "unknown-usage-file",
            f"{len(unknown):,} file{plural(len(unknown))} with counts of tokens that no reader"
            f" knows {'is' if len(unknown) == 1 else 'are'} not read: {some_of(unknown)}; `usagectl"
            " doctor --suggest-map FILE` proposes how to read one with --map",
            len(unknown),
        )


def _found(unclaimed: Sequence[tuple[str, str]]) -> Iterator[str]:
    left = _MOST_LOOKED_AT
    for path, why in unclaimed:
        if is_url(path):
            hidden = any(part.startswith(".") for part in path.split("/")[3:-1])
            if hidden and knows(Head(path.rpartition("/")[2], b"", whole=True)):
                yield path
        elif os.path.isdir(path):
            if os.path.basename(path) not in _OF_TOOLS:
                for inside in _files_in(path, left):
                    left -= 1
                    if _is_usage(inside):
                        yield inside
        elif "archive" in why and holds_usage(path, knows):
            yield path


def _files_in(folder: str, most: int) -> Iterator[str]:
    """Some files below a folder that may hold usage, in the order of their names."""
    looked_at = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _OF_TOOLS)
        for name in sorted(names):
            looked_at += 1
            if looked_at > most:
                return
            path = os.path.join(place, name)
            if name.lower().endswith(_TELLING) and os.path.isfile(path):
                yield path


def _is_usage(path: str) -> bool:
    return knows(SourceFile("", path, "", regular=True).head())
