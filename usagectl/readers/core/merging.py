"""Records that repeat a call: of those with one key the most complete stands for it.

A streamed answer is written several times while it grows, a resumed session repeats the history of
another, a view of a session repeats what another says. The first record of a call is often the
least complete one; the last of the largest is taken.
"""

import polars as pl

from usagectl.model.notices import Doubt

_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")


def merged(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row for each key, and the rows that it stands for.

    Args:
        frame: Records with `run`, `file`, `key` and the counts of a call; those without a key are
            calls of their own. `replay` says whether a record is less than another of its key
            that is none, whatever it counts.

    Returns:
        The rows that are kept, in their order: each ends when the last record of its key in its
        file does, and has the tool calls of all of these. Then the rows that are not.
    """
    keyed = frame["key"].is_not_null()
    if not keyed.any():
        return frame, frame.clear()
    ranked = frame.with_row_index("row").with_columns(
        size=pl.sum_horizontal(*_COUNTS) + pl.any_horizontal(pl.col(*_COUNTS).is_not_null()),
        is_replay=pl.col("replay").fill_null(False),
    )
    # Of one size the first file counts, and in it the last record.
    best = (
        ranked.filter(pl.col("key").is_not_null())
        .sort("is_replay", "size", "file", "row", descending=[False, True, False, True])
        .unique(["run", "key"], keep="first", maintain_order=True)
    )
    groups = (
        ranked.filter(pl.col("key").is_not_null())
        .group_by("run", "key", "file")
        .agg(
            ended=pl.col("ended_at").filter(pl.col("size") > 0).max(),
            tools=pl.col("tool_calls").sum(),
            counted=pl.col("tool_calls").count(),
        )
    )
    completed = best.join(groups, on=["run", "key", "file"], how="left").with_columns(
        ended_at=pl.coalesce("ended", "ended_at"),
        tool_calls=pl.when(pl.col("counted") > 0).then("tools"),
    )
    kept = pl.concat(
        [ranked.filter(pl.col("key").is_null()), completed.select(ranked.columns)]
    ).sort("row")
    others = ranked.join(kept.select("row"), on="row", how="anti")
    return kept.select(frame.columns), others.select(frame.columns)


def combined(sums: pl.DataFrame, calls: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sums of calls of which no call is there, and the records that they do not need.

    Args:
        sums: Records that each stand for several calls. Those of one key say different things of
            the same calls, or the same thing as it grew: the largest of each holds.
        calls: The calls of the same files.
    """
    if sums.is_empty():
        return sums, sums
    ranked = sums.with_row_index("row").with_columns(
        key=pl.coalesce("key", pl.col("row").cast(pl.String))
    )
    by_run = calls.select("run").unique()
    by_session = calls.filter(pl.col("session").is_not_null()).select("run", "session").unique()
    left = ranked.filter(pl.col("session").is_null()).join(by_run, on="run", how="anti")
    left = pl.concat(
        [
            left,
            ranked.filter(pl.col("session").is_not_null()).join(
                by_session, on=["run", "session"], how="anti"
            ),
        ]
    ).sort("row")
    kept_as_is = ("file", "ended_at")
    largest = [n for n, kind in left.schema.items() if kind.is_numeric() and n not in kept_as_is]
    one = left.group_by("run", "key", maintain_order=True).agg(
        pl.col(largest).max(),
        pl.col("ended_at").max(),
        pl.exclude("run", "key", "ended_at", *largest).drop_nulls().first(),
    )
    others = ranked.join(one.select("row"), on="row", how="anti")
    return one.select(sums.columns), others.select(sums.columns)


def doubt_of_sums(records: int) -> Doubt:
    """What a user should know of sums that were not counted."""
    return Doubt(
        "sums-beside-calls",
        "records of sums that repeat calls which are counted one by one, or earlier states of the"
        " same sum: {n:,}; not counted again",
        records,
    )


def doubt(records: int, calls: int) -> Doubt:
    """What a user should know of records that were merged."""
    return Doubt(
        "merged-records",
        "{n:,} record{s} repeated a call that was there already (partial answers, replays, second"
        " views; calls so repeated: {calls:,}): each was counted once, as its most complete record"
        " has it",
        records,
        {"calls": calls},
    )
