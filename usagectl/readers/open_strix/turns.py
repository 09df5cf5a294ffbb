"""The events of open-strix in time order, each with its turn, and which of them are calls."""

from collections.abc import Sequence

import polars as pl

from usagectl.inputs.file import SourceFile

TURN = ("run", "session_id", "turn")


def in_turns(files: Sequence[SourceFile], frame: pl.DataFrame) -> pl.DataFrame:
    """All events in time order, each with its turn, and whether it was there already.

    A session is one process, wherever its events are written: in a log, in the files that it was
    rotated into, in a copy, or in what the process printed.
    """
    runs = {run: i for i, run in enumerate(dict.fromkeys(file.run for file in files))}
    # The live log is written last, although its name sorts first.
    order = sorted(
        range(len(files)), key=lambda i: (files[i].name == "events.jsonl", files[i].name)
    )
    rank = {i: place for place, i in enumerate(order)}
    place = pl.DataFrame(
        {
            "file": range(len(files)),
            "run": [runs[file.run] for file in files],
            "order": [rank[i] for i in range(len(files))],
        },
        schema={"file": pl.UInt32, "run": pl.UInt32, "order": pl.UInt32},
    )
    begins = (pl.col("type") == "agent_invoke_start") & ~pl.col("again")
    events = (
        frame.join(place, on="file", how="left", maintain_order="left")
        .sort("run", "order", maintain_order=True)
        .with_columns(
            at=pl.col("timestamp").forward_fill().over("run", "file"),
            again=pl.col("timestamp").is_not_null()
            & ~pl.struct(pl.exclude("file", "order")).is_first_distinct(),
        )
        .sort("run", "at", maintain_order=True)
        .with_columns(turn=begins.cast(pl.Int64).cum_sum().over("run", "session_id"))
    )
    return _marked(events)


def _marked(events: pl.DataFrame) -> pl.DataFrame:
    """Say of each event whether it stands for a call."""
    fresh = ~pl.col("again")
    used = (pl.col("type") == "llm_usage") & fresh
    timing = (pl.col("type") == "turn_timing") & fresh
    expected = 1 + (pl.col("type") == "post_turn_block_validation_failed").any()
    usages = used.sum().over(TURN)
    raised = (pl.col("type") == "error") & (pl.col("where") == "event_worker") & fresh
    # The agent ran, and its provider does not report usage.
    silent = (
        timing & (pl.col("agent_invoke_seconds") > 0) & (usages == 0) & ~raised.any().over(TURN)
    )
    failed = raised & (usages < expected.over(TURN))
    return events.with_columns(
        used.alias("is_usage"), failed.fill_null(False).alias("is_failure")
    ).with_columns(is_call=(pl.col("is_usage") | pl.col("is_failure") | silent).fill_null(False))


def frames_turn() -> pl.Expr:
    """The events that begin and end a turn; others in between may speak of the next one."""
    return pl.col("type").is_in(["agent_invoke_start", "turn_timing"])


def turn_task() -> pl.Expr:
    named = pl.coalesce("scheduler_name", "source_event_type")
    return named.filter(frames_turn()).drop_nulls().first()
