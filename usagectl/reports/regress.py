"""What a check against gates found, with the causes of what broke and how to see it again."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from usagectl.comparison.compare import Comparison
from usagectl.gates.check import Checked
from usagectl.gates.verdict import GateVerdict
from usagectl.model.names import GateStatus, Key, Measure
from usagectl.model.notices import Notice
from usagectl.reports.parts import PartShown, parts_of

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


class Change(NamedTuple):
    """What became of a total; `name` is that of the measure, or `failed` for the failed calls.

    Amounts are means per run, None where nothing is known.
    """

    name: str
    base: float | None
    new: float | None


class RegressReport(NamedTuple):
    """What `usagectl regress` says.

    `findings` are by status, the worst first. `applied` is in how many places each gate decided, by
    its text. `changes` are the totals of both sides. `command` runs the same check again, `diff`
    shows everything that changed. `top` is how many findings of a kind people see, None for all.
    """

    checked: Checked
    comparison: Comparison
    findings: tuple[Finding, ...]
    applied: dict[str, int]
    changes: tuple[Change, ...]
    base: Chosen
    new: Chosen
    command: tuple[str, ...]
    diff: tuple[str, ...]
    notices: tuple[Notice, ...]
    zone: str
    top: int | None = None

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
        tuple(_changes(comparison)),
        base,
        new,
        ("usagectl", "regress", *operands, *flags),
        ("usagectl", "diff", *operands),
        (*checked.notices, *comparison.notices),
        zone,
    )


def _changes(comparison: Comparison) -> Iterator[Change]:
    rows = {Measure(row["measure"]): row for row in comparison.totals.iter_rows(named=True)}
    yield _change(rows[Measure.CALLS])
    failures = rows[Measure.FAILURE_RATE]
    base, new = (
        (failures[f"{side}_numerator"] or 0) / len(runs)
        for side, runs in (("base", comparison.base.runs), ("new", comparison.new.runs))
    )
    yield Change("failed", base, new)
    for measure in (Measure.TOTAL_TOKENS, Measure.COST_USD, Measure.DURATION_SECONDS):
        yield _change(rows[measure])


def _change(row: dict[str, Any]) -> Change:
    return Change(row["measure"], row["base"], row["new"])


def _finding(verdict: GateVerdict, comparison: Comparison) -> Finding:
    measure = verdict.subject.measure
    parts: tuple[PartShown, ...] = ()
    moved = verdict.status in (GateStatus.BROKEN, GateStatus.ACKNOWLEDGED)
    if moved and measure in _EXPLAINED and verdict.base is not None and verdict.new is not None:
        parts = parts_of(comparison, measure, verdict.group)
    return Finding(verdict, measure, parts)
