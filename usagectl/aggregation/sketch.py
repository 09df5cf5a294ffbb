"""The values of single calls on one side: each as it is, or counted in steps of at most 1 %.

A frame of values has the keys, `ok`, `value`, `calls` (how many calls have it) and `stepped`:
whether the value is the begin of a step that holds the true one. Steps are the same everywhere, so
groups that are put together stay exact in their counts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import polars as pl

Group = tuple[str | None, ...]

OK = "ok"
WHOLE = ("output_tokens", "total_tokens", "duration_us", "cost_nanousd")
QUOTIENTS = ("tokens_per_second", "cache_share")
SAMPLES = (*WHOLE[:3], *QUOTIENTS, *WHOLE[3:])
"""Of what single calls are kept; the quotients are fractions, the others whole numbers."""
MEASURED = WHOLE[:3]
"""Of what there are percentiles."""
PERCENTS = range(100)
_HUNDRED = 100
_DIGITS = 3
_TRILLION = 1e12
_LARGEST = 9e18
_COUNTED = (OK, "value", "calls", "stepped")

Percentiles = Mapping[str, Mapping[Group | None, tuple[int, ...]]]
"""By column and group (None is all calls): the percentiles of PERCENTS, in hundredths."""


class Estimate(NamedTuple):
    """A percentile of `known` values: it lies between `low` and `high`, which are both possible."""

    low: Fraction
    high: Fraction
    known: int


def type_of(column: str) -> pl.DataType:
    """Of which type the values of a column are."""
    return pl.Float64() if column in QUOTIENTS else pl.Int64()


def of_calls(frame: pl.DataFrame, keys: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The frames of values of single calls, of which each has its own row; null is no value."""
    rows = frame.with_columns(calls=pl.lit(1, pl.Int64), stepped=pl.lit(False))
    return {
        column: rows.select(*keys, OK, pl.col(column).alias("value"), "calls", "stepped")
        for column in SAMPLES
    }


def of_many(frame: pl.LazyFrame, keys: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The same of more calls than can be looked at one by one: all values in steps."""
    by = [*keys, OK]
    return {
        column: frame.select(*by, value=column)
        .filter(pl.col("value").is_not_null())
        .group_by(*by, stepped(column).alias("value"))
        .agg(calls=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
        .select(*by, "value", "calls", stepped=pl.lit(True))
        for column in SAMPLES
    }


def stepped(column: str) -> pl.Expr:
    """The begin of the step of each `value`: the same for a value and for the begin of its step.

    A step is 1, 2 or 5 of the third digit wide, which is at most 1 % of what begins it.
    """
    value = pl.col("value")
    if column not in QUOTIENTS:
        return _begin(value)
    # As whole numbers: what is the begin of a step must not depend on how a float is rounded.
    return _begin((value * _TRILLION).round().clip(upper_bound=_LARGEST).cast(pl.Int64)) / (
        pl.lit(_TRILLION) + value * 0
    )


def _begin(whole: pl.Expr) -> pl.Expr:
    wide = _width(whole)
    return whole // wide * wide


def _width(whole: pl.Expr) -> pl.Expr:
    """How many whole numbers the step of each has."""
    digits = whole.cast(pl.String).str.len_chars().cast(pl.Int64)
    unit = pl.lit(10, pl.Int64).pow((digits - _DIGITS).clip(lower_bound=0))
    leading = whole // unit
    return unit * pl.when(leading < 200).then(1).when(leading < 500).then(2).otherwise(5)  # noqa: PLR2004


def counted(frame: pl.DataFrame, keys: Sequence[str], column: str) -> pl.DataFrame:
    """The values of each group and outcome with their calls, each once and in their order."""
    by = [*keys, OK]
    return (
        alike(frame, by, column)
        .group_by(*by, "value", "stepped")
        .agg(pl.col("calls").sum())
        .sort(*by, "value", nulls_last=True)
        .select(*keys, *_COUNTED)
    )


def alike(frame: pl.DataFrame, by: Sequence[str], column: str) -> pl.DataFrame:
    """What is known, all in steps where one of a group is."""
    known = frame.filter(pl.col("value").is_not_null())
    if not known.get_column("stepped").any():
        return known
    of_group = pl.col("stepped").any().over(by)
    return known.with_columns(
        value=pl.when(of_group).then(stepped(column)).otherwise("value"), stepped=of_group
    )


def percentiles(frame: pl.DataFrame, keys: Sequence[str], percent: int) -> dict[Group, Estimate]:
    """A percentile of the values of each group, well or not; without keys, of all under ().

    It lies between the two values that are nearest, as `usagectl summary` has it, but exact.
    """
    known = frame.filter(pl.col("value").is_not_null())
    place = (pl.col("calls").sum() - 1) * percent
    low_rank = place // _HUNDRED
    high_rank = pl.min_horizontal(low_rank + 1, pl.col("calls").sum() - 1)
    upto = pl.col("calls").cum_sum()
    wanted = {
        "known": pl.col("calls").sum(),
        "part": place % _HUNDRED,
        "low": pl.col("value").filter(upto > low_rank).first(),
        "high": pl.col("value").filter(upto > high_rank).first(),
    }
    ends = [known]
    if known.get_column("stepped").any():
        ends.append(_last_of_steps(known))
    found: list[dict[Group, tuple[int, Fraction]]] = []
    for values in ends:
        rows = values.sort("value")
        sums = (
            rows.group_by(*keys, maintain_order=True).agg(**wanted)
            if keys
            else rows.select(**wanted).filter(pl.col("known") > 0)
        )
        found.append(
            {
                tuple(group): (n, Fraction(low * (_HUNDRED - part) + high * part, _HUNDRED))
                for *group, n, part, low, high in sums.select(*keys, *wanted).iter_rows()
            }
        )
    return {
        group: Estimate(low, found[-1][group][1], known) for group, (known, low) in found[0].items()
    }


def _last_of_steps(rows: pl.DataFrame) -> pl.DataFrame:
    """The values as large as they can be."""
    wide = pl.when("stepped").then(_width(pl.col("value"))).otherwise(1)
    return rows.with_columns(value=pl.col("value") + (wide - 1))


def bounds(rows: pl.DataFrame) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """All percentiles of some values, in hundredths: the least and the most that they can be."""
    return _hundredths(rows), _hundredths(_last_of_steps(rows))


def exactly(
    values: Mapping[str, pl.DataFrame], keys: Sequence[str], kept: int
) -> dict[str, dict[Group | None, tuple[int, ...]]]:
    """The percentiles of the groups, and of all calls, that cannot be told from steps.

    Args:
        values: The frames of values; groups of which some are in steps already are left out.
        keys: What makes a group.
        kept: How many different values of a group and an outcome are kept as they are.
    """
    found: dict[str, dict[Group | None, tuple[int, ...]]] = {}
    for column in MEASURED:
        rows = counted(values[column], keys, column)
        sizes = rows.group_by(*keys, OK).agg(pl.len(), pl.col("stepped").any())
        many = sizes.filter((pl.col("len") > kept) & ~pl.col("stepped")).select(keys).unique()
        if many.is_empty():
            continue
        of_column = found[column] = {}
        chosen = rows.join(many, on=keys, how="semi", nulls_equal=True)
        for group, of_group in chosen.partition_by(keys, as_dict=True).items():
            if not of_group.get_column("stepped").any():
                of_column[tuple(group)] = _hundredths(of_group)
        if not rows.get_column("stepped").any():
            of_column[None] = _hundredths(rows)
    return found


def of_other_groups(
    found: Percentiles, groups: Iterable[Group], become: Callable[[Group], Group]
) -> Percentiles:
    """The percentiles where groups are put together: of all calls, and of what stays one group."""
    counts = Counter(map(become, groups))
    return {
        column: {
            group and become(group): hundredths
            for group, hundredths in of_column.items()
            if group is None or counts[become(group)] == 1
        }
        for column, of_column in found.items()
    }


def _hundredths(rows: pl.DataFrame) -> tuple[int, ...]:
    ordered = rows.sort("value")
    value, upto = ordered.get_column("value"), ordered.get_column("calls").cum_sum()
    last = int(upto[-1]) - 1
    places = [last * percent for percent in PERCENTS]
    ranks = [place // _HUNDRED for place in places]
    low, high = (
        value.gather(upto.search_sorted(pl.Series(at, dtype=pl.Int64), side="right")).to_list()
        for at in (ranks, [min(rank + 1, last) for rank in ranks])
    )
    return tuple(
        one * (_HUNDRED - place % _HUNDRED) + other * (place % _HUNDRED)
        for one, other, place in zip(low, high, places, strict=True)
    )
