"""The messages of failures: grouped by their shape, and one by one."""

import polars as pl

from usagectl.dataset.keys import key_expression
from usagectl.failures import excerpts, normalize
from usagectl.model.names import Key
from usagectl.model.schema import MICROSECONDS_PER_SECOND, in_units

_EXAMPLE = 400


def one_line(text: pl.Expr) -> pl.Expr:
    """A text on one line, cut where it is long."""
    line = text.str.replace_all(r"\s+", " ").str.strip_chars()
    return (
        pl.when(line.str.len_chars() > _EXAMPLE)
        .then(line.str.slice(0, _EXAMPLE) + pl.lit("…"))
        .otherwise(line)
    )


def shapes(failed: pl.DataFrame) -> pl.DataFrame:
    """Messages of one shape (ids and numbers masked), with how many there are and one of them.

    What every message says is left out: links, ids of requests, whom to write to.
    """
    said = excerpts.essential(pl.col("message"))
    return (
        failed.filter(pl.col("message").is_not_null())
        .with_columns(said=said)
        .group_by("failure", normalize.shape(normalize.outline(pl.col("said"))).alias("shape"))
        .agg(pl.col("calls").sum(), message=one_line(pl.col("said").first()))
        .with_columns(shape=one_line(pl.col("shape")))
        .sort("calls", "failure", "shape", descending=[True, False, False])
        .select("calls", "failure", "shape", "message")
    )


def listed(failed: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Every failure with where it stands, in the order of time."""
    return failed.sort("ended_at", "source", "line", nulls_last=True, maintain_order=True).select(
        "source",
        "line",
        pl.col("ended_at").dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00"),
        "error_id",
        "failure",
        "failure_rule",
        "failure_evidence",
        "outcome",
        "found_by",
        "found_in",
        "task",
        in_units("duration_us", MICROSECONDS_PER_SECOND).alias("duration_seconds"),
        key_expression(Key.MODEL, zone).alias("model"),
        message=one_line(excerpts.unwrapped(pl.col("message"))),
    )
