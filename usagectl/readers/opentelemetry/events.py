"""Events of each request, as OpenTelemetry logs: Claude Code's, Gemini CLI's, the conventions' own.

Source: Claude Code's monitoring documentation, Gemini CLI's telemetry.
"""

from typing import Any

from usagectl.readers.core.picking import Pick, Picks, total
from usagectl.readers.core.units import Unit
from usagectl.readers.opentelemetry.attributes import labels_of, span_record
from usagectl.readers.opentelemetry.envelopes import Signal

_CLAUDE = Picks(
    Pick("model", "model"),
    Pick("input_tokens", "input_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("cache_read_tokens", "cache_read_tokens"),
    Pick("cache_write_tokens", "cache_creation_tokens"),
    Pick("cost", "cost_usd", unit=Unit.USD),
    Pick("duration", "duration_ms", unit=Unit.MILLISECONDS),
    Pick("session", "session.id", "session_id"),
    Pick("task", "query_source"),
    Pick("request_id", "request_id"),
    Pick("attempts", "attempt", "total_attempts"),
    Pick("http_status", "status_code"),
    Pick("message", "error"),
    counting="cache apart",
    provider="anthropic",
)
_GEMINI = Picks(
    Pick("model", "model"),
    Pick("output_tokens", "output_token_count"),
    Pick("cache_read_tokens", "cached_content_token_count"),
    Pick("reasoning_tokens", "thoughts_token_count"),
    Pick("total_tokens", "total_token_count"),
    Pick("duration", "duration_ms", "duration", unit=Unit.MILLISECONDS),
    Pick("session", "session.id"),
    Pick("request_id", "prompt_id"),
    Pick("http_status", "status_code"),
    Pick("message", "error.message", "error", "error_message"),
    Pick("outcome", "error_type", "error.type"),
    provider="gcp.gemini",
)
_PARTS_OF_INPUT = ("input_token_count", "tool_token_count")


def event_record(signal: Signal) -> dict[str, Any] | None:
    """What an event says of a call; null where it is of none."""
    name = signal.name.rpartition(".")[2]
    attributes = signal.attributes
    known = {
        "ended_at": signal.ended_at,
        "host": signal.resource.get("host.name"),
        "tags": labels_of(signal),
    }
    if "gemini_cli" in signal.name and name in ("api_response", "api_error"):
        found = _GEMINI.of(attributes, **known)
        if name == "api_response":
            counts = (_count(attributes.get(part)) for part in _PARTS_OF_INPUT)
            found["input_tokens"] = total(*counts)
        found["request_id"] = None
    elif name in ("api_request", "api_error"):
        found = _CLAUDE.of(attributes, **known)
        found["key"] = found.get("request_id")
    elif signal.name == "gen_ai.client.inference.operation.details":
        return span_record(signal)
    else:
        return None
    if name == "api_error":
        found["status"] = "failed"
    return found


def _count(value: Any) -> int | None:
    """A count, which may stand as text."""
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
