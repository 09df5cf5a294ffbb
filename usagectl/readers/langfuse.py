"""Langfuse: traces with their observations, as its interface, its API and its exports write them.

A generation or an embedding is a call; an agent or a span above one repeats its usage, and its
numbers need not even be the sum. Langfuse takes cached and reasoning tokens out of input and output
as it reads them in, but passes on what some SDKs send with everything inside: the total tells.
Source: Langfuse's public API reference, and traces of its demo project.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core import tables
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import by_kind, call_format, counted, each_object, each_row
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Labels, Pick, Picks, object_in, objects, total, value_at

OBSERVATIONS = "observations"
TABLE = "table of observations"

_CALLS = ("GENERATION", "EMBEDDING")
_TYPES = (*_CALLS,
    "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "GUARDRAIL",
)  # fmt: skip
_READ = ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens",
         "prompt_details.cache_read", "input_cached", "cached_tokens",
         "prompt_tokens_details.cached_tokens")  # fmt: skip
_WRITTEN = ("input_cache_creation", "cache_creation_input_tokens", "prompt_details.cache_write")
_BY_TTL = ("input_cache_creation_5m", "input_cache_creation_1h")
_REASONING = ("output_reasoning_tokens", "output_reasoning", "reasoning_tokens",
              "completion_details.reasoning",
              "completion_tokens_details.reasoning_tokens")  # fmt: skip

_CALL = Picks(
    Pick("span", "id"),
    Pick("key", "id"),
    Pick("request_id", "id"),
    Pick("parent", "parentObservationId", "parent_observation_id"),
    Pick("trace", "traceId", "trace_id"),
    Pick("session", "sessionId", "session_id"),
    Pick("model", "model", "providedModelName", "provided_model_name"),
    Pick("started_at", "startTime", "start_time"),
    Pick("ended_at", "endTime", "end_time"),
    Pick("task", "traceName", "trace_name"),
    Pick("message", "statusMessage", "status_message"),
)
_COST = (
    "totalCost",
    "total_cost",
    "calculatedTotalCost",
    "costDetails.total",
    "cost_details.total",
)
_LEGACY = {"promptTokens": "input", "completionTokens": "output", "totalTokens": "total"}


def detect(head: Head) -> Mapping[str, int]:
    """Traces with observations, observations by themselves, or a table of these."""
    names = {*tables.header(head)}
    if names & {"traceId", "trace_id"} and names & {"usageDetails", "usage_details"}:
        return {TABLE: 1}
    return counted(map(_is_ours, head.objects), OBSERVATIONS)


def _is_ours(value: Mapping[str, Any]) -> bool:
    if isinstance(value.get("observations"), list) and "trace" in value:
        return True
    observations = value.get("data", value.get("observations"))
    if isinstance(observations, list) and observations and isinstance(observations[0], dict):
        return _is_observation(observations[0])
    return _is_observation(value)


def _is_observation(value: Mapping[str, Any]) -> bool:
    return (
        value.get("type") in _TYPES
        and bool(value.keys() & {"traceId", "trace_id"})
        and bool(value.keys() & {"startTime", "start_time"})
    )


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    trace = value["trace"] if isinstance(value.get("trace"), dict) else value
    listed = value.get("observations", value.get("data"))
    if not isinstance(listed, list):
        listed, trace = [value], {}
    for observation in objects(listed):
        if observation.get("type") in _TYPES or "usageDetails" in observation:
            yield _record(observation, trace)


def _record(value: Mapping[str, Any], trace: Mapping[str, Any]) -> dict[str, Any]:
    usage = _usage(value)
    known = {
        "trace": trace.get("id"),
        "session": trace.get("sessionId"),
        "task": trace.get("name") or value.get("name"),
    }
    found = _CALL.of(value, **known)
    if value.get("type") not in _CALLS and not usage:
        return {**found, "role": "other"}
    cost = next((c for path in _COST if (c := value_at(value, path)) not in (None, "")), None)
    by_ttl = total(*(usage.get(name) for name in _BY_TTL))
    found |= {
        "input_tokens": _part(usage, "input", (*_READ, *_WRITTEN, *_BY_TTL)),
        "output_tokens": _part(usage, "output", _REASONING),
        "cache_read_tokens": _first(usage, _READ),
        "cache_write_tokens": by_ttl if by_ttl is not None else _first(usage, _WRITTEN),
        "cache_write_1h_tokens": usage.get(_BY_TTL[1]),
        "reasoning_tokens": _first(usage, _REASONING),
        "total_tokens": usage.get("total"),
        "cost": cost if usage and str(cost).strip("0.") else None,
        "first_token": value.get("timeToFirstToken", value.get("time_to_first_token")),
        "tags": _tags(value, trace),
    }
    if value.get("level") == "ERROR":
        found["status"] = "failed"
    if value.get("type") not in _CALLS:
        found |= {"role": "wrapper", "granularity": "turn"}
    return found


def _usage(value: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of an observation by their names, of its current form or an older one."""
    for name in ("usageDetails", "usage_details", "usage"):
        found = object_in(value.get(name))
        if isinstance(found, dict) and any(_is_count(each) for each in found.values()):
            return found
    legacy = {new: value.get(old) for old, new in _LEGACY.items()}
    return legacy if any(legacy.values()) else {}


def _part(usage: Mapping[str, Any], side: str, details: tuple[str, ...]) -> int | None:
    """What is counted of input or output, without details that are told by themselves."""
    plain = [
        count
        for name, count in usage.items()
        if (name == side or name.startswith(f"{side}_")) and name not in details
    ]
    return total(*plain)


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    found = (value_at(usage, name) for name in names)
    return next((count for count in found if _is_count(count)), None)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _tags(value: Mapping[str, Any], trace: Mapping[str, Any]) -> str | None:
    labels: dict[str, Any] = {}
    for source in (trace, value):
        tags = object_in(source.get("tags"))
        labels |= {t: "true" for t in tags if isinstance(t, str)} if isinstance(tags, list) else {}
        for name in ("environment", "release", "version", "userId", "user_id"):
            if source.get(name):
                labels[name.replace("userId", "user_id")] = source[name]
    return Labels(labels).text()


def _row(value: dict[str, Any]) -> dict[str, Any]:
    """The record of a row, which is a generation where it does not say what it is."""
    return _record({"type": "GENERATION", **value}, {})


FORMAT = call_format(
    "langfuse",
    About(
        files="traces, observations of the API and of exports, as JSON or CSV",
        special="generations and embeddings count, what is above them does not; buckets of"
        " cached and"
        " reasoning tokens are apart, unless the total tells otherwise",
        unknown="the provider; a cost of 0 is unknown",
    ),
    detect,
    by_kind({OBSERVATIONS: each_object(_records), TABLE: each_row(_row)}),
    Counting(input_inclusive=False, output_inclusive=False),
)
