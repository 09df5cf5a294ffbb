"""What was consumed, in a few words for the library's users."""

import polars as pl

from usagectl.model import portrait
from usagectl.model.schema import known_sum

_FRAMES = ".calls and .stages (lazy), .files; usagectl.summarize(usage, by='task')"
_TOKENS = ("input_tokens", "output_tokens")


def consumed(calls: pl.LazyFrame, files: int, rejects: int, notices: int) -> portrait.Rows:
    """The calls, their tokens and their period; `-` where nothing is known.

    Args:
        calls: In the columns of `usagectl.model.schema`.
        files: How many were read.
        rejects: How many records could not be.
        notices: How many doubts there are.
    """
    sums = calls.select(
        calls=pl.col("calls").sum(),
        failed=pl.when(pl.col("status") == "failed").then("calls").sum(),
        **{name: known_sum(pl.col(name)) for name in _TOKENS},
        first=pl.col("ended_at").min(),
        last=pl.col("ended_at").max(),
    )
    found = sums.collect().row(0, named=True)
    ends = [f"{found[name]:%Y-%m-%d %H:%M:%S}" for name in ("first", "last") if found[name]]
    return (
        ("calls", f"{found['calls']:,}, {found['failed']:,} failed"),
        *((name, portrait.figure(found[name])) for name in _TOKENS),
        ("ended_at", f"{' to '.join(ends)} UTC" if ends else "-"),
        ("files", f"{files:,} read; {rejects:,} records rejected"),
        ("notices", f"{notices:,}"),
        ("frames", _FRAMES),
    )
