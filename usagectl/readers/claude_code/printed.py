"""What `claude -p` prints with `--output-format json` or `stream-json`: answers, then their sums.

The sums of a session count where none of its answers is there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.units import Unit

PRINTED = "agent output"

_TYPES = ("system", "assistant", "user", "result", "stream_event", "rate_limit_event")
_ANSWER = Picks(
    Pick("key", "message.id"),
    Pick("request_id", "message.id"),
    Pick("model", "message.model"),
    Pick("session", "session_id"),
    Pick("input_tokens", "message.usage.input_tokens"),
    Pick("output_tokens", "message.usage.output_tokens"),
    Pick("cache_read_tokens", "message.usage.cache_read_input_tokens"),
    Pick("cache_write_tokens", "message.usage.cache_creation_input_tokens"),
    Pick("cache_write_1h_tokens", "message.usage.cache_creation.ephemeral_1h_input_tokens"),
    provider="anthropic",
)
_SUM = Picks(
    Pick("input_tokens", "inputTokens", "input_tokens"),
    Pick("output_tokens", "outputTokens", "output_tokens"),
    Pick("cache_read_tokens", "cacheReadInputTokens", "cache_read_input_tokens"),
    Pick("cache_write_tokens", "cacheCreationInputTokens", "cache_creation_input_tokens"),
    Pick("cost", "costUSD", unit=Unit.USD),
    role="aggregate",
    granularity="session",
    task="conversation",
    provider="anthropic",
)


def is_printed(record: Mapping[str, Any]) -> bool:
    """Whether a line is of what is printed: its session is written otherwise than in a file."""
    if record.get("type") not in _TYPES or "session_id" not in record or "sessionId" in record:
        return False
    told = ("parent_tool_use_id", "total_cost_usd", "apiKeySource", "claude_code_version")
    return any(name in record for name in told)


def printed_records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The call of an answer, or the sums of a session by model."""
    message = value.get("message")
    if value.get("type") == "assistant" and isinstance(message, dict):
        if isinstance(message.get("usage"), dict):
            task = "subagent" if value.get("parent_tool_use_id") else "conversation"
            yield _ANSWER.of(value, task=task)
    elif value.get("type") == "result":
        known = {"session": value.get("session_id")}
        if value.get("is_error"):
            known |= {"status": "failed", "message": value.get("result")}
        models, usage = value.get("modelUsage"), value.get("usage")
        if isinstance(models, dict) and models:
            for model, each in models.items():
                counts = each if isinstance(each, dict) else {}
                yield {**_SUM.of(counts, **known), "model": model}
        elif isinstance(usage, dict):
            yield {**_SUM.of(usage, **known), "cost": value.get("total_cost_usd")}
