"""Percentiles of so many calls that they are not looked at one by one."""

from collections.abc import Sequence

import polars as pl

from usagectl.aggregation import sketch


def with_percentiles(
    sums: pl.LazyFrame, frame: pl.LazyFrame, by: Sequence[pl.Expr]
) -> pl.LazyFrame:
    """The sums with `p50_us` and `p95_us` of durations, each in the middle of where it can be.

    Args:
        sums: A row for each group.
        frame: What was added up.
        by: What makes a group.
    """
    names = [key.meta.output_name() for key in by]
    steps = (
        frame.select(*by, value=single_values("duration_us"))
        .filter(pl.col("value").is_not_null())
        .with_columns(value=sketch.stepped("duration_us"))
        .group_by(*names, "value")
        .agg(calls=pl.len().cast(pl.Int64))
        .collect(engine="streaming")
        .with_columns(stepped=True)
    )
    columns = {}
    for percent in (50, 95):
        found = sketch.percentiles(steps, names, percent)
        columns[f"p{percent}_us"] = [float((e.low + e.high) / 2) for e in found.values()]
    if not names:
        values = {name: value[0] if value else None for name, value in columns.items()}
        return sums.with_columns(pl.lit(v, pl.Float64).alias(name) for name, v in values.items())
    groups = pl.DataFrame(list(found), schema=dict.fromkeys(names, pl.String), orient="row")
    middles = groups.with_columns(pl.Series(name, v, pl.Float64) for name, v in columns.items())
    return sums.join(middles.lazy(), on=names, how="left", nulls_equal=True)


def single_values(column: str) -> pl.Expr:
    """The values of rows that are one call, or one turn."""
    return pl.when(pl.col("granularity").is_in(["call", "turn"])).then(column)
