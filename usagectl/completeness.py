"""Gates that are always there: a side that tells less cannot pass for one that consumed less."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import polars as pl

from usagectl.exceptions import NoAnswerError
from usagectl.figures import Figures
from usagectl.gate_verdicts import GateVerdict
from usagectl.gate_words import Subject
from usagectl.gates import Gate
from usagectl.names import GateStatus, Measure, NewGroups, Presence
from usagectl.sides import Side
from usagectl.wording import plural

MISSING, ADDED = "missing", "new"
BUILT_IN = ("coverage>=base", "nothing missing", "nothing new")
"""What is checked without being asked for, as reports name it."""
_CALLS = Subject(Measure.CALLS)
_TOKENS = Subject(Measure.TOTAL_TOKENS, coverage=True)


def refuse_empty_runs(*sides: Side) -> None:
    """Refuse sides with runs of which nothing is told.

    Raises:
        NoAnswerError: A side has such a run; the mean of the others would pass in its place.
    """
    for side in sides:
        for notice in side.notices:
            if notice.code == "empty-run":
                raise NoAnswerError(f"{side.name}: {notice.text}")


def of_run(read: Sequence[Gate], figures: Figures) -> Iterator[GateVerdict]:
    """How much is known of both sides; by default the new one must tell as much as the base.

    A record that could not be read counts as a call of which nothing is known.
    """
    wanted = {gate.subject: gate for gate in read if gate.subject.coverage and gate.whole_run}
    for subject in dict.fromkeys([_TOKENS, *wanted]):
        gate = wanted.get(subject)
        base, new = (_share(side, subject) for side in figures.comparison.sides)
        least = gate.limit.value if gate else base[0]
        # Of base and new: the share, and the records that could not be read.
        enough = new[0] >= least and (base[0] >= least if gate else new[3] <= base[3])
        yield GateVerdict(
            gate.text if gate else BUILT_IN[0],
            None,
            str(subject),
            subject,
            GateStatus.PASSED if enough else GateStatus.UNKNOWN,
            base[0],
            new[0],
            least,
            True,
            "" if enough else _said(subject, base, new),
        )


def of_groups(
    figures: Figures, new_groups: NewGroups, *, allow_missing: bool
) -> Iterator[GateVerdict]:
    """Groups that only one side has."""
    of_new = {
        NewGroups.FAIL: GateStatus.BROKEN,
        NewGroups.WARN: GateStatus.WARNED,
        NewGroups.IGNORE: None,
    }[new_groups]
    for pair in figures.of(_CALLS):
        if pair.presence is Presence.GONE:
            status = GateStatus.WARNED if allow_missing else GateStatus.UNKNOWN
            yield GateVerdict(
                BUILT_IN[1], pair.group, MISSING, _CALLS, status, pair.base.value, None, None, True,
                "the new side has no call of it (--allow-missing accepts that)",
            )  # fmt: skip
        elif pair.presence is Presence.NEW and of_new:
            yield GateVerdict(
                BUILT_IN[2], pair.group, ADDED, _CALLS, of_new,
                None, pair.new.value, None, True,
                "the base has no call of it (--new-tasks decides)",
            )  # fmt: skip


def _share(side: Side, subject: Subject) -> tuple[Fraction, int, int, int]:
    column = "cost_calls" if subject.measure is Measure.COST_USD else "total_calls"
    known, calls = side.cells.select(pl.col(column).sum(), pl.col("calls").sum()).row(0)
    records = calls + side.rejected
    return Fraction(known, records) if records else Fraction(0), known, calls, side.rejected


def _said(
    subject: Subject,
    base: tuple[Fraction, int, int, int],
    new: tuple[Fraction, int, int, int],
) -> str:
    what = "a cost is" if subject.measure is Measure.COST_USD else "tokens are"
    texts = [
        f"of {known:,} of {calls:,} calls"
        + (f" and {rejected:,} unreadable record{plural(rejected)}" if rejected else "")
        for _, known, calls, rejected in (new, base)
    ]
    least = math.floor(100 * min(base[0], new[0]))
    option = "" if subject.measure is Measure.COST_USD else f" (--min-coverage {least} accepts it)"
    return f"{what} known {texts[0]}, in the base {texts[1]}{option}"
