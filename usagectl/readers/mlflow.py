"""MLflow: traces as `mlflow traces search --output json` writes them, or spans by themselves.

Every attribute is JSON as text. A wrapper of LangChain and the provider's span below it both have
the usage of one call. Source: MLflow's trace schema 3, traces of `kitaru`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Labels, Pick, Picks, object_in, objects, value_at
from usagectl.readers.core.units import Unit

TRACES = "traces"

_CALLING = ("CHAT_MODEL", "LLM", "EMBEDDING")
_SPAN = Picks(
    Pick("trace", "trace_id", "traceId"),
    Pick("span", "span_id", "spanId"),
    Pick("parent", "parent_span_id", "parentSpanId"),
    Pick("started_at", "start_time_unix_nano", "startTimeUnixNano", unit=Unit.NANOSECONDS),
    Pick("ended_at", "end_time_unix_nano", "endTimeUnixNano", unit=Unit.NANOSECONDS),
    Pick("message", "status.message"),
)
_USAGE = Picks(
    Pick("input_tokens", "input_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("total_tokens", "total_tokens"),
    Pick("cache_read_tokens", "cache_read_input_tokens"),
    Pick("cache_write_tokens", "cache_creation_input_tokens"),
    Pick("reasoning_tokens", "reasoning_tokens"),
)


def detect(head: Head) -> Mapping[str, int]:
    """Traces by their parts, or the request that a span's attributes name."""
    return counted(map(_is_ours, head.objects), TRACES)


def _is_ours(value: Mapping[str, Any]) -> bool:
    traces = value.get("traces")
    if isinstance(traces, list):
        return any(_is_trace(each) for each in objects(traces)[:1])
    return _is_trace(value) or _is_span(value)


def _is_trace(value: Mapping[str, Any]) -> bool:
    return isinstance(value.get("info"), dict) and isinstance(value_at(value, "data.spans"), list)


def _is_span(value: Mapping[str, Any]) -> bool:
    attributes = value.get("attributes")
    return isinstance(attributes, dict) and "mlflow.traceRequestId" in attributes


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if _is_span(value):
        yield _record(value, {})
    for trace in objects(value.get("traces")) or [value]:
        info = trace.get("info")
        for span in objects(value_at(trace, "data.spans")):
            yield _record(span, info if isinstance(info, dict) else {})


def _record(span: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    attributes = span.get("attributes")
    told = {k: _told(v) for k, v in attributes.items()} if isinstance(attributes, dict) else {}
    usage = told.get("mlflow.chat.tokenUsage")
    found = _SPAN.of(
        span,
        session=value_at(info, "trace_metadata.mlflow.trace.session"),
        task=value_at(info, "tags.mlflow.traceName"),
    )
    kind = told.get("mlflow.spanType")
    if not isinstance(usage, dict) and kind not in _CALLING:
        return {**found, "role": "other"}
    found |= _USAGE.of(usage) if isinstance(usage, dict) else {}
    found |= {
        "key": f"{found.get('trace')} {found.get('span')}",
        "model": told.get("mlflow.llm.model"),
        "provider": told.get("mlflow.llm.provider"),
        "cost": value_at(told, "mlflow.llm.cost.total_cost"),
        "tags": _tags(info),
    }
    if value_at(span, "status.code") in ("STATUS_CODE_ERROR", "ERROR", 2):
        found["status"] = "failed"
    if kind not in _CALLING:
        found |= {"role": "wrapper", "granularity": "turn"}
    return found


def _told(value: Any) -> Any:
    """What an attribute says: a text in quotes, an object, or what is no JSON as it is."""
    if isinstance(value, str) and value.startswith('"') and value.endswith('"'):
        return value[1:-1]
    return object_in(value) or value


def _tags(info: Mapping[str, Any]) -> str | None:
    tags = info.get("tags")
    plain = tags if isinstance(tags, dict) else {}
    return Labels({k: v for k, v in plain.items() if not k.startswith("mlflow.")}).text()


FORMAT = call_format(
    "mlflow",
    About(
        files="traces as `mlflow traces search --output json` writes them",
        special="every attribute is JSON as text; a wrapper repeats the call below it",
        unknown="what an integration leaves out",
    ),
    detect,
    each_object(_records),
)
