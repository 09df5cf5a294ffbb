"""One figure held against one limit: exact, and never better for knowing less.

- A value at the limit passes, the smallest step beyond it does not.
- A side of which fewer calls are known than of the other never passes by that: what would pass is
  `unknown`. Where the user says how much must be known, the unknown calls are taken to be like the
  known ones instead.
- A cost that rests on some of the calls passes with a warning, and only if the others would not
  break it at the prices that are known.
- A factor of something tiny is noise: below a floor it breaks nothing. The floor is on the larger
  side, so that nothing gets below it by getting worse.
- What varies from run to run needs samples. How many there are is asked of the base, which getting
  worse does not change; twice as far as the limit is beyond doubt however few there are.
"""

import math
from fractions import Fraction
from typing import NamedTuple

from usagectl.config.gate import Form, Gate, Limit
from usagectl.config.gate_subject import Subject
from usagectl.gates.observations import Figure, Pair
from usagectl.model.names import GateStatus, Measure, Presence
from usagectl.model.wording import plural

_ENOUGH = 5
_DOUBTLESS = 2
WITHIN_ERROR = (
    "the baseline knows it within 1 %, and the limit lies within that: save it by these keys"
)
TOKENS = (Measure.INPUT_TOKENS, Measure.OUTPUT_TOKENS, Measure.TOTAL_TOKENS)


class Floors(NamedTuple):
    """Below so many tokens or calls a run, a limit that is a factor breaks nothing."""

    tokens: int = 1000
    calls: int = 1


class Terms(NamedTuple):
    """How a figure is judged besides its limit.

    `strict` is whether less may be known of the new side than of the base. `runs` are those of the
    two sides.
    """

    floors: Floors
    strict: bool
    runs: tuple[int, int]


class Judgement(NamedTuple):
    """What became of it: the last value that passes, and in words why it is not simply passed.

    `complete` is whether as much is known of the new side as of the base.
    """

    status: GateStatus
    limit: Fraction | None
    detail: str = ""
    complete: bool = True


def limit_of(limit: Limit, base: Fraction | None) -> Fraction | None:
    """The last value that passes; None where the base is not known and must be."""
    if limit.form is Form.AMOUNT:
        return limit.value
    if base is None:
        return None
    if limit.form is Form.FACTOR:
        return base * limit.value
    return base - limit.value if limit.least else base + limit.value


def beyond(value: Fraction, limit: Fraction, *, least: bool) -> bool:
    """Whether a value does not pass."""
    return value < limit if least else value > limit


def judge(gate: Gate, pair: Pair, terms: Terms, *, less: bool = False) -> Judgement | None:
    """Hold a group against a gate; None where there is nothing to hold against it.

    Where a figure is known within an error, what is found must be found at both of its ends.

    Args:
        gate: The gate.
        pair: The figure on both sides.
        terms: What is asked besides.
        less: Whether the new side tells less of the group than the base.
    """
    first, *others = (_judged(gate, exact, terms, less=less) for exact in _ends(pair))
    if first is None or all(other and other.status is first.status for other in others):
        return first
    last = others[-1].limit if others[-1] else None
    return Judgement(GateStatus.UNKNOWN, last, WITHIN_ERROR, first.complete)


def _ends(pair: Pair) -> list[Pair]:
    """The pair with its figures as small and as large as they can be."""
    bases, news = (
        [figure, *([figure._replace(value=most, estimate=most)] if most is not None else [])]
        for figure, most in ((pair.base, pair.base.most), (pair.new, pair.new.most))
    )
    return [pair._replace(base=base, new=new) for base in bases for new in news]


def _judged(gate: Gate, pair: Pair, terms: Terms, *, less: bool) -> Judgement | None:
    base, new, limit = pair.base, pair.new, gate.limit
    alone = pair.presence is Presence.NEW
    if pair.presence is Presence.GONE or (alone and limit.form is not Form.AMOUNT):
        return None
    last = limit_of(limit, base.value)
    if new.value is None or last is None:
        return _without_figure(gate, pair, last)
    raw = beyond(new.value, last, least=limit.least)
    complete = alone or not less
    status, detail = _broken(gate, pair, last, terms) if raw else (GateStatus.PASSED, "")
    if (
        status is GateStatus.PASSED
        and gate.subject.measure in TOKENS
        and base.value
        and not new.value
    ):
        # Whoever answers uses tokens: nothing was counted.
        status, detail = GateStatus.UNKNOWN, "it counts no tokens at all"
    elif status is not GateStatus.BROKEN and terms.strict and not complete:
        status, detail = GateStatus.UNKNOWN, _less(base, new)
    elif raw != _estimated(limit, pair):
        if raw and _knows_less(base, new):
            status, detail = GateStatus.UNKNOWN, _rests_on("the base", base)
        elif not raw and (limit.form is Form.AMOUNT or not complete or _partly_priced(gate, new)):
            status, detail = GateStatus.UNKNOWN, _rests_on("it", new)
    elif status is GateStatus.PASSED and _partly_priced(gate, new):
        status = GateStatus.UNKNOWN if new.estimate is None else GateStatus.WARNED
        detail = _rests_on("it", new)
    return Judgement(status, last, detail, complete)


def _partly_priced(gate: Gate, figure: Figure) -> bool:
    """Whether a cost leaves calls out, of which any can have cost more than all others."""
    of_cost = gate.subject.measure is Measure.COST_USD and not gate.subject.coverage
    return of_cost and figure.known < figure.calls


def _estimated(limit: Limit, pair: Pair) -> bool:
    """Whether it would be beyond if the unknown calls were like those that are known."""
    last = limit_of(limit, pair.base.estimate)
    estimate = pair.new.estimate
    return estimate is not None and last is not None and beyond(estimate, last, least=limit.least)


def _without_figure(gate: Gate, pair: Pair, last: Fraction | None) -> Judgement:
    neither = pair.new.value is None and pair.base.value is None
    if neither and pair.group is not None and gate.limit.form is not Form.AMOUNT:
        return Judgement(GateStatus.SKIPPED, last, "neither side knows it")
    side = "the new side" if pair.new.value is None else "the base"
    return Judgement(GateStatus.UNKNOWN, last, f"no call of {side} has it", complete=False)


def _broken(gate: Gate, pair: Pair, last: Fraction, terms: Terms) -> tuple[GateStatus, str]:
    """What a value beyond the limit means."""
    below = _below_floor(gate, pair, terms)
    if below:
        return GateStatus.BELOW_FLOOR, below
    few = _too_few(gate, pair)
    value = pair.new.value or Fraction(0)
    nearer = value * _DOUBTLESS if gate.limit.least else value / _DOUBTLESS
    if few and not beyond(nearer, last, least=gate.limit.least):
        return GateStatus.WARNED, few
    return GateStatus.BROKEN, ""


def _below_floor(gate: Gate, pair: Pair, terms: Terms) -> str:
    if gate.limit.form is not Form.FACTOR:
        return ""
    base, new = pair.base, pair.new
    largest = max(new.value or 0, new.estimate or 0, base.value or 0)
    if gate.subject.measure in TOKENS and largest < terms.floors.tokens:
        return f"less than {terms.floors.tokens:,} tokens (--min-tokens)"
    calls = max(
        Fraction(figure.calls, runs) for figure, runs in zip((base, new), terms.runs, strict=True)
    )
    # A mean of less than a call a run is of calls all the same.
    if math.ceil(calls) < terms.floors.calls:
        return f"less than {terms.floors.calls:,} calls (--min-calls)"
    return ""


def _too_few(gate: Gate, pair: Pair) -> str:
    subject, fact = gate.subject, gate.limit.form is Form.AMOUNT
    if not subject.noisy or fact or pair.presence is Presence.NEW:
        return ""
    if pair.base.known >= enough(subject):
        return ""
    known = pair.base.known
    return f"{known:,} sample{plural(known)} in the base, {enough(subject)} are enough to tell"


def enough(subject: Subject) -> int:
    """From how many samples on a noisy figure is taken at its word."""
    if subject.percentile is None:
        return _ENOUGH
    return max(_ENOUGH, math.ceil(100 / (100 - subject.percentile)))


def _knows_less(one: Figure, other: Figure) -> bool:
    return one.known * other.calls < other.known * one.calls


def _rests_on(name: str, figure: Figure) -> str:
    return f"{name} rests on {figure.known:,} of {figure.calls:,} calls"


def _less(base: Figure, new: Figure) -> str:
    return (
        f"known of {new.known:,} of {new.calls:,} calls, in the base of {base.known:,} of"
        f" {base.calls:,}"
    )
