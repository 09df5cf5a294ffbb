"""What a comparison compares: each measure as a quotient of whole numbers, declared once.

A quotient of integers can be held against a limit without rounding, and is the same for a run and
for the mean of several.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.model.names import Measure, Presence
from usagectl.model.schema import MICROSECONDS_PER_SECOND, NANOUSD_PER_USD


class Definition(NamedTuple):
    """How a measure is made of sums.

    `over` is the sum below the line, None for one per run. The value is `sum_of * times / over`
    (or `/ (runs * per_unit)`). `rests_on` is the sum of calls of which it is known, out of `calls`.
    `sample` is the value of a single call, None where the measure is a count: a count does not
    vary by chance.
    """

    sum_of: str
    rests_on: str
    less_is_better: bool
    over: str | None = None
    times: int = 1
    per_unit: int = 1
    sample: str | None = None


MEASURES = {
    Measure.CALLS: Definition("calls", "calls", less_is_better=True),
    Measure.FAILURE_RATE: Definition("failed", "calls", less_is_better=True, over="calls"),
    Measure.INPUT_TOKENS: Definition("input_tokens", "input_calls", less_is_better=True),
    Measure.CACHE_SHARE: Definition(
        "cache_read_tokens",
        "cache_calls",
        less_is_better=False,
        over="cached_input",
        sample="cache_share",
    ),
    Measure.OUTPUT_TOKENS: Definition(
        "output_tokens", "output_calls", less_is_better=True, sample="output_tokens"
    ),
    Measure.TOTAL_TOKENS: Definition(
        "total_tokens", "total_calls", less_is_better=True, sample="total_tokens"
    ),
    Measure.TOKENS_PER_SECOND: Definition(
        "timed_output",
        "timed_calls",
        less_is_better=False,
        over="timed_us",
        times=MICROSECONDS_PER_SECOND,
        sample="tokens_per_second",
    ),
    Measure.DURATION_SECONDS: Definition(
        "duration_us",
        "duration_calls",
        less_is_better=True,
        per_unit=MICROSECONDS_PER_SECOND,
        sample="duration_us",
    ),
    Measure.COST_USD: Definition(
        "cost_nanousd",
        "cost_calls",
        less_is_better=True,
        per_unit=NANOUSD_PER_USD,
        sample="cost_nanousd",
    ),
}


def measured(sums: pl.DataFrame, keys: Sequence[str], runs: tuple[int, int]) -> pl.DataFrame:
    """The measures of groups on both sides, a row for each group and measure.

    Args:
        sums: A row a group: the keys, `presence`, and the sums as `base_...` and `new_...`.
        keys: The columns that make a group.
        runs: How many runs each side has; what is not a ratio is a mean per run.

    Returns:
        The keys, `presence` and `measure`; `base_numerator` over `base_denominator` in whole
        numbers, likewise for `new`; both and their `change` as floats, in the unit of the
        measure's name; `relative`, the change as a fraction of the base, null where the base is 0,
        unknown or absent; `base_known` of `base_calls` calls, likewise for `new`.
        What a side does not have or know is null; a side without the group counts as 0 only in the
        change of what adds up.
    """
    return pl.concat(
        [_measured(sums, keys, runs, measure, MEASURES[measure]) for measure in Measure]
    )


def _measured(
    sums: pl.DataFrame,
    keys: Sequence[str],
    runs: tuple[int, int],
    measure: Measure,
    definition: Definition,
) -> pl.DataFrame:
    sides = dict(zip(("base", "new"), runs, strict=True))
    quotients = {
        f"{side}_{name}": value
        for side, count in sides.items()
        for name, value in _quotient(side, count, definition).items()
    }
    adds_up = pl.lit(definition.over is None)
    presence = pl.col("presence")
    base, new = pl.col("base"), pl.col("new")
    exact = (pl.col("new_numerator") - pl.col("base_numerator")) / pl.col("base_denominator")
    return (
        sums.select(*keys, "presence", measure=pl.lit(measure.value), **quotients)
        .with_columns(
            (pl.col(f"{side}_numerator") / pl.col(f"{side}_denominator")).alias(side)
            for side in sides
        )
        .with_columns(
            change=pl.when(adds_up & (presence == Presence.NEW))
            .then(new)
            .when(adds_up & (presence == Presence.GONE))
            .then(-base)
            .when(pl.col("base_denominator") == pl.col("new_denominator"))
            .then(exact)
            .otherwise(new - base),
        )
        .with_columns(
            relative=pl.when((base > 0) & (presence == Presence.BOTH)).then(pl.col("change") / base)
        )
    )


def _quotient(side: str, runs: int, definition: Definition) -> dict[str, pl.Expr]:
    # A sum of 64 bits times a million has more.
    above = pl.col(f"{side}_{definition.sum_of}").cast(pl.Int128) * definition.times
    if definition.over is None:
        below = pl.when(pl.col(f"{side}_calls").is_not_null()).then(
            pl.lit(runs * definition.per_unit, pl.Int64)
        )
    else:
        over = pl.col(f"{side}_{definition.over}")
        below = pl.when(over > 0).then(over)
    known = above.is_not_null() & below.is_not_null()
    return {
        "numerator": pl.when(known).then(above),
        "denominator": pl.when(known).then(below),
        "known": pl.col(f"{side}_{definition.rests_on}"),
        "calls": pl.col(f"{side}_calls"),
    }
