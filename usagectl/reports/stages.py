"""The stages of runs as a report shows them."""

import polars as pl

from usagectl.model.schema import MICROSECONDS_PER_SECOND, in_units

_OF_STAGES = (
    *("run", "task", "session", "module", "status", "started_at", "ended_at"),
    *("wall_seconds", "cpu_user_seconds", "cpu_system_seconds", "attempt"),
)


def stage_rows(stages: pl.DataFrame) -> pl.DataFrame:
    """Stages in the order in which they began, durations in seconds."""
    durations = {"wall": "wall_us", "cpu_user": "cpu_user_us", "cpu_system": "cpu_system_us"}
    return (
        stages.sort("run", "started_at", "task", nulls_last=True, maintain_order=True)
        .with_columns(
            pl.col("status").cast(pl.String),
            *(
                in_units(column, MICROSECONDS_PER_SECOND).alias(f"{name}_seconds")
                for name, column in durations.items()
            ),
        )
        .select(_OF_STAGES)
    )
