"""PlanExe's `track_activity.jsonl`: cached and reasoning tokens, and the task that asked.

It holds two End events a call; only the one with `token_usage` is used, matched to a call by its
tokens and its time. Whole prompts stand in these lines, so only the fields below are read.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Reject
from usagectl.readers.core import lines
from usagectl.readers.core.fields import Fields, Kind
from usagectl.readers.core.reading import fates_of, nearest_folder, of_part
from usagectl.readers.core.shape import Shape

TRACK = "activity track"

# The event is written just before the row of the call.
_MAX_LEAD = pl.duration(seconds=2)
_USAGE: Fields = {
    "input_tokens": Kind.COUNT,
    "output_tokens": Kind.COUNT,
    "raw_usage_data": {
        "prompt_tokens_details": {"cached_tokens": Kind.COUNT, "cache_write_tokens": Kind.COUNT},
        "completion_tokens_details": {"reasoning_tokens": Kind.COUNT},
        "cache_read_input_tokens": Kind.COUNT,
        "cache_creation_input_tokens": Kind.COUNT,
    },
}
_SHAPE = Shape(
    fields={
        "timestamp": Kind.TIME,
        "event_type": Kind.TEXT,
        "backtrace": Kind.TEXT,
        "token_usage": _USAGE,
    },
    required=("event_type",),
    relevant=lambda record: record.get("token_usage") is not None,
)
LINES = {TRACK: _SHAPE}
_FRAME = re.compile(r'File \\?"[^"\\]*worker_plan_internal/(?!llm_util/)([^"\\]*?)(\w+)\.py\\?"')


class Match(NamedTuple):
    """The answers with what the track adds, and what became of its records."""

    answers: pl.DataFrame
    fates: pl.DataFrame
    rejects: list[Reject]


def part_of(record: Mapping[str, Any]) -> str | None:
    """Whether a record is of this file."""
    return TRACK if {"event_type", "event_data", "backtrace"} <= record.keys() else None


def match(files: Sequence[SourceFile], read: lines.Records, answers: pl.DataFrame) -> Match:
    """Add `cache_read_tokens`, `cache_write_tokens`, `tracked_reasoning_tokens`, `tracked_task`."""
    tracks = of_part(files, TRACK)
    if not tracks:
        return Match(_untracked(answers), fates_of(read.counts), [])
    events = _events(read.frame)
    place = {(file.run, file.folder): index for index, file in tracks.items()}
    track_of = {
        i: place[file.run, folder]
        for i, file in enumerate(files)
        if (folder := nearest_folder(file, place)) is not None
    }
    matched = _nearest(answers, events, track_of)
    used = matched.get_column("event").drop_nulls()
    return Match(
        matched.drop("event"),
        fates_of(
            read.counts,
            merged=events.filter(pl.col("event").is_in(used.implode())),
            ignored=read.frame.with_row_index("event").filter(
                ~pl.col("event").is_in(used.implode())
            ),
        ),
        read.rejects,
    )


def _untracked(answers: pl.DataFrame) -> pl.DataFrame:
    return answers.with_columns(
        pl.lit(None, pl.Int64).alias("cache_read_tokens"),
        pl.lit(None, pl.Int64).alias("cache_write_tokens"),
        pl.lit(None, pl.Int64).alias("tracked_reasoning_tokens"),
        pl.lit(None, pl.String).alias("tracked_task"),
    )


def _events(frame: pl.DataFrame) -> pl.DataFrame:
    usage = pl.col("token_usage")
    raw = usage.struct.field("raw_usage_data")
    prompt = raw.struct.field("prompt_tokens_details")
    completion = raw.struct.field("completion_tokens_details")
    events = (
        frame.rename({"timestamp": "at"})
        .with_row_index("event")
        .filter(usage.is_not_null() & pl.col("event_type").str.ends_with("EndEvent"))
    )
    return events.select(
        "event",
        "file",
        "at",
        input_tokens=usage.struct.field("input_tokens"),
        output_tokens=usage.struct.field("output_tokens"),
        cache_read_tokens=pl.coalesce(
            prompt.struct.field("cached_tokens"), raw.struct.field("cache_read_input_tokens")
        ),
        cache_write_tokens=pl.coalesce(
            prompt.struct.field("cache_write_tokens"),
            raw.struct.field("cache_creation_input_tokens"),
        ),
        tracked_reasoning_tokens=completion.struct.field("reasoning_tokens"),
        tracked_task=pl.Series(
            [task_of(trace) for trace in events.get_column("backtrace")], dtype=pl.String
        ),
    )


def task_of(backtrace: str | None) -> str | None:
    """The module that asked: the innermost frame of the pipeline outside its LLM plumbing."""
    frames = _FRAME.findall(backtrace or "")
    return frames[-1][1] if frames else None


def _nearest(
    answers: pl.DataFrame, events: pl.DataFrame, track_of: Mapping[int, int]
) -> pl.DataFrame:
    """Match each answer with the event of the same tokens that was written last before it."""
    if not track_of:
        return _untracked(answers).with_columns(event=pl.lit(None, pl.UInt32))
    numbered = answers.with_row_index("answer").with_columns(
        track=pl.col("file").replace_strict(track_of, default=None, return_dtype=pl.UInt32)
    )
    # PlanExe leaves a count of 0 out of its rows.
    keys = {"i": pl.col("input_tokens").fill_null(0), "o": pl.col("output_tokens").fill_null(0)}
    asked = numbered.filter("has_tokens").select("answer", "track", "ended_at", **keys)
    told = events.select("event", "at", track=pl.col("file"), **keys)
    lead = pl.col("ended_at") - pl.col("at")
    pairs = (
        asked.join(told, on=["track", "i", "o"])
        .filter(lead.is_between(pl.duration(milliseconds=-5), _MAX_LEAD))
        .sort(lead.abs(), "answer", "event")
        .unique("answer", keep="first", maintain_order=True)
        .unique("event", keep="first", maintain_order=True)
    )
    facts = events.drop("file", "at", "input_tokens", "output_tokens")
    return (
        numbered.join(pairs.select("answer", "event"), on="answer", how="left")
        .join(facts, on="event", how="left")
        .sort("answer")
        .drop("answer", "track")
    )
