"""Copilot CLI: `session-state/*/events.jsonl`, and the spans that it writes to `~/.copilot/otel`.

A session's `session.shutdown` has the sums of each model since it began, again and again: the last
holds. Both are views of the same calls: a span of a session and model that has sums is not counted.
Its requests' cost is in credits, which are no money. Source: ccusage's reader, Copilot CLI's OTel
exporter.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import OTHER, SHAPE, calls_of, counted_kinds
from usagectl.readers.core.format import About, Format
from usagectl.readers.core.lines import read_found
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.picking import Pick, Picks, value_at
from usagectl.readers.core.reading import Reading, Taken
from usagectl.readers.core.salvage import Found
from usagectl.readers.opentelemetry.attributes import span_record
from usagectl.readers.opentelemetry.envelopes import Signal, signals_of

EVENTS = "session events"
SPANS = "agent spans"

_SUMS = Picks(
    Pick("input_tokens", "usage.inputTokens"),
    Pick("output_tokens", "usage.outputTokens"),
    Pick("cache_read_tokens", "usage.cacheReadTokens"),
    Pick("cache_write_tokens", "usage.cacheWriteTokens"),
    Pick("reasoning_tokens", "usage.reasoningTokens"),
    Pick("calls", "requests.count", of=lambda n: n or None),
    granularity="session",
)
_ENDS = ("-internal", "-1m")


def detect(head: Head) -> Mapping[str, int]:
    """Events of a session by their names and data, spans by their flat attributes."""
    return counted_kinds(head, {EVENTS: _is_event, SPANS: _is_span})


def _is_span(value: Mapping[str, Any]) -> bool:
    return value.get("type") in ("span", "metric") and isinstance(value.get("attributes"), dict)


def _is_event(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    if not isinstance(kind, str) or not isinstance(value.get("data"), dict):
        return False
    return kind.startswith(("session.", "assistant.", "user.", "tool.")) and "timestamp" in value


def _find(file: SourceFile) -> Iterator[Found]:
    session = file.folder.rpartition("/")[2] or file.name
    project = None
    for found in objects_in(file):
        if found.value is None:
            yield found
            continue
        value = found.value
        session = value_at(value, "data.sessionId") or session
        project = value_at(value, "data.context.cwd") or project
        models = value_at(value, "data.modelMetrics")
        records = [_of_span(value)] if _is_span(value) else [OTHER]
        if value.get("type") == "session.shutdown" and isinstance(models, dict) and models:
            known = {"session": session, "project": project, "ended_at": value.get("timestamp")}
            records = [_of_model(name, each, known) for name, each in models.items()]
        yield from (found._replace(value=record, text="") for record in records)


def _of_model(name: str, metrics: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    model = _plain_model(name)
    found = _SUMS.of(metrics if isinstance(metrics, dict) else {}, **known, model=model)
    return {**found, "key": f"{known['session']} {model}"}


def _of_span(value: dict[str, Any]) -> dict[str, Any]:
    if value.get("type") == "metric":
        # It repeats the spans' sums.
        return OTHER
    signal = next(iter(signals_of(value)), None)
    found = span_record(signal) if isinstance(signal, Signal) else None
    if found and found.get("model"):
        found["model"] = _plain_model(str(found["model"]))
    return found or OTHER


def _read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read both views of all sessions.

    Args:
        files: The files that `detect` claimed.
        taken: Nothing: the records are read here.
        zone: Not needed: Copilot writes UTC.
    """
    del taken
    records = read_found(dict(enumerate(files)), SHAPE, zone, _find)
    frame = records.frame
    sums = frame.filter(pl.col("granularity") == "session").select(
        "session", "model", sum_key="key"
    )
    by_model = ["session", "model"]
    both = frame.join(sums.unique(by_model), on=by_model, how="left", maintain_order="left")
    is_span = pl.col("granularity").is_null() & pl.col("sum_key").is_not_null()
    told = both.with_columns(
        key=pl.coalesce("sum_key", "key"), replay=pl.col("replay").fill_null(False) | is_span
    )
    return calls_of(files, records._replace(frame=told.drop("sum_key")), _COUNTING)


def _plain_model(name: str) -> str:
    """A model's name without what Copilot appends for a long context or its own deployments."""
    for end in _ENDS:
        name = name.removesuffix(end)
    return name


_COUNTING = Counting()

FORMAT = Format(
    name="copilot-cli",
    about=About(
        files="`session-state/*/events.jsonl`, spans below `~/.copilot/otel`",
        special="a session's sums grow, the last holds; a span of a session that has sums is not"
        " counted",
        unknown="cost, which is in credits; single calls of a session",
    ),
    convention=f"{_COUNTING.words()}; credits are no cost",
    detect=detect,
    read=_read,
)
