"""Gates that are always there: as much is done as in the base, and no more of it fails.

Successful calls are what a run does: fewer of them are less work, which is neither better nor
worse. A call that now fails is judged by the failure rate first, and is less work only where many
do and the user has no gate for that; failed calls that are not needed any more are no loss. A run
that made few calls must make all of them, a task of a larger run may lack one; and one failed call
more is no trend.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from usagectl.config.gate import Gate, deciding
from usagectl.config.gate_subject import Subject
from usagectl.gates.observations import Figure, Figures, Group, Pair, Takers, named
from usagectl.gates.verdict import GateVerdict
from usagectl.model.names import GateStatus, Measure, Presence
from usagectl.model.wording import plural

SUCCESSFUL = Subject(Measure.CALLS, successful=True)
_RATE = Subject(Measure.FAILURE_RATE)
_DONE_OF_RUN, _DONE_OF_GROUP = Fraction(9, 10), Fraction(8, 10)
_WELL_OF_RUN, _WELL_OF_GROUP = Fraction(8, 10), Fraction(5, 10)
_MORE_OF_RUN, _MORE_OF_GROUP = Fraction(10, 100), Fraction(20, 100)
_OF_RUN = ("successful_calls>=0.9x (default)", "failure_rate=+10pts (default)")
_OF_GROUPS = ("successful_calls>=0.8x (default)", "failure_rate=+20pts (default)")
BUILT_IN = (*_OF_RUN, *_OF_GROUPS)


def less_work(figures: Figures) -> set[Group]:
    """The groups that do less than in the base, or nothing any more."""
    failed = _more_failed(figures)
    return {
        pair.group
        for pair in figures.of(SUCCESSFUL)
        if pair.group is not None
        and pair.presence is not Presence.NEW
        and _is_less(pair, failed[pair.group], judged=False)
    }


def taken_by(moved: Takers, group: Group | None) -> str:
    """The new groups that may do the work of a group, as the end of a sentence."""
    new = moved.get(group or (), ())
    return f"; perhaps it is now {' and '.join(map(named, new))}, which is new" if new else ""


def of_work(
    read: Sequence[Gate], figures: Figures, moved: Takers, *, allow_missing: bool
) -> Iterator[GateVerdict]:
    """Whether all calls together, and the groups of both sides, do as much as in the base.

    Args:
        read: The gates of the user, which decide instead where they are for the least of calls.
        figures: The figures.
        moved: The new groups that may do the work of others.
        allow_missing: Whether what groups did that are gone does not count.
    """
    theirs = [gate for gate in read if gate.subject.measure is Measure.CALLS and gate.limit.least]
    of_rate = [gate for gate in read if gate.subject == _RATE]
    runs = _least_runs(figures, allow_missing=allow_missing)
    failed = _more_failed(figures)
    for pair in _pairs(figures, allow_missing=allow_missing):
        if deciding(theirs, pair.group, figures.keys):
            continue
        whole, detail = pair.group is None, ""
        judged = bool(deciding(of_rate, pair.group, figures.keys))
        if _is_less(pair, failed[pair.group], judged=judged):
            detail = f"less work: {_accepted_by(pair)}"
        elif pair.group in runs:
            base, new, name = runs[pair.group]
            if new < base * (_WELL_OF_RUN if whole else _WELL_OF_GROUP):
                few = f"{new:,} successful call{plural(new)}"
                detail = f"less work: {name} has {few}, each run of the base {base:,} or more"
        if detail:
            detail += taken_by(moved, pair.group)
        if detail or whole:
            yield GateVerdict(
                _OF_RUN[0] if whole else _OF_GROUPS[0],
                pair.group,
                str(SUCCESSFUL),
                SUCCESSFUL,
                GateStatus.UNKNOWN if detail else GateStatus.PASSED,
                pair.base.value,
                pair.new.value,
                _least(pair.base.value or Fraction(0), whole=whole),
                True,
                detail,
            )


def of_failures(read: Sequence[Gate], figures: Figures) -> Iterator[GateVerdict]:
    """Whether no more of the calls fail than in the base."""
    theirs = [gate for gate in read if gate.subject == _RATE]
    successful = {pair.group: pair.new.value for pair in figures.of(SUCCESSFUL)}
    for pair in figures.of(_RATE):
        rates = pair.base.value, pair.new.value
        if pair.presence is not Presence.BOTH or deciding(theirs, pair.group, figures.keys):
            continue
        base, new = (rate or Fraction(0) for rate in rates)
        whole = pair.group is None
        several = len(figures.comparison.base.runs) > 1
        runs = figures.told.runs(0, pair.group).values() if several else ()
        worst = max((Fraction(run["failed"], run["calls"] or 1) for run in runs), default=base)
        limit = max(base + (_MORE_OF_RUN if whole else _MORE_OF_GROUP), worst)
        more = (new - max(base, worst)) * pair.new.calls
        broken = new > limit and (more > 1 or not successful[pair.group])
        if broken or whole:
            yield GateVerdict(
                _OF_RUN[1] if whole else _OF_GROUPS[1],
                pair.group,
                str(_RATE),
                _RATE,
                GateStatus.BROKEN if broken else GateStatus.PASSED,
                *rates,
                limit,
                False,
            )


def _least(base: Fraction, *, whole: bool) -> Fraction:
    """The fewest calls that pass for as much work."""
    if whole:
        return base * _DONE_OF_RUN
    return min(base * _DONE_OF_GROUP, max(base - 1, base / 2))


def _is_less(pair: Pair, failed: Fraction, *, judged: bool) -> bool:
    """By the calls that went well, or by those that may have.

    Args:
        pair: Those of a group, or of all calls.
        failed: How many more calls a run failed.
        judged: Whether a gate of the user says how many may.
    """
    whole = pair.group is None
    share = _WELL_OF_RUN if whole else _WELL_OF_GROUP
    return any(
        after + failed < _least(before, whole=whole) or (after < before * share and not judged)
        for before, after in _successes(pair)
    )


def _successes(pair: Pair) -> list[tuple[Fraction, Fraction]]:
    """The calls a run that went well, on both sides, and those that may have."""
    zero = Fraction(0)
    return [
        (pair.base.value or zero, pair.new.value or zero),
        (pair.base.estimate or zero, pair.new.estimate or zero),
    ]


def _more_failed(figures: Figures) -> dict[Group | None, Fraction]:
    """How many more calls a run fail than in the base; of several, than in its worst run.

    Failures that a run of the base had too stand for no call that went well there.
    """
    runs = [len(side.runs) for side in figures.comparison.sides]
    found = {}
    for pair in figures.of(_RATE):
        base, new = (
            (figure.value or Fraction(0)) * figure.calls / count
            for figure, count in zip((pair.base, pair.new), runs, strict=True)
        )
        if runs[0] > 1:
            of_runs = figures.told.runs(0, pair.group).values()
            base = max((Fraction(counts["failed"]) for counts in of_runs), default=base)
        found[pair.group] = max(new - base, Fraction(0))
    return found


def _accepted_by(pair: Pair) -> str:
    least = min(after / before for before, after in _successes(pair) if before)
    return f"the gate successful_calls>={math.floor(least * 100) / 100:g}x accepts it"


def _pairs(figures: Figures, *, allow_missing: bool) -> Iterator[Pair]:
    """All calls together, then the groups that both sides have."""
    whole, *groups = figures.of(SUCCESSFUL)
    both = [pair for pair in groups if pair.presence is Presence.BOTH]
    if allow_missing:
        base, new = (_together([getattr(p, side) for p in both]) for side in ("base", "new"))
        whole = whole._replace(base=base, new=new)
    yield whole
    yield from both


def _together(figures: Sequence[Figure]) -> Figure:
    known, calls = (sum(getattr(f, name) for f in figures) for name in ("known", "calls"))
    value, estimate = (
        sum((getattr(f, name) or Fraction(0) for f in figures), Fraction(0))
        for name in ("value", "estimate")
    )
    return Figure(value if known else None, known, calls, estimate)


def _least_runs(
    figures: Figures, *, allow_missing: bool
) -> dict[Group | None, tuple[int, int, str]]:
    """What the run that did the least did, in base and new, and its name.

    A mean hides a run that did nothing; of a single run there is nothing to hide.
    """
    if len(figures.comparison.new.runs) == 1:
        return {}
    both = {p.group for p in figures.of(SUCCESSFUL) if p.presence is Presence.BOTH}
    found: dict[Group | None, tuple[int, int, str]] = {}
    for group in both:
        parts = both - {None} if group is None and allow_missing else {group}
        before, after = (_done(figures, i, parts) for i in (0, 1))
        name = min(after, key=lambda run: after[run])
        lost = _more_cancelled(figures, group)
        found[group] = (min(before.values()), max(after[name] - lost, 0), name)
    return found


def _more_cancelled(figures: Figures, group: Group | None) -> int:
    """How many more calls were cancelled; which of the runs made them is not told."""
    runs = [len(side.runs) for side in figures.comparison.sides]
    base, new = (
        counts.get("calls", 0) - counts.get("failed", 0)
        for counts in (figures.told.calls(i, group, ok=False) for i in (0, 1))
    )
    return max(new - base * runs[1] // runs[0], 0)


def _done(figures: Figures, side: int, groups: set[Group | None]) -> dict[str, int]:
    """The calls of some groups that did not fail, in each run; 0 where it has none."""
    found = dict.fromkeys(figures.comparison.sides[side].runs, 0)
    for group in groups:
        for run, counts in figures.told.runs(side, group).items():
            found[run] = found.get(run, 0) + counts["calls"] - counts["failed"]
    return found
