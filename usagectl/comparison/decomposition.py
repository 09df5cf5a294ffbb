"""The calls of one group on both sides, and what their changes are made of."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.comparison import shapley
from usagectl.comparison.shapley import Cell, Split
from usagectl.model.names import Measure, Part
from usagectl.model.schema import MICROSECONDS_PER_SECOND, NANOUSD_PER_USD

Sums = dict[str, Any]


class _Amount(NamedTuple):
    """A sum that is split, the calls it is known of, and what it is proportional to, likewise."""

    amount: str
    known: str
    split: Split
    through: str = ""
    through_known: str = ""


_AMOUNTS = {
    Measure.INPUT_TOKENS: _Amount("input_tokens", "input_calls", Split(Part.INPUT_PER_CALL)),
    Measure.OUTPUT_TOKENS: _Amount("output_tokens", "output_calls", Split(Part.OUTPUT_PER_CALL)),
    Measure.DURATION_SECONDS: _Amount(
        "duration_us",
        "duration_calls",
        Split(Part.SECONDS_PER_CALL, Part.OUTPUT_PER_CALL, Part.SPEED),
        "timed_output",
        "timed_calls",
    ),
    Measure.COST_USD: _Amount(
        "cost_nanousd",
        "cost_calls",
        Split(Part.COST_PER_CALL, Part.TOKENS_PER_CALL, Part.PRICE),
        "priced_tokens",
        "priced_calls",
    ),
}
_PER_MILLION = 1_000_000
_FACTORS = {
    # What is said of a part: a sum over another, times something.
    Part.INPUT_PER_CALL: ("input_tokens", "input_calls", 1),
    Part.OUTPUT_PER_CALL: ("output_tokens", "output_calls", 1),
    Part.TOKENS_PER_CALL: ("priced_tokens", "priced_calls", 1),
    Part.SPEED: ("timed_output", "timed_us", MICROSECONDS_PER_SECOND),
    Part.SECONDS_PER_CALL: ("duration_us", "duration_calls", 1 / MICROSECONDS_PER_SECOND),
    Part.PRICE: ("cost_nanousd", "priced_tokens", _PER_MILLION / NANOUSD_PER_USD),
    Part.COST_PER_CALL: ("cost_nanousd", "cost_calls", 1 / NANOUSD_PER_USD),
}


class Calls(NamedTuple):
    """The calls of a group on one side: those that went well by model, and the others."""

    ok: dict[str | None, Sums]
    other: Sums


class Pair(NamedTuple):
    base: Calls
    new: Calls


def parts_by_measure(
    pair: Pair, weights: tuple[int, int]
) -> Iterator[tuple[Measure, dict[Part, int]]]:
    """Each measure that adds up, with the parts of its change."""
    found = {
        measure: shares
        for measure, amount in _AMOUNTS.items()
        if (shares := _parts_of(pair, amount, weights))
    }
    yield Measure.CALLS, _of_calls(pair, weights)
    yield from found.items()
    tokens: dict[Part, int] = {}
    for measure in (Measure.INPUT_TOKENS, Measure.OUTPUT_TOKENS):
        for part, amount in found.get(measure, {}).items():
            tokens[part] = tokens.get(part, 0) + amount
    yield Measure.TOTAL_TOKENS, {part: amount for part, amount in tokens.items() if amount}


def _of_calls(pair: Pair, weights: tuple[int, int]) -> dict[Part, int]:
    ok, other = (
        sum(
            sign * weight * count(calls)
            for sign, weight, calls in zip((-1, 1), weights, pair, strict=True)
        )
        for count in (_ok_calls, _other_calls)
    )
    shares = {Part.CALLS: ok, Part.FAILED_CALLS: other}
    return {part: amount for part, amount in shares.items() if amount}


def _ok_calls(calls: Calls) -> int:
    return sum(sums["calls"] for sums in calls.ok.values())


def _other_calls(calls: Calls) -> int:
    return int(calls.other["calls"])


def _parts_of(pair: Pair, amount: _Amount, weights: tuple[int, int]) -> dict[Part, int]:
    base, new = ({model: _cell(sums, amount) for model, sums in calls.ok.items()} for calls in pair)
    shares = shapley.parts(base, new, amount.split, weights)
    if any(calls.other["calls"] for calls in pair):
        base, new = (_cells({None: calls.other}, amount) for calls in pair)
        others = shapley.parts(base, new, Split(Part.FAILED_SIZE), weights)
        for part, share in others.items():
            named = Part.FAILED_CALLS if part is Part.CALLS else part
            shares[named] = shares.get(named, 0) + share
    return {part: share for part, share in shares.items() if share}


def _cells(models: Mapping[str | None, Sums], amount: _Amount) -> dict[str | None, Cell]:
    return {model: _cell(sums, amount) for model, sums in models.items()}


def _cell(sums: Sums, amount: _Amount) -> Cell:
    known = sums[amount.known]
    through = None
    if amount.through and sums[amount.through_known] == known:
        through = sums[amount.through]
    return Cell(sums["calls"], known, sums[amount.amount] or 0, through)


def factors_of(
    sides: Sequence[Mapping[str, Sums]],
    shares: Mapping[Part, int],
    measure: Measure,
    runs: tuple[int, int],
) -> dict[Part, tuple[float | None, float | None]]:
    """What is said of each part: the factor on both sides, null where there is none."""
    return {
        part: tuple(  # type: ignore[misc]
            _factor(side, part, measure, count) for side, count in zip(sides, runs, strict=True)
        )
        for part in shares
    }


def _factor(side: Mapping[str, Sums], part: Part, measure: Measure, runs: int) -> float | None:
    ok = side["ok"]
    if part in (Part.CALLS, Part.FAILED_CALLS):
        return float(side["ok" if part is Part.CALLS else "other"]["calls"] / runs)
    if part is Part.REPORTED:
        known = _AMOUNTS[measure].known if measure in _AMOUNTS else "total_calls"
        calls = ok["calls"] + side["other"]["calls"]
        return float((ok[known] + side["other"][known]) / calls) if calls else None
    if part not in _FACTORS:
        return None
    above, below, times = _FACTORS[part]
    return float((ok[above] or 0) * times / ok[below]) if ok[below] else None
