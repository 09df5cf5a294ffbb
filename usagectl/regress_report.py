"""What a check against gates found, with the causes of what broke and how to see it again."""

from collections import Counter
from typing import NamedTuple

from usagectl.comparison import Comparison
from usagectl.gate_verdicts import GateVerdict
from usagectl.gating import Checked
from usagectl.names import GateStatus, Key, Measure
from usagectl.notices import Notice
from usagectl.parts_shown import PartShown, parts_of

_EXPLAINED = (
    Measure.CALLS,
    Measure.INPUT_TOKENS,
    Measure.OUTPUT_TOKENS,
    Measure.TOTAL_TOKENS,
    Measure.DURATION_SECONDS,
    Measure.COST_USD,
)


class Finding(NamedTuple):
    """A verdict that is no mere pass; `parts` are what the change of `measure` is made of."""

    verdict: GateVerdict
    measure: Measure | None
    parts: tuple[PartShown, ...]


class Chosen(NamedTuple):
    """A side as it was named, and why it was taken where the user named none."""

    operands: tuple[str, ...]
    why: str = ""


class RegressReport(NamedTuple):
    """What `usagectl regress` says.

    `findings` are by status, the worst first. `applied` is in how many places each gate decided, by
    its text. `command` runs the same check again, `diff` shows
    everything that changed.
    """

    checked: Checked
    comparison: Comparison
    findings: tuple[Finding, ...]
    applied: dict[str, int]
    base: Chosen
    new: Chosen
    command: tuple[str, ...]
    diff: tuple[str, ...]
    notices: tuple[Notice, ...]
    zone: str

    @property
    def keys(self) -> tuple[Key, ...]:
        """What makes a group."""
        return self.checked.keys

    def of(self, status: GateStatus) -> tuple[Finding, ...]:
        """The findings of one status."""
        return tuple(found for found in self.findings if found.verdict.status is status)


def regress_report(
    checked: Checked,
    comparison: Comparison,
    *,
    base: Chosen,
    new: Chosen,
    flags: tuple[str, ...],
    zone: str,
) -> RegressReport:
    """Put what was found into a report.

    Args:
        checked: The verdicts.
        comparison: What they are about.
        base: What the base is.
        new: What the new side is.
        flags: The options of the check.
        zone: The zone of times.
    """
    findings = tuple(
        _finding(verdict, comparison)
        for verdict in checked.verdicts
        if verdict.status is not GateStatus.PASSED
    )
    operands = (*base.operands, *new.operands)
    return RegressReport(
        checked,
        comparison,
        findings,
        dict(Counter(verdict.gate for verdict in checked.verdicts)),
        base,
        new,
        ("usagectl", "regress", *operands, *flags),
        ("usagectl", "diff", *operands),
        (*checked.notices, *comparison.notices),
        zone,
    )


def _finding(verdict: GateVerdict, comparison: Comparison) -> Finding:
    measure = verdict.subject.measure
    parts: tuple[PartShown, ...] = ()
    moved = verdict.status in (GateStatus.BROKEN, GateStatus.ACKNOWLEDGED)
    if moved and measure in _EXPLAINED and verdict.base is not None and verdict.new is not None:
        parts = parts_of(comparison, measure, verdict.group)
    return Finding(verdict, measure, parts)
