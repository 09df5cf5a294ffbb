"""What became of a gate."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from usagectl.config.gate_subject import Subject
from usagectl.gates.observations import Group
from usagectl.model import portrait
from usagectl.model.names import GateStatus

_SHOWN = 6


class GateVerdict(NamedTuple):
    """What became of a gate in a group, or for all calls where `group` is None.

    `limit` is the last value that passes; values are in the unit of the metric. `complete` is
    whether as much is known of the new side as of the base.
    """

    gate: str
    group: Group | None
    metric: str
    subject: Subject
    status: GateStatus
    base: Fraction | None
    new: Fraction | None
    limit: Fraction | None
    least: bool
    detail: str = ""
    complete: bool = True


def shown(verdicts: Sequence[GateVerdict]) -> portrait.Rows:
    """The first verdicts, each by its status, and how many more there are."""
    rows = [(verdict.status.value, _words(verdict)) for verdict in verdicts[:_SHOWN]]
    more = len(verdicts) - len(rows)
    return [*rows, ("...", f"{more} more in .verdicts")] if more else rows


def _words(verdict: GateVerdict) -> str:
    group = "all calls" if verdict.group is None else ", ".join(n or "-" for n in verdict.group)
    base, new = (
        portrait.figure(None if value is None else float(value))
        for value in (verdict.base, verdict.new)
    )
    return f"{group}: {verdict.metric} {base} -> {new}  {verdict.gate}"
