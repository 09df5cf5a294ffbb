"""LiteLLM: spend logs and standard logging payloads, one object a call.

Both have a provider's tokens under OpenAI's names, inclusive since it adds what Anthropic caches;
older versions did not add cache writes, which a total tells. Times without an offset are in UTC,
some fields are JSON as text. What its own cache answered costs nothing and asked no provider.
Source: LiteLLM's `SpendLogsPayload`, `StandardLoggingPayload`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format, counted_kinds, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Labels, Pick, Picks, object_in, objects, value_at
from usagectl.readers.core.units import Unit

SPEND = "spend logs"
STANDARD = "standard logs"

_USAGE = ("metadata.usage_object", "response.usage", "metadata.additional_usage_values")


def _in_usage(*paths: str) -> tuple[str, ...]:
    return tuple(f"{usage}.{path}" for usage in _USAGE for path in paths)


_CALL = Picks(
    Pick("request_id", "request_id", "id"),
    Pick("key", "request_id", "id"),
    Pick("session", "session_id", "trace_id"),
    Pick("model", "model"),
    Pick("request_model", "model_group"),
    Pick("provider", "custom_llm_provider"),
    Pick("started_at", "startTime", unit=Unit.UTC),
    Pick("ended_at", "endTime", unit=Unit.UTC),
    Pick("input_tokens", "prompt_tokens"),
    Pick("output_tokens", "completion_tokens"),
    Pick("total_tokens", "total_tokens"),
    Pick("cache_read_tokens", *_in_usage("prompt_tokens_details.cached_tokens",
                                         "cache_read_input_tokens")),
    Pick("cache_write_tokens", *_in_usage("cache_creation_input_tokens",
                                          "prompt_tokens_details.cache_creation_tokens")),
    Pick("reasoning_tokens", *_in_usage("completion_tokens_details.reasoning_tokens")),
    Pick("cost", "spend", "response_cost", unit=Unit.USD),
    Pick("outcome", "metadata.error_information.error_class", "error_information.error_class",
         "status"),
    Pick("http_status", "metadata.error_information.error_code", "error_information.error_code",
         of=lambda code: int(code) if str(code).isdigit() else None),
    Pick("message", "metadata.error_information.error_message", "error_information.error_message",
         "error_str"),
    Pick("attempts", "metadata.attempted_retries",
         of=lambda n: n + 1 if isinstance(n, int) and n > 0 else None),
    Pick("tool_calls", "response.choices.0.message.tool_calls",
         of=lambda calls: len(objects(calls)) or None),
)  # fmt: skip


def detect(head: Head) -> Mapping[str, int]:
    """Objects with LiteLLM's times and its price of a call."""
    return counted_kinds(head, {SPEND: _is_spend, STANDARD: _is_standard})


def _is_spend(value: Mapping[str, Any]) -> bool:
    return value.keys() >= _TIMES | {"request_id", "spend"}


def _is_standard(value: Mapping[str, Any]) -> bool:
    return value.keys() >= _TIMES | {"id", "response_cost"}


_TIMES = {"startTime", "endTime", "call_type"}


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "startTime" not in value or not ("spend" in value or "response_cost" in value):
        return
    found = _CALL.of(value, first_token=_until_first(value), tags=_tags(value))
    status = value.get("status")
    if status in ("failure", "failed", "error") or value.get("error_str"):
        found |= {"status": "failed", "cost": found.get("cost") or None}
        if not (found.get("input_tokens") or found.get("output_tokens")):
            found |= {"input_tokens": None, "output_tokens": None, "total_tokens": None}
    else:
        for name in ("message", "http_status"):
            found.pop(name, None)
    if str(value.get("cache_hit")).lower() == "true":
        # What it would have consumed stands there; nobody was asked.
        yield OTHER
        return
    found["task"] = _task(value)
    yield found


def _task(value: Mapping[str, Any]) -> str | None:
    """The first of the labels that a request was given, else who made it."""
    tags = object_in(value.get("request_tags"))
    plain = [t for t in tags if isinstance(t, str)] if isinstance(tags, list) else []
    return next(iter(plain), None) or value.get("end_user") or None


def _until_first(value: Mapping[str, Any]) -> float | None:
    """Seconds from the start to the first token, where a streamed answer tells it."""
    from datetime import datetime

    times = [value.get("startTime"), value.get("completionStartTime")]
    try:
        start, first = (datetime.fromisoformat(str(each)) for each in times)
        seconds = (first - start).total_seconds()
    except (ValueError, TypeError):
        return None
    return seconds if seconds >= 0 else None


def _tags(value: Mapping[str, Any]) -> str | None:
    metadata = object_in(value.get("metadata"))
    labels: dict[str, Any] = {}
    for source in (
        value_at(metadata, "spend_logs_metadata"),
        value_at(metadata, "requester_metadata"),
    ):
        labels |= source if isinstance(source, dict) else {}
    tags = object_in(value.get("request_tags"))
    labels |= (
        {tag: "true" for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else {}
    )
    for name, path in (("team", "team_id"), ("end_user", "end_user"), ("user", "user"),
                       ("key_alias", "metadata.user_api_key_alias")):  # fmt: skip
        labels.setdefault(name, value_at(value, path) or None)
    return Labels(labels).text()


FORMAT = call_format(
    "litellm",
    About(
        files="spend logs and standard logging payloads",
        special="times without an offset are in UTC; answers out of LiteLLM's own cache are no"
        " calls;"
        " older versions leave cache writes out of the input, which the total tells",
        unknown="tokens of failed requests",
    ),
    detect,
    each_object(_records),
    special="answers out of LiteLLM's own cache are no calls",
)
