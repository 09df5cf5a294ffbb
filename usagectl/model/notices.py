"""Doubts and refusals as values: they travel with the numbers to the report."""

from typing import NamedTuple


class Notice(NamedTuple):
    """A doubt about numbers that were counted.

    `code` is stable for scripts, `text` is one sentence for people, `affected` is how many records
    or files it speaks of.
    """

    code: str
    text: str
    affected: int = 1


class Reject(NamedTuple):
    """An input record that could not be read. `line` counts from 1; 0 means the whole file."""

    source: str
    line: int
    reason: str
