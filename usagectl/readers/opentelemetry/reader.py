"""OpenTelemetry: files of the collector's exporter (OTLP/JSON) and of what writes spans itself.

Spans of GenAI calls count, those that wrap them do not; an event counts where no span tells of its
call, a metric where neither does.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.opentelemetry.attributes import span_record
from usagectl.readers.opentelemetry.envelopes import Metric, is_envelope, signals_of
from usagectl.readers.opentelemetry.events import event_record
from usagectl.readers.opentelemetry.metrics import metric_records

TELEMETRY = "OpenTelemetry signals"


def detect(head: Head) -> Mapping[str, int]:
    """Objects in one of the layouts of OpenTelemetry's signals."""
    return counted(map(is_envelope, head.objects), TELEMETRY)


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for signal in signals_of(value):
        if isinstance(signal, Metric):
            yield from metric_records(signal)
            continue
        found = event_record(signal) if signal.is_event else span_record(signal)
        if found is not None:
            yield found


FORMAT = call_format(
    "opentelemetry",
    About(
        files="OTLP/JSON of the collector's file exporter (spans, logs, metrics), Gemini CLI's"
        " telemetry file, Phoenix exports, bare attributes of a span",
        special="GenAI conventions before, at and after 1.41, OpenInference, OpenLLMetry, Vercel AI"
        " SDK, pydantic-ai; events of Claude Code and Gemini CLI; a span above calls repeats"
        " them and is not counted; metrics count where no span or event does",
        unknown="what an instrumentation leaves out; Protobuf files are not read",
    ),
    detect,
    each_object(_records),
    special="Claude Code's events are without cached tokens, which are added",
)
