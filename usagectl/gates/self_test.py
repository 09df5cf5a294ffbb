"""Whether gates can fire: a change just below and just above each limit, planted in the base."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.aggregation.sketch import OK
from usagectl.comparison.compare import Comparison, compare_sides
from usagectl.config.gate import Gate
from usagectl.gates.check import check
from usagectl.gates.limits import WITHIN_ERROR, Floors
from usagectl.gates.observations import Figures, Group
from usagectl.gates.planting import at_the_limit, can_be, compared, limits_in, planted
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import GateStatus, Measure, NewGroups
from usagectl.model.schema import LARGEST_SUM

_FIRES = (GateStatus.BROKEN, GateStatus.WARNED, GateStatus.UNKNOWN)
_FAR = 3
_MOST = LARGEST_SUM // 8
"""What all planted values together may be: with what else the base has, they must add up."""


class GateTest(NamedTuple):
    """What became of a gate: in how many `places` (groups, and all calls) it was tried.

    It fired one unit beyond the limit in `fired` of them, only far beyond it in `far` (too few
    samples), and never in `never`. `noisy` are the places where it was not silent at the limit,
    `unsure` those where the base is known within an error, and one unit beyond cannot be told.
    `problem` says why it is dead, else nothing. `always` is whether it is checked without being
    asked for.
    """

    gate: str
    places: int
    fired: int
    far: int
    never: tuple[Group | None, ...]
    noisy: tuple[Group | None, ...]
    problem: str
    always: bool = False
    unsure: tuple[Group | None, ...] = ()

    @property
    def works(self) -> bool:
        """Whether it is silent where it should be, and can fire."""
        return not self.problem


class _Tried(NamedTuple):
    below: dict[Group | None, GateStatus]
    above: dict[Group | None, GateStatus]
    far: dict[Group | None, GateStatus]


def self_test(side: Side, gates: Sequence[Gate], floors: Floors) -> tuple[GateTest, ...]:
    """Try each gate on a side, and what is always checked.

    Raises:
        NoAnswerError: The side has no calls.
    """
    same = compare_sides(side, side, tested=False)
    decided, beyond = _decided(same, gates, floors)
    tests = [
        _gate_test(gate, same, decided, floors)
        if gate.text not in beyond
        else GateTest(gate.text, 0, 0, 0, (), (), beyond[gate.text])
        for gate in gates
    ]
    # A gate for the same subject is in the place of what is there by default, and was tried.
    theirs = {gate.subject.measure for gate in gates}
    always = (
        *((_fails,) if Measure.FAILURE_RATE not in theirs else ()),
        *((_does_less,) if Measure.CALLS not in theirs else ()),
        _loses_usage,
        _loses_a_group,
    )
    return (*tests, *(loses(same, gates, floors) for loses in always))


def _decided(
    same: Comparison, gates: Sequence[Gate], floors: Floors
) -> tuple[dict[str, set[Group | None]], dict[str, str]]:
    """Where each gate decides, when all are there, and what the base itself does to others."""
    try:
        found = check(same, gates, floors=floors).verdicts
    except NoAnswerError:
        return {}, {}
    places: dict[str, set[Group | None]] = {}
    for verdict in found:
        if verdict.status is not GateStatus.SKIPPED:
            places.setdefault(verdict.gate, set()).add(verdict.group)
    beyond = {}
    # What matters most comes first, and is said.
    for verdict in reversed([v for v in found if v.status in _FIRES]):
        unsure = verdict.detail == WITHIN_ERROR
        beyond[verdict.gate] = (
            f"it cannot be told of the base itself: {WITHIN_ERROR}"
            if unsure
            else "the base itself is beyond it"
        )
    return places, beyond


def _gate_test(
    gate: Gate, same: Comparison, decided: dict[str, set[Group | None]], floors: Floors
) -> GateTest:
    figures = Figures(same)
    limits = limits_in(gate, figures)
    places = [place for place in limits if place in decided.get(gate.text, ())]
    if not places:
        why = (
            "nothing matches it, or narrower gates decide"
            if gate.text not in decided
            else "the base has no such figure"
        )
        return GateTest(gate.text, 0, 0, 0, (), (), f"dead: {why}")
    groups = [place for place in places if place is not None]
    tried = _Tried({}, {}, {})
    for scope in (groups, [None] if None in places else []):
        if scope:
            _try(gate, same, {place: limits[place] for place in scope}, floors, tried)
    order = sorted(places, key=str)
    noisy = tuple(p for p in order if tried.below.get(p) in (GateStatus.BROKEN, GateStatus.WARNED))
    broken = (
        (GateStatus.BROKEN, GateStatus.UNKNOWN) if gate.subject.coverage else (GateStatus.BROKEN,)
    )
    fired = [p for p in order if tried.above.get(p) in broken]
    far = [p for p in order if p not in fired and tried.far.get(p) in broken]
    unsure = tuple(p for p in far if tried.above.get(p) is GateStatus.UNKNOWN)
    never = tuple(p for p in order if p not in fired and p not in far)
    problem = ""
    if noisy:
        problem = "it fires at its own limit"
    elif not fired and not far:
        below = GateStatus.BELOW_FLOOR in tried.above.values()
        problem = f"dead: {'the floor is above all that it is for' if below else 'it cannot fire'}"
    slow = len(far) - len(unsure)
    return GateTest(gate.text, len(order), len(fired), slow, never, noisy, problem, unsure=unsure)


def _try(
    gate: Gate,
    same: Comparison,
    limits: dict[Group | None, Fraction],
    floors: Floors,
    tried: _Tried,
) -> None:
    figures = Figures(same)
    last = {place: at_the_limit(gate, limit) for place, limit in limits.items()}
    step = -1 if gate.limit.least else 1
    beyond = {place: value + step for place, value in last.items()}
    far = {
        place: value // _FAR if gate.limit.least else value * _FAR + 1
        for place, value in last.items()
    }
    for values, found in ((last, tried.below), (beyond, tried.above), (far, tried.far)):
        possible = {
            place: value
            for place, value in values.items()
            if can_be(gate.subject, figures, place, value) and value * len(values) < _MOST
        }
        if not possible:
            continue
        checked = check(
            planted(same, gate.subject, possible),
            [gate],
            floors=floors,
            new_groups=NewGroups.IGNORE,
        )
        for verdict in checked.verdicts:
            if verdict.gate == gate.text and verdict.group in possible:
                found[verdict.group] = verdict.status


def _fails(same: Comparison, gates: Sequence[Gate], floors: Floors) -> GateTest:
    """Whether a run is told of which each call failed and which else is like the base."""
    side = same.sides[0]
    failed = side.cells.with_columns(pl.lit(False).alias(OK), failed=pl.col("calls"))
    return _always("failed calls", compared(same, side._replace(cells=failed)), gates, floors)


def _does_less(same: Comparison, gates: Sequence[Gate], floors: Floors) -> GateTest:
    """Whether a run is told that ended early and of whose calls a third is there."""
    side = same.sides[0]
    sums = [name for name, kind in side.cells.schema.items() if kind.is_integer()]
    fewer = side.cells.with_columns(pl.col(sums) // _FAR)
    return _always("less work", compared(same, side._replace(cells=fewer)), gates, floors)


def _loses_usage(same: Comparison, gates: Sequence[Gate], floors: Floors) -> GateTest:
    """Whether a run of which less is known than the base is told from one that consumed less."""
    side = same.sides[0]
    cells = side.cells.with_columns(
        total_calls=pl.lit(0, pl.Int64), total_tokens=pl.lit(None, pl.Int64)
    )
    return _always("unknown usage", compared(same, side._replace(cells=cells)), gates, floors)


def _loses_a_group(same: Comparison, gates: Sequence[Gate], floors: Floors) -> GateTest:
    side = same.sides[0]
    keys = [key.value for key in side.keys]
    groups = side.cells.select(keys).unique().sort(keys, nulls_last=True)
    if groups.height < 2:  # noqa: PLR2004
        return GateTest("missing groups", 1, 1, 0, (), (), "", always=True)
    kept = side.cells.join(groups.head(1), on=keys, how="anti", nulls_equal=True)
    return _always("missing groups", compared(same, side._replace(cells=kept)), gates, floors)


def _always(name: str, comparison: Comparison, gates: Sequence[Gate], floors: Floors) -> GateTest:
    try:
        checked = check(comparison, gates, floors=floors)
    except NoAnswerError:
        # Nothing is left that the gates are for: such a run does not pass.
        return GateTest(name, 1, 1, 0, (), (), "", always=True)
    fires = any(verdict.status in _FIRES for verdict in checked.verdicts)
    problem = "" if fires and checked.exit_code else "dead: it is not seen"
    return GateTest(name, 1, int(fires), 0, (), (), problem, always=True)
