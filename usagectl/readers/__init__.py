"""Readers: one module per format, from files to canonical frames.

A reader has a name, says from the head of a file which of its kinds of file it is, and reads all
files of its format at once. It knows no prices and no report.
"""

from collections.abc import Sequence
from typing import Protocol

from usagectl.content import HEAD_BYTES, Head, SourceFile
from usagectl.readers import codex_forge, forge, honcho, open_strix, planexe
from usagectl.readers.reading import Reading


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str
    CONVENTION: str
    """How the format counts cached and reasoning tokens, and how they are read."""

    def detect(self, head: Head) -> str | None:
        """The kind of file, in words that tell a user why it was chosen, or None."""

    def read(self, files: Sequence[SourceFile], zone: str, *, strict: bool = True) -> Reading:
        """Read all files; `zone` is for timestamps without an offset."""


READERS: tuple[Reader, ...] = (planexe, open_strix, codex_forge, forge, honcho)


# Where damage or emptiness leaves nothing to tell a format by, these names still do.
_NAMES: dict[str, tuple[Reader, str]] = {
    "usage_metrics.jsonl": (planexe, planexe.ROWS),
    "activity_overview.json": (planexe, planexe.OVERVIEW),
    "instrumentation_calls.jsonl": (codex_forge, codex_forge.CALLS),
}


def claim(file: SourceFile) -> Reader | None:
    """The reader of a file, which is told its kind; None where no reader knows it."""
    found = _by_content(file)
    if found is None and not file.trouble:
        found, file.part = _NAMES.get(_plain(file.name), (None, ""))
    return found


def _plain(name: str) -> str:
    return name.removesuffix(".gz").removesuffix(".zst")


def _by_content(file: SourceFile) -> Reader | None:
    head = file.head()
    if not head.is_text:
        return None
    for _ in range(2):
        for reader in READERS:
            part = reader.detect(head)
            if part:
                file.part = part
                return reader
        # The first record did not tell: perhaps one of the next.
        head.objects = head.all_objects
    if len(head.data) >= HEAD_BYTES and not head.objects:
        return _by_markers(file)
    return None


def _by_markers(file: SourceFile) -> Reader | None:
    """A long log whose first call comes late."""
    for reader, marker, part in (
        (honcho, honcho.MARKER, honcho.LOG),
        (forge, forge.MARKER, forge.AUDIT),
    ):
        if file.contains(marker):
            file.part = part
            return reader
    return None
