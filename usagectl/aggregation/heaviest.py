"""The heaviest calls of a report: where to look first."""

import polars as pl

from usagectl.aggregation.metrics import known_tokens
from usagectl.model.schema import INSTANT, MICROSECONDS_PER_SECOND, in_units

NEEDS = ("source", "ended_at")
"""The columns that are needed besides those of `metrics.prepared`, by task and by model."""

COLUMNS = pl.Schema(
    {
        "run": pl.String(),
        "task": pl.String(),
        "model": pl.String(),
        "total_tokens": pl.Int64(),
        "duration_seconds": pl.Float64(),
        "ended_at": INSTANT,
        "source": pl.String(),
    }
)
NONE = pl.DataFrame(schema=COLUMNS)
_SHOWN = 3
_FIRST = ("ended_at", "source", "task", "model", "run")
_ENOUGH = 10


def heaviest(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The single calls with the most tokens.

    Args:
        frame: What `metrics.prepared` returned, by run, task and model, with NEEDS.

    Returns:
        The heaviest first, with COLUMNS; no row where there are so few calls that all can be seen.
    """
    single = pl.col("granularity").is_in(["call", "turn"])
    _, tokens = known_tokens()
    return (
        frame.select(
            "ended_at",
            "source",
            "duration_us",
            run="key_run",
            task="key_task",
            model="key_model",
            total_tokens=pl.when(single).then(tokens),
        )
        .top_k(_SHOWN, by=["total_tokens", *_FIRST], reverse=[False, *(True for _ in _FIRST)])
        # Beside the few, not beside each: for that all rows would be held until they are counted.
        .join(frame.select(calls=pl.len()), how="cross")
        .filter(pl.col("calls") >= _ENOUGH, pl.col("total_tokens").is_not_null())
        .with_columns(duration_seconds=in_units("duration_us", MICROSECONDS_PER_SECOND))
        .sort("total_tokens", *_FIRST, descending=[True, *(False for _ in _FIRST)])
        .select(*COLUMNS)
    )
