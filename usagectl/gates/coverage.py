"""Gates that are always there: a side that tells less cannot pass for one that consumed less."""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.config.gate import Gate
from usagectl.config.gate_subject import Subject
from usagectl.gates import completed_work
from usagectl.gates.observations import Figures, Pair, Takers
from usagectl.gates.verdict import GateVerdict
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import GateStatus, Measure, NewGroups, Presence
from usagectl.model.wording import plural

MISSING, ADDED, UNREAD = "missing", "new", "unread"
_COVERED, _NOT_MISSING, _NOT_NEW = "coverage>=base", "nothing missing", "nothing new"
_ALL_READ = "nothing unread"
BUILT_IN = (*completed_work.BUILT_IN, _COVERED, _ALL_READ, _NOT_MISSING, _NOT_NEW)
"""What is checked without being asked for, as reports name it, what matters most first."""
UNREAD_FILE = "unread-usage-file"
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

    A record that could not be read counts as a call of which nothing is known; those of the new
    side may not be both more a run and a larger share of its records.
    """
    wanted = {gate.subject: gate for gate in read if gate.subject.coverage and gate.whole_run}
    for subject in dict.fromkeys([_TOKENS, *wanted]):
        gate = wanted.get(subject)
        base, new = (_share(side, subject) for side in figures.comparison.sides)
        if gate:
            least = gate.limit.value
            enough = min(base.share, new.share) >= least
        else:
            enough = not figures.told.less(subject, None) and not _damaged(figures, base, new)
            least = min(base.share, new.share) if enough else base.share
        yield GateVerdict(
            gate.text if gate else _COVERED,
            None,
            str(subject),
            subject,
            GateStatus.PASSED if enough else GateStatus.UNKNOWN,
            base.share,
            new.share,
            least,
            True,
            "" if enough else _said(subject, base, new),
        )
    yield from _unread(*figures.comparison.sides)


def _damaged(figures: Figures, base: "_Share", new: "_Share") -> bool:
    """Whether more of the records could not be read."""
    runs = [len(side.runs) for side in figures.comparison.sides]
    shares = [Fraction(side.rejected, side.calls + side.rejected or 1) for side in (base, new)]
    return shares[1] > shares[0] and new.rejected * runs[0] > base.rejected * runs[1]


def _unread(base: Side, new: Side) -> Iterator[GateVerdict]:
    """Files beside those that were read, of which nobody knows what they hold."""
    before, after = (
        Fraction(sum(n.affected for n in side.notices if n.code == UNREAD_FILE), len(side.runs))
        for side in (base, new)
    )
    if after > before:
        said = next(n.text for n in new.notices if n.code == UNREAD_FILE)
        yield GateVerdict(
            _ALL_READ, None, UNREAD, _CALLS, GateStatus.UNKNOWN,
            before, after, before, False, said,
        )  # fmt: skip


def of_groups(
    figures: Figures, new_groups: NewGroups, moved: Takers, *, allow_missing: bool
) -> Iterator[GateVerdict]:
    """Groups that only one side has; `moved` are the new ones that may do the work of others."""
    of_new = {
        NewGroups.FAIL: GateStatus.BROKEN,
        NewGroups.WARN: GateStatus.WARNED,
        NewGroups.IGNORE: None,
    }[new_groups]
    for pair in figures.of(_CALLS):
        if pair.presence is Presence.GONE:
            yield _missing(pair, moved, allow_missing=allow_missing)
        elif pair.presence is Presence.NEW and of_new:
            yield GateVerdict(
                _NOT_NEW, pair.group, ADDED, _CALLS, of_new,
                None, pair.new.value, None, True,
                "the base has no call of it (--new-tasks decides)",
            )  # fmt: skip


def _missing(pair: Pair, moved: Takers, *, allow_missing: bool) -> GateVerdict:
    status = GateStatus.WARNED if allow_missing else GateStatus.UNKNOWN
    detail = "the new side has no call of it (--allow-missing accepts that)"
    detail += completed_work.taken_by(moved, pair.group)
    return GateVerdict(
        _NOT_MISSING, pair.group, MISSING, _CALLS, status, pair.base.value, None, None, True, detail
    )


class _Share(NamedTuple):
    """The share of the records of a side that tell something, and what it is made of."""

    share: Fraction
    known: int
    calls: int
    rejected: int


def _share(side: Side, subject: Subject) -> _Share:
    column = "cost_calls" if subject.measure is Measure.COST_USD else "total_calls"
    known, calls = side.cells.select(pl.col(column).sum(), pl.col("calls").sum()).row(0)
    records = calls + side.rejected
    share = Fraction(known, records) if records else Fraction(0)
    return _Share(share, known, calls, side.rejected)


def _said(subject: Subject, base: _Share, new: _Share) -> str:
    what = "a cost is" if subject.measure is Measure.COST_USD else "tokens are"
    texts = [
        f"of {known:,} of {calls:,} calls"
        + (f" and {rejected:,} unreadable record{plural(rejected)}" if rejected else "")
        for _, known, calls, rejected in (new, base)
    ]
    least = math.floor(100 * min(base.share, new.share))
    option = "" if subject.measure is Measure.COST_USD else f" (--min-coverage {least} accepts it)"
    return f"{what} known {texts[0]}, in the base {texts[1]}{option}"
