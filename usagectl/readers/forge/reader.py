"""Forge: audit events, one JSON object a line, in a file or in a redirected standard error.

Both generations of the envelope are read. `tokens_unavailable` is unknown, not zero. The totals of
an invocation repeat its calls: they are compared and never added. Source: forge-core's
`runtime/audit.go`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL, STAGE
from usagectl.model.notices import Doubt
from usagectl.readers.core.fields import Kind
from usagectl.readers.core.format import About, Apart, Format
from usagectl.readers.core.mapping import Row, Table, Word, raw_fields, same
from usagectl.readers.core.reading import Reading, Taken, fates_of, microseconds, no_time, reading
from usagectl.readers.core.shape import Shape, is_one_of
from usagectl.readers.forge.trail import INVOCATION, gaps, in_trails

AUDIT = "audit events"

_CALLS = ("llm_call", "llm_call_failed", "llm_call_cancelled")
_STAGES = ("invocation_complete", "invocation_cancelled")
_KNOWN = {*_CALLS, *_STAGES, "tool_exec", "session_start", "session_end"}
_ENVELOPE = {"correlation_id", "task_id", "prev_hash", "seq", "schema_version"}


def _is(*events: str) -> pl.Expr:
    return pl.col("event").is_in(events).fill_null(False)


def _field(name: str) -> pl.Expr:
    return pl.col("fields").struct.field(name)


_MEASURED = ~pl.col("tokens_unavailable").fill_null(False)
_WALL = microseconds("duration_ms", per_second=1000)
_BOTH = (
    Row("ended_at", "ts"),
    Row("task", ("task_id", "workflow_id")),
    Row("session", ("workflow_execution_id", "workflow_id", "correlation_id")),
)
_CALL = Table(
    CALL,
    *_BOTH,
    Row("granularity", Word("call")),
    Row("calls", pl.lit(1)),
    *same("provider", "model", "request_id"),
    *same("input_tokens", "output_tokens", when=_MEASURED),
    Row("duration_us", "duration_ms", unit=Kind.MILLISECONDS),
    Row("status", Word("ok", failed=_is("llm_call_failed"), cancelled=_is("llm_call_cancelled"))),
    # The events of a tool name no call: the first call of an invocation carries them all.
    Row("tool_calls", pl.col("tools"), when=pl.int_range(pl.len()).over(INVOCATION) == 0),
    Row("message", "fields.error"),
    Row("http_status", _field("error").str.extract(r"\(status (\d{3})\)")),
)
_STAGE = Table(
    STAGE,
    *_BOTH,
    Row(
        "status",
        Word("done", cancelled=_is("invocation_cancelled"), failed=_field("state") == "failed"),
    ),
    Row("wall_us", "duration_ms", unit=Kind.MILLISECONDS),
    Row("started_at", pl.col("ts") - pl.duration(microseconds=_WALL)),
    Row("attempt", pl.lit(1)),
    Row("message", "fields.reason"),
)
_SHAPE = Shape(
    raw_fields(
        _CALL,
        _STAGE,
        also={
            Kind.COUNT: "seq fields.input_tokens_total fields.output_tokens_total"
            " fields.llm_call_count",
            Kind.TEXT: "event prev_hash fields.phase fields.tool fields.state",
            Kind.FLAG: "tokens_unavailable",
        },
    ),
    # A JSON line without an event is an operator's log line.
    required=(),
    relevant=lambda record: is_one_of(record.get("event"), _KNOWN),
    mixed=True,
)


def detect(head: Head) -> Mapping[str, int]:
    """Audit events, wherever they stand among other lines."""
    events = sum(map(_is_event, head.objects))
    return {AUDIT: events} if events else {}


def _is_event(record: Mapping[str, Any]) -> bool:
    # Others have events at a time too, a session that starts among them.
    has_envelope = bool(record.keys() & _ENVELOPE)
    return "ts" in record and isinstance(record.get("event"), str) and has_envelope


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read the audit trails.

    Args:
        files: The files that `detect` claimed.
        taken: Their records.
        zone: Not needed: Forge writes UTC.
    """
    del zone
    read = taken[AUDIT]
    events = in_trails(files, read.frame)
    frame = events.filter(~pl.col("again"))
    calls = frame.filter(_is(*_CALLS))
    return reading(
        calls=_CALL.of(_with_tools(frame, calls)),
        stages=_STAGE.of(frame.lazy().filter(_is(*_STAGES))),
        fates=[
            fates_of(
                read.counts,
                merged=events.filter("again"),
                ignored=frame.filter(~_is(*_CALLS)),
            )
        ],
        rejects=read.rejects,
        doubts=[
            *_doubts(frame, calls),
            _disagreements(frame, calls),
            gaps(files, frame),
            no_time(calls["ts"]),
        ],
    )


def _with_tools(frame: pl.DataFrame, calls: pl.DataFrame) -> pl.LazyFrame:
    tools = (
        frame.lazy()
        .filter(_is("tool_exec") & (_field("phase") == "end"))
        .group_by(INVOCATION)
        .agg(tools=pl.len())
    )
    return calls.lazy().join(tools, on=INVOCATION, how="left", maintain_order="left")


def _doubts(frame: pl.DataFrame, calls: pl.DataFrame) -> Iterator[Doubt]:
    anthropic = calls.filter((pl.col("provider") == "anthropic") & _MEASURED).height
    yield Doubt(
        "input-excludes-cache",
        "Anthropic calls: {n}; Forge writes their input without cached"
        " tokens, so input is a lower bound",
        anthropic,
    )
    with_event = calls.filter(_is("llm_call_cancelled")).get_column("invocation").unique()
    silent = frame.filter(
        _is("invocation_cancelled") & ~pl.col("invocation").is_in(with_event.implode())
    ).height
    yield Doubt(
        "cancelled-call-unseen",
        "cancelled invocations: {n}; a call that was cancelled leaves no event, so each may"
        " lack one",
        silent,
    )


def _disagreements(frame: pl.DataFrame, calls: pl.DataFrame) -> Doubt:
    """Compare what an invocation says in total with what its calls say."""
    stated = (
        frame.filter(_is(*_STAGES))
        .select(
            *INVOCATION,
            input=_field("input_tokens_total"),
            output=_field("output_tokens_total"),
            count=_field("llm_call_count"),
        )
        .filter(pl.col("count").is_not_null())
    )
    summed = calls.group_by(INVOCATION).agg(
        pl.col("input_tokens", "output_tokens").filter(_is("llm_call")).sum(),
        answered=_is("llm_call").sum(),
    )
    differing = (
        stated.join(summed, on=INVOCATION, how="left")
        .filter(
            (pl.col("input") != pl.col("input_tokens").fill_null(0))
            | (pl.col("output") != pl.col("output_tokens").fill_null(0))
            | (pl.col("count") != pl.col("answered").fill_null(0))
        )
        .height
    )
    return Doubt(
        "invocation-disagrees",
        "invocations whose own totals disagree with the sum of their calls: {n} (the calls"
        " are counted)",
        differing,
    )


FORMAT = Format(
    name="forge",
    about=About(
        files="audit events, also among other lines of a redirected standard error",
        special="`tokens_unavailable` is unknown; totals of an invocation are compared, not added;"
        " gaps in the audit trail are told",
        unknown="cached and reasoning tokens, cost",
    ),
    convention=(
        "input and output as the provider states them; Anthropic's input is without "
        "cache; tokens_unavailable is unknown"
    ),
    detect=detect,
    read=read,
    lines={AUDIT: _SHAPE},
    apart={AUDIT: Apart.FOLDER},
    markers={b'"event":"llm_call': AUDIT},
)
