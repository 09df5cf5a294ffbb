"""open-strix: `events.jsonl` and the siblings it was rotated into.

An `llm_usage` event is one `ainvoke`; its duration stands in the `turn_timing` that closes the
turn, which a rotation may have put into the next file. Cache counts are parts of the input. An
invoke that raised leaves an `error` event and no usage. Source: open-strix's `app.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL, STAGE
from usagectl.model.notices import Doubt
from usagectl.readers.core.fields import Kind
from usagectl.readers.core.format import About, Format
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields, same
from usagectl.readers.core.provider_names import split_providers
from usagectl.readers.core.reading import Reading, Taken, fates_of, no_time, reading
from usagectl.readers.core.shape import Shape, is_one_of
from usagectl.readers.open_strix.turns import TURN, frames_turn, in_turns, turn_task

EVENTS = "agent events"
OUTPUT = "agent events in its output"

_USED = {
    "llm_usage",
    "agent_invoke_start",
    "turn_timing",
    "tool_call",
    "error",
    "post_turn_block_validation_failed",
}
_TELLING = _USED - {"error", "tool_call"}
# The moment at which the process began, and eight digits.
_SESSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_CACHED = pl.col("cache_read_input_tokens") + pl.col("cache_creation_input_tokens")
_TURN = Table(
    CALL,
    Row("granularity", Word("turn")),
    Row("calls", pl.lit(1)),
    Row("ended_at", "timestamp"),
    Row("task", pl.coalesce("turn_task", "source_event_type")),
    Row("session", "session_id"),
    Row("provider", pl.col("provider_name")),
    Row("model", pl.col("model_name")),
    Row("cache_read_tokens", "cache_read_input_tokens"),
    Row("cache_write_tokens", "cache_creation_input_tokens"),
    *same("input_tokens", "output_tokens"),
    Row("duration_us", pl.col("seconds"), unit=Kind.SECONDS),
    Row("status", Word("ok", failed=pl.col("is_failure"))),
    Row("outcome", "error_class", when=pl.col("is_failure")),
    Row("tool_calls", pl.col("tool_calls"), when=pl.col("nth") == 0),
    Row("message", "error", when=pl.col("is_failure")),
    Row("http_status", "error_status_code"),
    Row("request_id", "provider_request_id"),
)
_STAGE = Table(
    STAGE,
    *computed("started_at", "ended_at"),
    Row("task", pl.col("turn_task")),
    Row("session", "session_id"),
    Row("status", Word("unfinished", failed=pl.col("raised"), done=pl.col("timed"))),
    Row("wall_us", "total_seconds", unit=Kind.SECONDS),
    Row("attempt", pl.lit(1)),
    Row("message", "error"),
)
_SHAPE = Shape(
    raw_fields(
        _TURN,
        _STAGE,
        also={
            Kind.TEXT: "type model source_event_type scheduler_name where tool args",
            Kind.SECONDS: "agent_invoke_seconds block_repair_invoke_seconds",
        },
    ),
    required=("type",),
    relevant=lambda record: is_one_of(record.get("type"), _USED),
)


def detect(head: Head) -> Mapping[str, int]:
    """Events that carry a type and the session of their process."""
    events = sum(map(_is_event, head.objects))
    # Every event is printed too, among whatever else is printed.
    return {EVENTS if ".jsonl" in head.name else OUTPUT: events} if events else {}


def _is_event(record: Mapping[str, Any]) -> bool:
    """Others write lines of a type and a session too: they have no type of ours, nor such an id."""
    kind, session = record.get("type"), record.get("session_id")
    if not isinstance(kind, str) or "timestamp" not in record:
        return False
    return isinstance(session, str) and (
        kind in _TELLING or _SESSION.fullmatch(session) is not None
    )


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read the event logs of all homes.

    Args:
        files: The files that `detect` claimed.
        taken: Their records.
        zone: Not needed: open-strix writes UTC.
    """
    del zone
    written, printed = taken[EVENTS], taken[OUTPUT]
    events = in_turns(files, pl.concat([written.frame, printed.frame]))
    calls = _calls(events)
    return reading(
        calls=_TURN.of(_named(calls, events)),
        stages=_STAGE.of(_turns(events)),
        fates=[
            fates_of(
                pl.concat([written.counts, printed.counts]),
                merged=events.filter("again"),
                ignored=events.filter(~pl.col("again") & ~pl.col("is_call")),
            )
        ],
        rejects=[*written.rejects, *printed.rejects],
        doubts=[*_doubts(calls), no_time(calls["timestamp"])],
        conventions=_conventions(calls),
    )


def _calls(events: pl.DataFrame) -> pl.DataFrame:
    """The events that stand for calls, with what the rest of their turn says of them."""
    timing = pl.col("type") == "turn_timing"
    turns = events.group_by(TURN).agg(
        turn_task=turn_task(),
        turn_source=pl.col("source_event_type").filter(frames_turn()).drop_nulls().first(),
        total=pl.col("total_seconds").filter(timing).last(),
        invoke=pl.col("agent_invoke_seconds").filter(timing).last(),
        repair=pl.col("block_repair_invoke_seconds").filter(timing).last(),
    )
    nth = pl.int_range(pl.len()).over(TURN)
    exclusive = (pl.col("input_tokens") < _CACHED).fill_null(False)
    return (
        events.filter("is_call")
        .join(turns, on=TURN, how="left", maintain_order="left", nulls_equal=True)
        .with_columns(nth=nth, exclusive=exclusive)
        .with_columns(
            input_tokens=pl.col("input_tokens") + pl.when("exclusive").then(_CACHED).otherwise(0),
            seconds=pl.when(pl.col("is_failure") & (pl.col("nth") == 0))
            .then("total")
            .when(pl.col("nth") == 0)
            .then("invoke")
            .when((pl.col("nth") == 1) & (pl.col("repair") > 0))
            .then("repair"),
        )
    )


def _named(calls: pl.DataFrame, events: pl.DataFrame) -> pl.LazyFrame:
    """The calls with the provider and model that are named, and the tool calls of their turn."""
    names = split_providers(calls.get_column("model"))
    return (
        calls.lazy()
        .join(names.lazy(), on="model", how="left", maintain_order="left")
        .join(_tool_calls(events), on=TURN, how="left", maintain_order="left", nulls_equal=True)
    )


def _tool_calls(events: pl.DataFrame) -> pl.LazyFrame:
    """Tool calls of a turn, each of which may be logged by the tool, by the trace, or by both."""
    traced = pl.col("args").is_not_null()
    return (
        events.lazy()
        .filter((pl.col("type") == "tool_call") & ~pl.col("again"))
        .group_by(*TURN, "tool")
        .agg(count=pl.max_horizontal(traced.sum(), (~traced).sum()).cast(pl.Int64))
        .group_by(TURN)
        .agg(tool_calls=pl.col("count").sum())
    )


def _turns(events: pl.DataFrame) -> pl.LazyFrame:
    """The turns, each with what its events say of it."""
    timing = pl.col("type") == "turn_timing"
    begins = pl.col("type") == "agent_invoke_start"
    raised = (pl.col("type") == "error") & (pl.col("where") == "event_worker")
    return (
        events.lazy()
        .filter((pl.col("turn") > 0) & ~pl.col("again"))
        .group_by(TURN, maintain_order=True)
        .agg(
            pl.col("file").first(),
            pl.col("total_seconds").filter(timing).last(),
            pl.col("error").filter(raised).last(),
            started_at=pl.col("timestamp").filter(begins).first(),
            ended_at=pl.col("timestamp").filter(timing).last(),
            turn_task=turn_task(),
            timed=timing.any(),
            raised=raised.any(),
        )
    )


def _conventions(calls: pl.DataFrame) -> dict[int, str]:
    counts = calls.group_by("file").agg(pl.col("exclusive").sum(), pl.len())
    return {
        index: f"cached tokens beside the input in {beside} of {count} records, inside it in others"
        for index, beside, count in counts.iter_rows()
        if beside
    }


def _doubts(calls: pl.DataFrame) -> Iterator[Doubt]:
    usage = pl.col("type") == "llm_usage"
    counts = calls.select(
        exclusive=pl.col("exclusive").sum(),
        repeated=(usage & (pl.col("turn_source") == "web_continue")).sum(),
        silent=(~usage & ~pl.col("is_failure")).sum(),
    )
    exclusive, repeated, silent = counts.row(0)
    yield Doubt(
        "cache-outside-input",
        "{n} llm_usage event{s} with more cached than input tokens: read"
        " as exclusive, the cached tokens were added to the input",
        exclusive,
    )
    yield Doubt(
        "continued-turn",
        "{n} call{s} of web_continue turns: open-strix adds the usage of the"
        " earlier messages once more, so their tokens are an upper bound",
        repeated,
    )
    yield Doubt(
        "no-usage-reported",
        "{n} turn{s} without any usage event: counted as calls of unknown tokens",
        silent,
    )


FORMAT = Format(
    name="open-strix",
    about=About(
        files="`events.jsonl` and the files it was rotated into",
        special="an `llm_usage` is a call; turns are stages; an invoke that raised is a failed call"
        " of unknown tokens",
        unknown="reasoning, cost, how often a request was retried",
    ),
    convention=(
        "cached tokens are inside the input; a record with more cached than input tokens "
        "is read as beside it"
    ),
    detect=detect,
    read=read,
    lines={EVENTS: _SHAPE, OUTPUT: _SHAPE._replace(mixed=True)},
)
