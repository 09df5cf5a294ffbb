"""Readers: one module per format, from files to canonical frames.

A reader has a name, says from the head of a file which of its kinds of file it is, and reads all
files of its format at once. It knows no prices and no report. A reader is imported when a file is
first shown to it, so a run of one format does not wait for the others.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from usagectl.compression import without_suffix
from usagectl.content import HEAD_BYTES, SourceFile
from usagectl.head import Head
from usagectl.readers.archives import archive, by_beginning
from usagectl.readers.reading import Reading, Taken
from usagectl.readers.shape import Shape


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str
    CONVENTION: str
    """How the format counts cached and reasoning tokens, and how they are read."""

    LINES: Mapping[str, Shape]
    """Its kinds of line file, and what a record of each must look like."""

    FILE_NAMES: Mapping[str, str]
    """The kind of file by its name, where damage or emptiness leaves nothing else to tell it by."""

    COUNTED_TWICE: tuple[str, ...]
    """The kinds of line file of which a copy would be counted again."""

    MARKERS: Mapping[bytes, str]
    """Bytes that tell the kind of a long log wherever they stand in it."""

    def detect(self, head: Head) -> Mapping[str, int]:
        """How many records of the head are of which of its kinds of file.

        The kind is told in words that tell a user why it was chosen.
        """

    def read(self, files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
        """Read all files.

        Args:
            files: The files that `detect` claimed.
            taken: The records of those that are line files, by their kind.
            zone: The time zone of timestamps without an offset.
        """


# What usagectl knows and finds no usage in, which a user may wonder about.
_WITHOUT_USAGE = {
    "run_manifest.jsonl": "names codex-forge's runs, holds no usage",
    "pipeline_events.jsonl": "progress of codex-forge's stages, holds no usage",
    "pipeline_state.json": "progress of codex-forge's stages, holds no usage",
    "run_health.jsonl": "codex-forge's checks, holds no usage",
    "timing_summary.json": "codex-forge's timing, holds no usage",
    "instrumentation.json": "no report of codex-forge, perhaps its configuration",
    "journal.jsonl": "open-strix's diary, holds no usage",
}


def why_not(file: SourceFile) -> str:
    """Why a file is not read, although it is there."""
    kind = archive(file.name, file.beginning(HEAD_BYTES))
    if kind is not None:
        return f"a {kind} archive: unpack it to have it read"
    return _WITHOUT_USAGE.get(file.name, "no reader knows it")


# In the order in which they are asked; `README.md` has a row for each.
READERS = ("planexe", "open_strix", "codex_forge", "forge", "honcho")


@cache
def reader(module: str) -> Reader:
    """The reader in a module of this package."""
    return cast("Reader", import_module(f"usagectl.readers.{module}"))


def claim(file: SourceFile) -> Reader | None:
    """The reader of a file, which is told its kind; None where no reader knows it."""
    head = file.head()
    if by_beginning(head.data):
        return None
    if head.is_text:
        found = _by_content(file, head)
        if found is not None:
            return found
    elif file.trouble:
        return None
    return _by_name(file)


def _by_content(file: SourceFile, head: Head) -> Reader | None:
    """The reader of most of the records; where as many are of another, the file's name decides."""
    if head.sampled:
        # The usual file is told by a few lines.
        for module in READERS:
            told = reader(module).detect(head)
            if max(told.values(), default=0) == len(head.objects):
                return _chosen(file, module, next(iter(told)))
        head.look_for_all_objects()
    votes = {
        (count, reader(module).FILE_NAMES.get(without_suffix(file.name)) == part, -rank): (
            module,
            part,
        )
        for rank, module in enumerate(READERS)
        for part, count in reader(module).detect(head).items()
    }
    if votes:
        return _chosen(file, *votes[max(votes)])
    if not head.whole and len(head.data) >= HEAD_BYTES:
        for module in READERS:
            for marker, part in reader(module).MARKERS.items():
                if file.contains(marker):
                    return _chosen(file, module, part)
    return None


def knows(head: Head) -> bool:
    """Whether a file would be claimed by its name or by its first records."""
    if head.is_text and any(
        max(reader(module).detect(head).values(), default=0) for module in READERS
    ):
        return True
    name = without_suffix(head.name)
    return any(name in reader(module).FILE_NAMES for module in READERS)


def _chosen(file: SourceFile, module: str, part: str) -> Reader:
    file.part = part
    return reader(module)


def _by_name(file: SourceFile) -> Reader | None:
    name = without_suffix(file.name)
    for module in READERS:
        if name in reader(module).FILE_NAMES:
            file.part = reader(module).FILE_NAMES[name]
            file.by_name = True
            return reader(module)
    return None
