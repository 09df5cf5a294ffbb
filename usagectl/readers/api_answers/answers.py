"""What whole answers, and chunks that may hold usage, say of their calls, by who answered."""

from collections.abc import Callable, Mapping
from typing import Any

from usagectl.readers.core.call_records import OTHER
from usagectl.readers.core.picking import Pick, Picks, objects, total, value_at
from usagectl.readers.core.units import Unit

_OPENAI = Picks(
    Pick("model", "model"),
    Pick("provider", "provider"),
    Pick("request_id", "id"),
    Pick("key", "id"),
    Pick("started_at", "created", "created_at", unit=Unit.SECONDS),
    Pick("ended_at", "completed_at", unit=Unit.SECONDS),
    Pick("input_tokens", "usage.prompt_tokens", "usage.input_tokens", "stats.input_tokens"),
    Pick("output_tokens", "usage.completion_tokens", "usage.output_tokens",
         "stats.total_output_tokens"),
    Pick("cache_read_tokens", "usage.prompt_tokens_details.cached_tokens",
         "usage.input_tokens_details.cached_tokens", "usage.prompt_cache_hit_tokens",
         "usage.cached_tokens"),
    Pick("cache_write_tokens", "usage.prompt_tokens_details.cache_write_tokens",
         "usage.input_tokens_details.cache_write_tokens"),
    Pick("reasoning_tokens", "usage.completion_tokens_details.reasoning_tokens",
         "usage.output_tokens_details.reasoning_tokens", "usage.reasoning_tokens",
         "stats.reasoning_output_tokens"),
    Pick("total_tokens", "usage.total_tokens"),
    Pick("cost", "usage.cost", unit=Unit.USD),
    Pick("first_token", "stats.time_to_first_token", "stats.time_to_first_token_seconds",
         unit=Unit.SECONDS),
    Pick("outcome", "choices.0.finish_reason", "incomplete_details.reason", "status"),
    Pick("message", "error.message"),
    Pick("tool_calls", "choices.0.message.tool_calls", of=lambda each: len(objects(each)) or None),
)  # fmt: skip
ANTHROPIC = Picks(
    Pick("model", "model"),
    Pick("request_id", "id"),
    Pick("key", "id"),
    Pick("input_tokens", "usage.input_tokens"),
    Pick("output_tokens", "usage.output_tokens"),
    Pick("cache_read_tokens", "usage.cache_read_input_tokens"),
    Pick("cache_write_tokens", "usage.cache_creation_input_tokens"),
    Pick("cache_write_1h_tokens", "usage.cache_creation.ephemeral_1h_input_tokens"),
    Pick("outcome", "stop_reason"),
    Pick("tool_calls", "content",
         of=lambda blocks: sum(b.get("type") == "tool_use" for b in objects(blocks)) or None),
    counting="cache apart",
)  # fmt: skip
_GEMINI = Picks(
    Pick("model", "modelVersion", "model"),
    Pick("request_id", "responseId"),
    Pick("key", "responseId"),
    Pick("started_at", "createTime"),
    Pick("output_tokens", "usageMetadata.candidatesTokenCount"),
    Pick("cache_read_tokens", "usageMetadata.cachedContentTokenCount"),
    Pick("reasoning_tokens", "usageMetadata.thoughtsTokenCount"),
    Pick("total_tokens", "usageMetadata.totalTokenCount"),
    Pick("outcome", "candidates.0.finishReason", "promptFeedback.blockReason"),
    counting="reasoning apart",
)
_BEDROCK = Picks(
    Pick("model", "trace.promptRouter.invokedModelId", "modelId"),
    Pick("request_id", "ResponseMetadata.RequestId"),
    Pick("input_tokens", "usage.inputTokens"),
    Pick("output_tokens", "usage.outputTokens"),
    Pick("cache_read_tokens", "usage.cacheReadInputTokens"),
    Pick("cache_write_tokens", "usage.cacheWriteInputTokens"),
    Pick("total_tokens", "usage.totalTokens"),
    Pick("duration", "metrics.latencyMs", unit=Unit.MILLISECONDS),
    Pick("outcome", "stopReason"),
    counting="cache apart",
    provider="aws.bedrock",
)
_OLLAMA = Picks(
    Pick("model", "model"),
    Pick("ended_at", "created_at"),
    Pick("input_tokens", "prompt_eval_count"),
    Pick("output_tokens", "eval_count"),
    Pick("duration", "total_duration", unit=Unit.NANOSECONDS),
    Pick("outcome", "done_reason"),
    provider="ollama",
)
_LLAMA_CPP = Picks(
    Pick("model", "model"),
    Pick("output_tokens", "tokens_predicted", "timings.predicted_n"),
    Pick("outcome", "stop_type"),
    provider="llama.cpp",
)
_FAILED = Picks(
    Pick("message", "error.message", "error"),
    Pick("outcome", "error.type", "error.code", "error.status"),
    Pick("http_status", "error.code", "status", of=lambda n: n if isinstance(n, int) else None),
    Pick("request_id", "request_id"),
    status="failed",
)


def openai_record(value: Mapping[str, Any]) -> dict[str, Any]:
    found = {**_OPENAI.of(value), **_server(value)}
    is_chunk = str(value.get("object", "")).endswith(".chunk")
    if value.get("status") in ("failed", "cancelled"):
        found["status"] = value["status"]
    if value.get("model") and "stats" in value and "runtime" in value:
        found.setdefault("provider", "lmstudio")
    if not is_chunk and not found.get("key"):
        found.pop("key", None)
    return found


def _server(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a local server adds to an answer: llama.cpp's timings, LM Studio's stats."""
    timings, stats = value.get("timings"), value.get("stats")
    found: dict[str, Any] = {}
    if isinstance(timings, dict):
        found = _timed(timings)
        if value_at(value, "usage.prompt_tokens") is not None:
            found.pop("input_tokens", None)
    elif isinstance(stats, dict):
        spent = _numbers(stats, "time_to_first_token", "generation_time")
        if spent:
            found["duration"] = sum(spent)
    return {name: each for name, each in found.items() if each is not None}


def _timed(timings: Mapping[str, Any]) -> dict[str, Any]:
    spent = _numbers(timings, "prompt_ms", "predicted_ms")
    cached = timings.get("cache_n")
    return {
        "duration": sum(spent) / 1000 if spent else None,
        "first_token": spent[0] / 1000 if len(spent) > 1 else None,
        "input_tokens": total(timings.get("prompt_n"), cached),
        "cache_read_tokens": cached,
        "provider": "llama.cpp",
    }


def _numbers(of: Mapping[str, Any], *names: str) -> list[float]:
    values = (of.get(name) for name in names)
    return [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


def _llama_cpp(value: Mapping[str, Any]) -> dict[str, Any]:
    timings = value.get("timings")
    found = _LLAMA_CPP.of(value, **(_timed(timings) if isinstance(timings, dict) else {}))
    if found.get("input_tokens") is None:
        found["input_tokens"] = value.get("tokens_evaluated")
    return found


def _ollama(value: Mapping[str, Any]) -> dict[str, Any]:
    found = _OLLAMA.of(value)
    waited = _numbers(value, "load_duration", "prompt_eval_duration")
    return {**found, "first_token": sum(waited) / 10**9 if waited else None}


def _gemini(value: Mapping[str, Any]) -> dict[str, Any]:
    usage = value.get("usageMetadata")
    given = (value_at(usage, "promptTokenCount"), value_at(usage, "toolUsePromptTokenCount"))
    found = _GEMINI.of(value, input_tokens=total(*given))
    # Nothing but reasoning, or nothing at all, was made where the count of the rest is left out.
    if found.get("output_tokens") is None and found.get("total_tokens") is not None:
        found["output_tokens"] = 0
    return found


_Answer = Callable[[Mapping[str, Any]], dict[str, Any]]


def answer_of(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a whole answer, or a chunk that may hold usage, says of its call; null for no answer."""
    told = kind_of(value)
    return told(value) if told else None


def kind_of(value: Mapping[str, Any]) -> _Answer | None:
    """How an answer is read; of a part of a stream without usage nothing is."""
    return next((told for is_of, told in _KINDS if is_of(value)), None)


def _is_bedrock(value: Mapping[str, Any]) -> bool:
    usage = value.get("usage")
    return (
        isinstance(usage, dict)
        and bool(usage.keys() & {"inputTokens", "outputTokens"})
        and ("metrics" in value or "stopReason" in value)
    )


def _is_gemini(value: Mapping[str, Any]) -> bool:
    return "usageMetadata" in value and ("candidates" in value or "modelVersion" in value)


def _is_ollama(value: Mapping[str, Any]) -> bool:
    return value.get("done") is not None and {"model", "created_at"} <= value.keys()


def _is_anthropic(value: Mapping[str, Any]) -> bool:
    is_message = value.get("type") == "message" and value.get("role") == "assistant"
    return is_message and isinstance(value.get("usage"), dict) and "model" in value


def _is_openai(value: Mapping[str, Any]) -> bool:
    usage, kind = value.get("usage"), value.get("object")
    if isinstance(kind, str) and kind in _OBJECTS:
        return bool(value.keys() & {"choices", "usage", "output"})
    if "choices" in value and isinstance(usage, dict):
        return "prompt_tokens" in usage
    stats = value.get("stats")
    return isinstance(stats, dict) and "total_output_tokens" in stats


def _is_llama_cpp(value: Mapping[str, Any]) -> bool:
    return {"tokens_predicted", "tokens_evaluated"} <= value.keys()


_OBJECTS = {
    "chat.completion", "chat.completion.chunk", "text_completion", "response", "list", "embedding",
}  # fmt: skip


def _is_error(value: Mapping[str, Any]) -> bool:
    error = value.get("error")
    return (
        isinstance(error, dict)
        and isinstance(error.get("message"), str)
        and bool(error.keys() & {"type", "code", "status"})
        and value.keys() <= {"error", "type", "request_id", "status", "user_id"}
    )


_KINDS: tuple[tuple[Callable[[Mapping[str, Any]], bool], _Answer], ...] = (
    (_is_bedrock, _BEDROCK.of),
    (_is_gemini, _gemini),
    (_is_ollama, lambda value: _ollama(value) if value["done"] is True else OTHER),
    (_is_anthropic, ANTHROPIC.of),
    (_is_openai, openai_record),
    (_is_llama_cpp, lambda value: OTHER if value.get("stop") is False else _llama_cpp(value)),
    (_is_error, _FAILED.of),
)
