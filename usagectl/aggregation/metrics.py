"""Calls to figures: one row of metrics for each group of calls.

Every figure is made here, once. Sums are exact integers until the last step; what nothing is
known of is null, and the columns that end in `_calls` say how many calls a figure rests on.
"""

from collections.abc import Sequence

import polars as pl

from usagectl.aggregation.percentiles import single_values, with_percentiles
from usagectl.dataset.keys import key_expression
from usagectl.dataset.spill import collected
from usagectl.dataset.usage import Usage
from usagectl.model.arguments import expect, keys_of
from usagectl.model.names import Key, Metric, cost_column
from usagectl.model.schema import (
    COSTS,
    MICROSECONDS_PER_SECOND,
    NANOUSD_PER_USD,
    in_units,
    known_sum,
    refusing_large_sums,
    wide_sum,
)
from usagectl.pricing.requests import WHAT_IF, Costs


@refusing_large_sums()
def summarize(usage: Usage, by: str | Sequence[str] = ()) -> pl.DataFrame:
    """Add up the calls of a usage by some keys.

    Args:
        usage: What `load` returned.
        by: A name of `usagectl.model.names.Key`, or several, such as `["task", "model"]`; none
            gives one row.

    Returns:
        A row per group, most tokens first, with the keys (text, null where the source does not
        say) and a column for each `usagectl.model.names.Metric`: tokens and calls as integers,
        times in seconds, cost in USD, rates and shares as fractions of 1, null where nothing is
        known.

    Raises:
        WrongUsageError: One of the names is no key, or `usage` is nothing that `load` returned.
        NoAnswerError: A sum is larger than 64 bits.
    """
    expect(usage, Usage, 'summarize(load("runs/a"), by="task")')
    keys = keys_of(by)
    frame = prepared(usage.calls, keys, usage.zone)
    (rows,) = collected([grouped(frame, keys, stepped=usage.is_large)], large=usage.spilled)
    return rows


def prepared(calls: pl.LazyFrame, keys: Sequence[Key], zone: str, *extra: str) -> pl.LazyFrame:
    """The columns that metrics need, the keys, and any other columns by name."""
    named = {f"key_{key.value}": key_expression(key, zone) for key in keys}
    there = calls.collect_schema().names()
    costs = [name for name in (*COSTS.names(), WHAT_IF) if name in there]
    return calls.select(*_INPUTS, *costs, *extra, **named)


def known_tokens() -> tuple[pl.Expr, pl.Expr]:
    """Whether a call has tokens, and how many: of the input, of the output, or of both."""
    parts = pl.col("input_tokens"), pl.col("output_tokens")
    known = parts[0].is_not_null() | parts[1].is_not_null()
    return known, pl.when(known).then(parts[0].fill_null(0) + parts[1].fill_null(0))


_INPUTS = (
    "granularity",
    "calls",
    "status",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "duration_us",
    "recorded_cost_nanousd",
    "attempts",
)


def grouped(
    frame: pl.LazyFrame, keys: Sequence[Key], told: Costs | None = None, *, stepped: bool = False
) -> pl.LazyFrame:
    """Metrics of each group of a prepared frame, most tokens first.

    Args:
        frame: What `prepared` returned.
        keys: What to group by.
        told: How the calls were priced, where they were. Each currency besides USD has a column
            of its own.
        stepped: Whether percentiles are told from steps, which are right to half a percent.
    """
    names = [key.value for key in keys]
    by = [pl.col(f"key_{name}").alias(name) for name in names]
    wanted = _sums() | _cost_sums(frame.collect_schema().names(), told)
    if stepped:
        del wanted["p50_us"], wanted["p95_us"]
    sums = frame.group_by(by).agg(**wanted) if by else frame.select(**wanted)
    if stepped:
        sums = with_percentiles(sums, frame, by)
    others = {
        name: in_units(name, NANOUSD_PER_USD)
        for name in map(cost_column, told.currencies if told else ())
    }
    metrics = sums.select(*names, **_metrics(), **others)
    tokens = pl.col(Metric.TOTAL_TOKENS)
    # A column and no constant, by whose reciprocal Polars would multiply: see `in_units`.
    everything = tokens * 0 + tokens.sum()
    return metrics.with_columns(
        pl.when(everything > 0).then(tokens / everything).alias(Metric.TOKEN_SHARE)
    ).sort(
        [Metric.TOTAL_TOKENS, Metric.CALLS, *names],
        descending=[True, True, *(False for _ in names)],
        nulls_last=True,
    )


def _sums() -> dict[str, pl.Expr]:
    calls = pl.col("calls")
    failed = pl.col("status") == "failed"
    known, tokens = known_tokens()
    timed = pl.col("output_tokens").is_not_null() & (pl.col("duration_us") > 0)
    single = single_values("duration_us")

    # Conditions stand inside the value and not around the group: that is several times faster.
    def where(condition: pl.Expr, value: str | pl.Expr) -> pl.Expr:
        return pl.when(condition).then(value)

    def calls_with(column: str) -> pl.Expr:
        return where(pl.col(column).is_not_null(), calls).sum()

    return {
        "calls": calls.sum(),
        "failed": where(failed, calls).sum(),
        "cancelled": where(pl.col("status") == "cancelled", calls).sum(),
        "billed_failures": where(failed & known, calls).sum(),
        "calls_without_usage": where(~known, calls).sum(),
        **{f"{part}_tokens": known_sum(f"{part}_tokens") for part in _TOKENS},
        **{f"{part}_calls": calls_with(f"{part}_tokens") for part in _TOKENS},
        "total_tokens": known_sum(tokens),
        "timed_output": known_sum(where(timed, "output_tokens")),
        "timed_us": wide_sum(where(timed, "duration_us")),
        "timed_calls": where(timed, calls).sum(),
        "duration_us": wide_sum("duration_us"),
        "duration_calls": calls_with("duration_us"),
        "p50_us": single.quantile(0.5, "linear"),
        "p95_us": single.quantile(0.95, "linear"),
        "failed_tokens": known_sum(where(failed, tokens)),
        "failed_us": wide_sum(where(failed, "duration_us")),
        "recorded_cost": wide_sum("recorded_cost_nanousd"),
        "recorded_cost_calls": calls_with("recorded_cost_nanousd"),
        "retried_calls": where(pl.col("attempts") > 1, calls).sum(),
    }


def _cost_sums(there: Sequence[str], told: Costs | None) -> dict[str, pl.Expr]:
    """Sums of costs; of calls that nobody priced, the cost is what their source recorded."""
    calls = pl.col("calls")
    cost = pl.col("cost_nanousd" if "cost_nanousd" in there else "recorded_cost_nanousd")

    def sums_of(name: str, amount: pl.Expr, counted: pl.Expr) -> dict[str, pl.Expr]:
        return {f"{name}_cost": wide_sum(amount), f"{name}_cost_calls": counted.sum()}

    sums = {
        "cost": wide_sum(cost),
        "failed_cost": wide_sum(pl.when(pl.col("status") == "failed").then(cost)),
        "retried_cost": wide_sum(pl.when(pl.col("attempts") > 1).then(cost)),
    }
    everybody = told is None and "cost_source" in there
    for source in ("table", "catalog", "local"):
        by_it = pl.col("cost_source") == source
        if everybody or (told and source in told.sources()):
            sums |= sums_of(source, pl.when(by_it).then(cost), pl.when(by_it).then(calls))
        else:
            sums |= sums_of(source, pl.lit(None, pl.Int64), pl.lit(0, pl.Int64))
    known = cost.is_not_null()
    if "other_cost_nano" in there:
        known |= pl.col("other_cost_nano").is_not_null()
        for currency in told.currencies if told else ():
            within = pl.when(pl.col("other_currency") == currency)
            sums[cost_column(currency)] = wide_sum(within.then("other_cost_nano"))
    sums["cost_calls"] = pl.when(known).then(calls).sum()
    if WHAT_IF in there:
        what_if = pl.col(WHAT_IF)
        sums |= sums_of("what_if", what_if, pl.when(what_if.is_not_null()).then(calls))
    else:
        sums |= sums_of("what_if", pl.lit(None, pl.Int64), pl.lit(0, pl.Int64))
    return sums


_TOKENS = ("input", "cache_read", "cache_write", "output", "reasoning")


def _metrics() -> dict[str, pl.Expr]:
    def seconds(column: str) -> pl.Expr:
        return in_units(column, MICROSECONDS_PER_SECOND)

    derived = {
        Metric.FAILURE_RATE.value: pl.when(pl.col("calls") > 0).then(
            pl.col("failed") / pl.col("calls")
        ),
        Metric.TOKEN_SHARE.value: pl.lit(None, pl.Float64),
        Metric.TOKENS_PER_SECOND.value: pl.when(pl.col("timed_us") > 0).then(
            pl.col("timed_output") / seconds("timed_us")
        ),
        Metric.TOKENS_PER_SECOND_CALLS.value: pl.col("timed_calls"),
        Metric.DURATION_SECONDS.value: seconds("duration_us"),
        Metric.DURATION_P50_SECONDS.value: seconds("p50_us"),
        Metric.DURATION_P95_SECONDS.value: seconds("p95_us"),
        Metric.FAILED_SECONDS.value: seconds("failed_us"),
        Metric.UNPRICED_CALLS.value: pl.col("calls") - pl.col("cost_calls"),
        **{
            f"{name}_cost_usd": in_units(f"{name}_cost", NANOUSD_PER_USD)
            for name in ("recorded", "table", "catalog", "failed", "retried", "what_if")
        },
        Metric.COST_USD.value: in_units("cost", NANOUSD_PER_USD),
    }
    # What is not derived is a sum of that name.
    return {metric.value: derived.get(metric.value, pl.col(metric.value)) for metric in Metric}


def sorted_rows(rows: pl.DataFrame, metric: Metric, keys: Sequence[Key]) -> pl.DataFrame:
    """Rows by a metric, largest first, unknown last; ties by their keys."""
    names = [key.value for key in keys]
    return rows.sort(
        [metric.value, *names],
        descending=[True, *(False for _ in names)],
        nulls_last=True,
    )


def in_order_of_time(rows: pl.DataFrame, keys: Sequence[Key]) -> pl.DataFrame:
    """Rows by day or hour, where that is among their keys; else as they are."""
    times = [i for i, key in enumerate(keys) if key in (Key.DAY, Key.HOUR)]
    if not times:
        return rows
    names = [key.value for key in keys[: times[-1] + 1]]
    return rows.sort(names, nulls_last=True, maintain_order=True)
