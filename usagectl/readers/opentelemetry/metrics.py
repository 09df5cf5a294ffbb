"""Metrics of GenAI clients: sums of many calls, which count where nothing tells of the calls.

`gen_ai.client.token.usage` is a histogram of tokens by type, `gen_ai.client.operation.duration` one
of seconds. A cumulative point holds all since its start: the largest of one start counts. Claude
Code's `claude_code.token.usage` is a counter by type.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.readers.core.units import Unit, instant_text
from usagectl.readers.opentelemetry.envelopes import Metric

_TOKENS = "gen_ai.client.token.usage"
_SECONDS = "gen_ai.client.operation.duration"
_TYPES = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cache_read_input": "cache_read_tokens",
    "cache_creation_input": "cache_write_tokens",
}


def metric_records(metric: Metric) -> Iterator[dict[str, Any]]:
    """What a metric says of calls; nothing where it is of none."""
    if metric.name not in (_TOKENS, _SECONDS):
        return
    for point in metric.points:
        attributes = dict(point["attributes"])
        counted, value = _whole(point.get("count")), point.get("sum")
        kind = attributes.pop("gen_ai.token.type", None)
        column = "duration" if metric.name == _SECONDS else _TYPES.get(str(kind))
        if column is None or value is None:
            continue
        yield {
            "role": "aggregate",
            "granularity": "window",
            "calls": counted,
            "model": attributes.get("gen_ai.response.model")
            or attributes.get("gen_ai.request.model"),
            "provider": attributes.get("gen_ai.provider.name") or attributes.get("gen_ai.system"),
            "task": metric.resource.get("service.name"),
            "host": metric.resource.get("host.name"),
            "status": "failed" if attributes.get("error.type") else "ok",
            "outcome": attributes.get("error.type"),
            "ended_at": instant_text(point.get("timeUnixNano"), Unit.NANOSECONDS),
            "key": _key(metric, attributes, point),
            column: value if column == "duration" else _whole(value),
        }


def _key(metric: Metric, attributes: Mapping[str, Any], point: Mapping[str, Any]) -> str:
    """One for each window of a series: of cumulative points, those of one start."""
    window = point.get("timeUnixNano") if metric.is_delta else point.get("startTimeUnixNano")
    return json.dumps([attributes, metric.resource, str(window)], sort_keys=True, default=str)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() else value
