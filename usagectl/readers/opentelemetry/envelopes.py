"""The layouts in which spans, events and metrics are written, as one kind of value.

OTLP/JSON, as the collector's file exporter writes it, has resources, scopes and then signals, with
attributes as lists of typed values, in which numbers may stand as text. JavaScript's exporters
write a span or a log a line with plain attributes, Phoenix a list of spans, others bare attributes.
Source: opentelemetry-proto (JSON mapping), Copilot CLI's and Gemini CLI's file exporters.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.readers.core.picking import objects, value_at
from usagectl.readers.core.units import Unit, instant_text
from usagectl.readers.opentelemetry.values import attributes_of, flattened, moment, plain, text

_FAILED = (2, "2", "STATUS_CODE_ERROR", "ERROR", "error")


class Signal(NamedTuple):
    """A span, or an event that `is_event`, with its attributes and those of its resource."""

    name: str
    attributes: Mapping[str, Any]
    resource: Mapping[str, Any]
    trace: str | None = None
    span: str | None = None
    parent: str | None = None
    started_at: Any = None
    ended_at: Any = None
    failed: bool = False
    message: Any = None
    is_event: bool = False


class Metric(NamedTuple):
    """A metric with its raw points and the attributes of its resource."""

    name: str
    unit: str
    points: list[dict[str, Any]]
    is_delta: bool
    resource: Mapping[str, Any]


_TRACES = ("traceId", "trace_id", "spanContext.traceId", "context.trace_id", "context.traceId")
_SPANS = ("spanId", "span_id", "spanContext.spanId", "context.span_id", "context.spanId", "id")
_PARENTS = ("parentSpanId", "parent_span_id", "parentSpanContext.spanId", "parent_id", "parentId")
_STARTS = ("startTime", "start_time")
_ENDS = ("endTime", "end_time", "hrTime")
_BARE = ("gen_ai.usage.", "gen_ai.operation.name", "openinference.span.kind", "llm.token_count.")


def is_envelope(record: Mapping[str, Any]) -> bool:
    """Whether an object is of one of these layouts."""
    if record.keys() & {"resourceSpans", "resourceLogs", "resourceMetrics"}:
        return True
    attributes = record.get("attributes", record.get("attrs"))
    if attributes is None:
        return any(isinstance(key, str) and key.startswith(_BARE) for key in record)
    if record.get("_type") in ("log", "metric"):
        return isinstance(attributes, dict) and "scope" in record
    if record.get("type") in ("span", "metric") or "mlflow.traceRequestId" in attributes:
        # Copilot's and MLflow's, whose readers know more of them.
        return False
    return isinstance(attributes, dict | list) and _is_span(record)


def _is_span(record: Mapping[str, Any]) -> bool:
    """Whether an object with attributes is a span or a log: of a trace, and with times."""
    if "hrTime" in record:
        return "resource" in record
    has_times = any(
        name in record for name in (*_STARTS, "startTimeUnixNano", "start_time_unix_nano")
    )
    return has_times and any(value_at(record, path) is not None for path in _TRACES)


def signals_of(record: Mapping[str, Any]) -> Iterator[Signal | Metric]:
    """The signals in an object."""
    if "resourceSpans" in record or "resourceLogs" in record or "resourceMetrics" in record:
        yield from _otlp(record)
    elif isinstance(record.get("attrs"), dict):
        yield Signal(
            str(value_at(record, "attrs.event\u002ename") or record.get("name") or ""),
            record["attrs"],
            plain(record.get("resource")),
            ended_at=record.get("ts"),
            is_event=True,
        )
    elif isinstance(record.get("attributes"), dict | list):
        yield _flat(record)
    else:
        yield Signal(str(record.get("name") or ""), record, {})


def _otlp(record: Mapping[str, Any]) -> Iterator[Signal | Metric]:
    for part in objects(record.get("resourceSpans")):
        resource = attributes_of(value_at(part, "resource.attributes"))
        for scope in objects(part.get("scopeSpans") or part.get("instrumentationLibrarySpans")):
            for span in objects(scope.get("spans")):
                yield _otlp_span(span, resource)
    for part in objects(record.get("resourceLogs")):
        resource = attributes_of(value_at(part, "resource.attributes"))
        for scope in objects(part.get("scopeLogs")):
            for log in objects(scope.get("logRecords")):
                yield _otlp_log(log, resource)
    for part in objects(record.get("resourceMetrics")):
        resource = attributes_of(value_at(part, "resource.attributes"))
        for scope in objects(part.get("scopeMetrics")):
            for metric in objects(scope.get("metrics")):
                yield _otlp_metric(metric, resource)


def _otlp_span(span: Mapping[str, Any], resource: Mapping[str, Any]) -> Signal:
    status = span.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    attributes = attributes_of(span.get("attributes"))
    return Signal(
        str(span.get("name") or ""),
        attributes,
        resource,
        text(span.get("traceId")),
        text(span.get("spanId")),
        text(span.get("parentSpanId")),
        instant_text(span.get("startTimeUnixNano"), Unit.NANOSECONDS),
        instant_text(span.get("endTimeUnixNano"), Unit.NANOSECONDS),
        failed=code in _FAILED or bool(attributes.get("error.type")),
        message=value_at(span, "status.message") or _exception(span.get("events")),
    )


def _exception(events: Any) -> Any:
    """The message of the exception that a span recorded."""
    for event in objects(events):
        attributes = event.get("attributes")
        found = attributes if isinstance(attributes, dict) else attributes_of(attributes)
        message = found.get("exception.message") or found.get("exception.type")
        if message:
            return message
    return None


def _otlp_log(log: Mapping[str, Any], resource: Mapping[str, Any]) -> Signal:
    attributes = attributes_of(log.get("attributes"))
    body = log.get("body")
    name = attributes.get("event.name") or log.get("eventName")
    name = name or (body.get("stringValue") if isinstance(body, dict) else body)
    at = log.get("timeUnixNano") or log.get("observedTimeUnixNano")
    return Signal(
        str(name or ""),
        attributes,
        resource,
        text(log.get("traceId")),
        text(log.get("spanId")),
        ended_at=instant_text(at, Unit.NANOSECONDS),
        is_event=True,
    )


def _otlp_metric(metric: Mapping[str, Any], resource: Mapping[str, Any]) -> Metric:
    data: dict[str, Any] = next(
        (metric[kind] for kind in ("histogram", "sum", "exponentialHistogram", "gauge")
         if isinstance(metric.get(kind), dict)),
        {},
    )  # fmt: skip
    is_delta = data.get("aggregationTemporality") in (1, "1", "AGGREGATION_TEMPORALITY_DELTA")
    points = [
        {**point, "attributes": attributes_of(point.get("attributes"))}
        for point in objects(data.get("dataPoints"))
    ]
    unit = str(metric.get("unit") or "")
    return Metric(str(metric.get("name") or ""), unit, points, is_delta, resource)


def _flat(record: Mapping[str, Any]) -> Signal:
    """A span or a log by itself, as the exporters of languages and Phoenix write it.

    Its attributes may be nested, its status a word or an object.
    """
    attributes = flattened(attributes_of(record.get("attributes")))
    if "span_kind" in record:
        attributes.setdefault("openinference.span.kind", record["span_kind"])
    codes = ("status.code", "status.status_code", "status_code", "statusCode")
    failed = any(value_at(record, path) in _FAILED for path in codes)
    start, end = _first(record, _STARTS), _first(record, _ENDS)
    nanoseconds = [
        instant_text(_first(record, (f"{side}TimeUnixNano", f"{side}_time_unix_nano")), _NANO)
        for side in ("start", "end")
    ]
    return Signal(
        str(attributes.get("event.name") or record.get("name") or ""),
        attributes,
        plain(record.get("resource")),
        text(_first(record, _TRACES)),
        text(_first(record, _SPANS)),
        text(_first(record, _PARENTS)),
        moment(start) or nanoseconds[0],
        moment(end or attributes.get("event.timestamp")) or nanoseconds[1],
        failed=failed or bool(attributes.get("error.type")),
        message=_first(record, ("status.message", "status.description", "status_message"))
        or _exception(record.get("events")),
        is_event="hrTime" in record,
    )


_NANO = Unit.NANOSECONDS


def _first(record: Mapping[str, Any], paths: Sequence[str]) -> Any:
    found = (value_at(record, path) for path in paths)
    return next((value for value in found if value not in (None, "")), None)
