"""A side of a comparison: exact sums, samples for the tests, and what must be alike to compare.

A side holds no calls. What it holds can be kept in a file and compared later.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.metrics import known_tokens
from usagectl.aggregation.sketch import OK, SAMPLES, Percentiles, of_calls, of_many
from usagectl.dataset.keys import key_expression
from usagectl.dataset.spill import collected
from usagectl.dataset.usage import Usage
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key
from usagectl.model.notices import Notice
from usagectl.model.schema import divided, first_start, known_sum, refusing_large_sums

MODEL = "model_of_cell"
_NAMED = 3

PARTS = {
    # A sum that is null where nothing is known, and how many calls it is known of.
    "input_tokens": "input_calls",
    "output_tokens": "output_calls",
    "total_tokens": "total_calls",
    "cache_read_tokens": "cache_calls",
    "duration_us": "duration_calls",
    "cost_nanousd": "cost_calls",
    "timed_output": "timed_calls",
    "priced_tokens": "priced_calls",
}
BESIDE = ("timed_us", "cached_input")
"""Sums that rest on the calls of another: on `timed_calls` and `cache_calls`."""
SUMS = ("calls", "failed", *PARTS, *PARTS.values(), *BESIDE)
"""The sums of a cell, in whole tokens, microseconds and 1e-9 USD."""


class Side(NamedTuple):
    """One side: some runs, added up.

    `cells` has the sums of each group, model and outcome (`ok` or not), `samples` by column the
    values of single calls, as in `usagectl.aggregation.sketch`, `by_run` the sums of each group in
    each run. Keys are text columns under their own names. `failures` has `failure` and `calls`.
    `conventions` are pairs of format and how it counts tokens, `machines` descriptions of the
    computers, `cost_sources` who said what calls cost, `priced` the first and last day whose prices
    were taken, where any were. `rejected` is how many records could not be read. `percentiles` are
    those that are known exactly although the values are not, which were kept in steps.
    """

    name: str
    runs: tuple[str, ...]
    keys: tuple[Key, ...]
    cells: pl.DataFrame
    samples: Mapping[str, pl.DataFrame]
    by_run: pl.DataFrame
    failures: pl.DataFrame
    first: datetime | None
    last: datetime | None
    conventions: frozenset[tuple[str, str]]
    machines: frozenset[str]
    cost_sources: frozenset[str]
    priced: tuple[date, date] | None
    notices: tuple[Notice, ...]
    rejected: int = 0
    percentiles: Percentiles = {}  # noqa: RUF012 - nobody changes it


@refusing_large_sums()
def side_of(
    usage: Usage, keys: Sequence[Key], name: str, machines: frozenset[str] = frozenset()
) -> Side:
    """Add up the runs of a usage as one side, by some keys.

    Raises:
        WrongUsageError: There are no keys, or one that two sides cannot have in common.
    """
    if not keys or {Key.RUN, Key.SOURCE} & {*keys}:
        raise WrongUsageError("a comparison needs keys that both sides have, such as task or model")
    calls = _prepared(usage.calls, keys, usage.zone)
    names = [key.value for key in keys]
    ok = pl.col("status_of_call") == "ok"
    single = pl.col("granularity").is_in(["call", "turn"])
    listed = pl.col("cost_source").is_in(["table", "catalog"])
    of_single = calls.filter(single).select(*names, ok.alias(OK), *SAMPLES)
    cells, by_run, failures, period = collected(
        [
            calls.group_by(*names, MODEL, ok.alias(OK)).agg(**_sums()),
            calls.group_by(*names, "run").agg(**_sums()),
            calls.filter(pl.col("status_of_call") == "failed")
            .group_by("failure_of_call")
            .agg(pl.col("calls").sum()),
            calls.select(
                first=first_start(),
                last=pl.col("ended_at").max(),
                priced_first=pl.col("ended_at").filter(listed).min(),
                priced_last=pl.col("ended_at").filter(listed).max(),
                sources=pl.col("cost_source").drop_nulls().unique().implode(),
            ),
        ],
        large=usage.spilled,
    )
    first, last, priced_first, priced_last, sources = period.row(0)
    return Side(
        name,
        usage.runs,
        tuple(keys),
        cells,
        of_many(of_single, names) if usage.is_large else of_calls(of_single.collect(), names),
        by_run.rename({"run": "run_of_side"}),
        failures.rename({"failure_of_call": Key.FAILURE.value}),
        first,
        last,
        frozenset(usage.files.select("format", "convention").iter_rows()),
        machines,
        frozenset(sources),
        (priced_first.date(), priced_last.date()) if priced_first else None,
        usage.notices,
        len(usage.rejects),
    )


def without_empty_runs(usage: Usage) -> Usage:
    """The usage without runs that hold no calls, which would lower the mean of a side.

    A usage whose runs are all empty stays what it is.
    """
    (runs_of_calls,) = collected([usage.calls.select("run").unique()], large=usage.spilled)
    there = {*runs_of_calls.get_column("run")}
    empty = [run for run in usage.runs if run not in there]
    if not empty or not there:
        return usage
    named = ", ".join(empty[:_NAMED]) + (" and more" if len(empty) > _NAMED else "")
    notice = Notice(
        "empty-run", f"without any calls, and not counted as a run: {named}", len(empty)
    )
    runs = tuple(run for run in usage.runs if run in there)
    return usage._replace(runs=runs, notices=(*usage.notices, notice))


def _prepared(calls: pl.LazyFrame, keys: Sequence[Key], zone: str) -> pl.LazyFrame:
    """The keys, the sums' and the samples' inputs, computed once."""
    _, tokens = known_tokens()
    if "cost_nanousd" not in calls.collect_schema():
        recorded = pl.col("recorded_cost_nanousd")
        calls = calls.with_columns(
            cost_nanousd=recorded,
            cost_source=pl.when(recorded.is_not_null()).then(pl.lit("recorded")),
        )
    cost = pl.col("cost_nanousd")
    timed = pl.col("output_tokens").is_not_null() & (pl.col("duration_us") > 0)
    cached = pl.col("cache_read_tokens").is_not_null() & (pl.col("input_tokens") > 0)
    frame = calls.select(
        "run",
        "granularity",
        "calls",
        "ended_at",
        "input_tokens",
        "output_tokens",
        "duration_us",
        *(key_expression(key, zone).alias(f"key_{key.value}") for key in keys),
        pl.col("status").alias("status_of_call"),
        pl.col("cost_source").cast(pl.String),
        key_expression(Key.MODEL, zone).alias(MODEL),
        key_expression(Key.FAILURE, zone).alias("failure_of_call"),
        total_tokens=tokens,
        cost_nanousd=cost,
        timed_output=pl.when(timed).then("output_tokens"),
        timed_us=pl.when(timed).then("duration_us"),
        cache_read_tokens=pl.when(cached).then("cache_read_tokens"),
        cached_input=pl.when(cached).then("input_tokens"),
        priced_tokens=pl.when(cost.is_not_null()).then(tokens),
    )
    return frame.with_columns(
        tokens_per_second=divided(pl.col("timed_output"), pl.col("timed_us")),
        cache_share=divided(pl.col("cache_read_tokens"), pl.col("cached_input")),
    ).rename({f"key_{key.value}": key.value for key in keys})


def _sums() -> dict[str, pl.Expr]:
    calls = pl.col("calls")

    def calls_with(column: str) -> pl.Expr:
        # A total that lacks its output is not known, though the sum has its input.
        parts = ["input_tokens", "output_tokens"] if column == "total_tokens" else [column]
        known = pl.all_horizontal(pl.col(part).is_not_null() for part in parts)
        return pl.when(known).then(calls).sum()

    return {
        "calls": calls.sum(),
        "failed": pl.when(pl.col("status_of_call") == "failed").then(calls).sum(),
        **{column: known_sum(column) for column in (*PARTS, *BESIDE)},
        **{rests_on: calls_with(column) for column, rests_on in PARTS.items()},
    }


def added_up(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The sums of some cells, by fewer columns; without any, one row."""
    counts = {name for name in SUMS if name.endswith("calls") or name == "failed"}
    sums = {name: pl.col(name).sum() if name in counts else known_sum(name) for name in SUMS}
    return frame.group_by(*by).agg(**sums) if by else frame.select(**sums)
