"""A report for programs, free of any format: one whole, or rows of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.model.names import GateStatus

Row = Mapping[str, Any]


class Records(NamedTuple):
    """What a report holds.

    Attributes:
        whole: All of it, in order. Rows are frames, lists, or iterables that are asked once.
        rows: Its rows as objects.
        columns: What a row of a table has.
        lines: The rows of a table, where they are not the objects.
        single: The whole is one thing, and every part of it stands on a line of its own.
    """

    whole: Row
    rows: Iterable[Row]
    columns: Sequence[str]
    lines: Iterable[Row] | None = None
    single: bool = False


class Case(NamedTuple):
    """Something that was checked, as systems that run checks see it.

    Attributes:
        status: What became of it.
        subject: What was checked.
        name: What it is called.
        identity: The same for the same case in every run.
        text: What was found, in one line; empty where it passed.
        again: The command that shows it again.
    """

    status: GateStatus
    subject: str
    name: str
    identity: tuple[Any, ...]
    text: str
    again: str
