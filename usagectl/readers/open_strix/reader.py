"""open-strix: `events.jsonl` and the siblings it was rotated into.

An `llm_usage` event is one `ainvoke`; its duration stands in the `turn_timing` that closes the
turn, which a rotation may have put into the next file. Cache counts are parts of the input. An
invoke that raised leaves an `error` event and no usage. Source: open-strix's `app.py`.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.notices import Notice
from usagectl.model.schema import GRANULARITY, STAGE_STATUS, STATUS
from usagectl.model.wording import plural
from usagectl.readers.core.fields import Kind
from usagectl.readers.core.format import Format
from usagectl.readers.core.provider_names import split_providers
from usagectl.readers.core.reading import Reading, Taken, fates_of, microseconds, no_time, reading
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
_SHAPE = Shape(
    fields={
        "timestamp": Kind.TIME,
        "type": Kind.TEXT,
        "session_id": Kind.TEXT,
        "model": Kind.TEXT,
        "input_tokens": Kind.COUNT,
        "output_tokens": Kind.COUNT,
        "cache_read_input_tokens": Kind.COUNT,
        "cache_creation_input_tokens": Kind.COUNT,
        "source_event_type": Kind.TEXT,
        "scheduler_name": Kind.TEXT,
        "total_seconds": Kind.SECONDS,
        "agent_invoke_seconds": Kind.SECONDS,
        "block_repair_invoke_seconds": Kind.SECONDS,
        "where": Kind.TEXT,
        "tool": Kind.TEXT,
        "args": Kind.TEXT,
        "error": Kind.TEXT,
        "error_class": Kind.TEXT,
        "error_status_code": Kind.COUNT,
        "provider_request_id": Kind.TEXT,
    },
    required=("type",),
    relevant=lambda record: is_one_of(record.get("type"), _USED),
)


def detect(head: Head) -> Mapping[str, int]:
    """Events that carry a type and the session of their process."""
    events = sum(
        isinstance(record.get("type"), str) and {"timestamp", "session_id"} <= record.keys()
        for record in head.objects
    )
    # Every event is printed too, among whatever else is printed.
    return {EVENTS if ".jsonl" in head.name else OUTPUT: events} if events else {}


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
        calls=_canonical(calls, events),
        stages=_stages(events),
        fates=[
            fates_of(
                pl.concat([written.counts, printed.counts]),
                merged=events.filter("again"),
                ignored=events.filter(~pl.col("again") & ~pl.col("is_call")),
            )
        ],
        rejects=[*written.rejects, *printed.rejects],
        notices=[*_doubts(calls), no_time(calls["ended_at"])],
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
    exclusive = (
        pl.col("cache_read_input_tokens") + pl.col("cache_creation_input_tokens")
        > pl.col("input_tokens")
    ).fill_null(False)
    return (
        events.filter("is_call")
        .join(turns, on=TURN, how="left", maintain_order="left", nulls_equal=True)
        .with_columns(nth=nth, exclusive=exclusive)
        .with_columns(
            seconds=pl.when(pl.col("is_failure") & (pl.col("nth") == 0))
            .then("total")
            .when(pl.col("nth") == 0)
            .then("invoke")
            .when((pl.col("nth") == 1) & (pl.col("repair") > 0))
            .then("repair")
        )
    )


def _canonical(calls: pl.DataFrame, events: pl.DataFrame) -> pl.LazyFrame:
    names = split_providers(calls.get_column("model"))
    cached = pl.col("cache_read_input_tokens") + pl.col("cache_creation_input_tokens")
    return (
        calls.lazy()
        .join(names.lazy(), on="model", how="left", maintain_order="left")
        .join(_tool_calls(events), on=TURN, how="left", maintain_order="left", nulls_equal=True)
        .select(
            "ended_at",
            "output_tokens",
            "file",
            granularity=pl.lit("turn").cast(GRANULARITY),
            calls=pl.lit(1, pl.Int64),
            task=pl.coalesce("turn_task", "source_event_type"),
            session="session_id",
            provider="provider_name",
            model="model_name",
            input_tokens=pl.when("exclusive")
            .then(pl.col("input_tokens") + cached)
            .otherwise("input_tokens"),
            cache_read_tokens="cache_read_input_tokens",
            cache_write_tokens="cache_creation_input_tokens",
            duration_us=microseconds("seconds"),
            status=pl.when("is_failure")
            .then(pl.lit("failed"))
            .otherwise(pl.lit("ok"))
            .cast(STATUS),
            outcome=pl.when("is_failure").then("error_class"),
            tool_calls=pl.when(pl.col("nth") == 0).then("tool_calls"),
            message=pl.when("is_failure").then("error"),
            http_status="error_status_code",
            request_id="provider_request_id",
        )
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


def _stages(events: pl.DataFrame) -> pl.LazyFrame:
    timing = pl.col("type") == "turn_timing"
    begins = pl.col("type") == "agent_invoke_start"
    raised = (pl.col("type") == "error") & (pl.col("where") == "event_worker")
    return (
        events.lazy()
        .filter((pl.col("turn") > 0) & ~pl.col("again"))
        .group_by(TURN, maintain_order=True)
        .agg(
            file=pl.col("file").first(),
            started_at=pl.col("ended_at").filter(begins).first(),
            ended_at=pl.col("ended_at").filter(timing).last(),
            wall=pl.col("total_seconds").filter(timing).last(),
            task=turn_task(),
            message=pl.col("error").filter(raised).last(),
            timed=timing.any(),
            raised=raised.any(),
        )
        .select(
            "started_at",
            "ended_at",
            "task",
            "message",
            "file",
            session="session_id",
            wall_us=microseconds("wall"),
            attempt=pl.lit(1, pl.Int64),
            status=pl.when("raised")
            .then(pl.lit("failed"))
            .when("timed")
            .then(pl.lit("done"))
            .otherwise(pl.lit("unfinished"))
            .cast(STAGE_STATUS),
        )
    )


def _conventions(calls: pl.DataFrame) -> dict[int, str]:
    counts = calls.group_by("file").agg(pl.col("exclusive").sum(), pl.len())
    return {
        index: f"cached tokens beside the input in {beside} of {count} records, inside it in others"
        for index, beside, count in counts.iter_rows()
        if beside
    }


def _doubts(calls: pl.DataFrame) -> Iterator[Notice]:
    usage = pl.col("type") == "llm_usage"
    counts = calls.select(
        exclusive=pl.col("exclusive").sum(),
        repeated=(usage & (pl.col("turn_source") == "web_continue")).sum(),
        silent=(~usage & ~pl.col("is_failure")).sum(),
    )
    exclusive, repeated, silent = counts.row(0)
    yield Notice(
        "cache-outside-input",
        f"{exclusive} llm_usage event{plural(exclusive)} with more cached than input tokens: read"
        " as exclusive, the cached tokens were added to the input",
        exclusive,
    )
    yield Notice(
        "continued-turn",
        f"{repeated} call{plural(repeated)} of web_continue turns: open-strix adds the usage of the"
        " earlier messages once more, so their tokens are an upper bound",
        repeated,
    )
    yield Notice(
        "no-usage-reported",
        f"{silent} turn{plural(silent)} without any usage event: counted as calls of unknown"
        " tokens",
        silent,
    )


FORMAT = Format(
    name="open-strix",
    convention=(
        "cached tokens are inside the input; a record with more cached than input tokens "
        "is read as beside it"
    ),
    detect=detect,
    read=read,
    lines={EVENTS: _SHAPE, OUTPUT: _SHAPE._replace(mixed=True)},
)
