"""Whether a run did less or more: from the number of successful calls, and what they make up.

A cut run has fewer tokens, and a run of more inputs has more, without either being better or worse.
"""

from collections.abc import Sequence

import polars as pl

from usagectl.comparison.measures import MEASURES
from usagectl.model.names import Measure, Part, Presence

_ADDS_UP = [measure.value for measure, d in MEASURES.items() if d.over is None]


def work_of_groups(parts: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Which changes of groups come with less or more work.

    Args:
        parts: The keys, `measure`, `part` and `amount` of all changes.
        keys: The columns that make a group.

    Returns:
        The keys, `measure`, and whether a fall of it is `less_work` and a rise `more_work`. Less is
        any loss of successful calls; more is a gain that makes at least half of the rise.
    """
    sums = _sums(parts, keys)
    return sums.select(
        *keys,
        "measure",
        less_work=pl.col("calls") < 0,
        more_work=(pl.col("calls") > 0) & _at_least_half(pl.col("of_calls"), pl.col("change")),
    )


def work_of_totals(parts: pl.DataFrame, groups: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """The same of all calls, from the parts of the groups.

    A fall is also less work where successful calls of gone groups are not made up for by new ones,
    or where calls moved to smaller groups make at least half of it.

    Args:
        parts: As for `work_of_groups`.
        groups: The keys, `measure` and `presence` of the groups.
        keys: The columns that make a group.
    """
    both = pl.col("presence") == Presence.BOTH
    presences = groups.filter(measure=Measure.CALLS.value).select(*keys, "presence")
    sums = _sums(parts, keys).join(presences, on=keys, how="left", nulls_equal=True)
    # Of all groups, also those of which a measure is not known.
    counts = sums.filter(measure=Measure.CALLS.value).select(
        pl.col("calls").sum(), alone=pl.when(~both).then("calls").sum()
    )
    return (
        sums.group_by("measure")
        .agg(
            pl.col("of_calls", "change").sum(),
            moved=pl.when(both).then("of_calls").sum(),
        )
        .join(counts, how="cross")
        .select(
            "measure",
            less_work=(pl.col("calls") < 0)
            | (pl.col("alone") < 0)
            | _at_least_half(pl.col("moved"), pl.col("change")),
            more_work=(pl.col("calls") > 0) & _at_least_half(pl.col("of_calls"), pl.col("change")),
        )
    )


def _sums(parts: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """By group and measure: `change`, `of_calls` of it, and by how many the `calls` changed."""
    of_calls = pl.when(pl.col("part") == Part.CALLS).then("amount").sum()
    sums = (
        parts.filter(pl.col("measure").is_in(_ADDS_UP))
        .group_by(*keys, "measure")
        .agg(change=pl.col("amount").sum(), of_calls=of_calls)
    )
    calls = sums.filter(measure=Measure.CALLS.value).select(*keys, calls="of_calls")
    return sums.join(calls, on=keys, how="left", nulls_equal=True).with_columns(
        pl.col("calls").fill_null(0)
    )


def _at_least_half(part: pl.Expr, change: pl.Expr) -> pl.Expr:
    return (part.sign() == change.sign()) & (part.abs() * 2 >= change.abs())
