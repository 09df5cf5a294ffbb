"""What can be doubted about PlanExe's rows, and the two readings of a row that a doubt is about."""

import polars as pl

from usagectl.model.notices import Doubt
from usagectl.readers.core.reading import no_time

# A pause of this length between two calls of a file is taken for a run that was resumed.
PAUSE_US = 10 * 60 * 1_000_000


def from_executor() -> pl.Expr:
    """Rows whose `model` is a configuration key although they have tokens: Anthropic's."""
    return pl.col("model").str.starts_with("anthropic-").fill_null(False)


def reasoning_outside_output() -> pl.Expr:
    """Whether a row counts thinking beside the output: its total says so, or thinking is more."""
    stated = pl.col("input_tokens") + pl.col("output_tokens") + pl.col("thinking_tokens")
    return (
        (pl.col("thinking_tokens") > 0)
        & (
            (pl.col("total_tokens") == stated)
            | (pl.col("thinking_tokens") > pl.col("output_tokens"))
        )
    ).fill_null(False)


def doubts(frame: pl.DataFrame, answers: pl.DataFrame) -> list[Doubt]:
    """Doubts about all rows of PlanExe, and about the calls that they are."""
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    pause = (began - pl.col("ended_at").shift(1)) > pl.duration(microseconds=PAUSE_US)
    executor = pl.col("has_tokens") & from_executor()
    counts = answers.lazy().select(
        resumed=(pause & (pl.col("file") == pl.col("file").shift(1))).sum(),
        uncached=executor.sum(),
        outside=reasoning_outside_output().sum(),
        leaked=pl.col("leaked").sum() if "leaked" in answers.columns else pl.lit(0),
    )
    resumed, uncached, outside, leaked = counts.collect().row(0)
    return [
        Doubt(
            "resumed-run",
            "{n} pause{s} of more than 10 minutes inside a file: the run was"
            " resumed, and both parts are counted",
            resumed,
        ),
        Doubt(
            "input-excludes-cache",
            "Anthropic calls: {n}; PlanExe writes their input without cached tokens, so"
            " input is a lower bound",
            uncached,
        ),
        Doubt(
            "reasoning-outside-output",
            "records with thinking tokens beside the output: {n}; they were added to it",
            outside,
        ),
        Doubt(
            "leaked-tokens",
            "{n} failed Anthropic call{s}: PlanExe wrote the tokens into the"
            " next attempt of another model; they were given back to the call that used them",
            leaked,
        ),
        no_time(frame["ended_at"]),
    ]
