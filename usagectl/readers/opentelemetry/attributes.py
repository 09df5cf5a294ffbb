"""The names that attributes of a GenAI call have, in the conventions and their dialects.

OpenTelemetry's GenAI conventions before 1.37 (`gen_ai.system`, `prompt_tokens`), at and after 1.41
(`cache_creation` and, in Copilot, `cache_write`); OpenInference (`llm.token_count.*`), OpenLLMetry
(`gen_ai.usage.cache_read_input_tokens`, `traceloop.*`), the Vercel AI SDK (`ai.*`), pydantic-ai
(`gen_ai.usage.details.*`). Source: semantic-conventions v1.36 to v1.41, openinference-semconv,
opentelemetry-semantic-conventions-ai, ai-sdk's telemetry.
"""

from collections.abc import Mapping
from typing import Any

from usagectl.readers.core.picking import Labels, Pick, Picks, label
from usagectl.readers.core.units import Unit
from usagectl.readers.opentelemetry.envelopes import Signal

_WRAPPING_OPERATIONS = {
    "invoke_agent", "invoke_workflow", "create_agent", "execute_tool", "plan", "agent", "workflow",
    "tool", "task", "chain", "retriever", "reranker", "guardrail", "evaluator", "prompt",
}  # fmt: skip
_CALLING = {
    "chat", "generate_content", "text_completion", "completion", "embeddings", "llm", "embedding",
}  # fmt: skip
_USAGE = (".usage.", "llm.token_count.", "ai.usage.")
_MOST_LABEL = 200
_MOST_LABELS = 40
_OURS = ("gen_ai.", "llm.", "ai.", "input.", "output.", "openinference.", "telemetry.",
         "exception.", "error.", "event.")  # fmt: skip
_OFFERED = ("ai.telemetry.metadata.", "traceloop.association.properties.")


def _provider(name: Any) -> Any:
    """A provider's name; the Vercel AI SDK's has the interface behind it."""
    if not isinstance(name, str):
        return None
    first, _, interface = name.partition(".")
    plain = {"chat", "responses", "messages", "completion", "embedding", "generative-ai"}
    return first if interface in plain else name


def _and_first(resent: Any) -> int | None:
    return resent + 1 if isinstance(resent, int) else None


_SPAN = Picks(
    Pick("model", "gen_ai.response.model", "llm.model_name", "ai.response.model",
         "embedding.model_name", "gen_ai.request.model", "ai.model.id", "llm.request.model"),
    Pick("request_model", "gen_ai.request.model", "ai.model.id"),
    Pick("provider", "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system",
         "ai.model.provider", of=_provider),
    Pick("input_tokens", "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
         "llm.token_count.prompt", "ai.usage.inputTokens", "ai.usage.promptTokens",
         "llm.usage.prompt_tokens", "ai.usage.tokens"),
    Pick("output_tokens", "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
         "llm.token_count.completion", "ai.usage.outputTokens", "ai.usage.completionTokens",
         "llm.usage.completion_tokens"),
    Pick("cache_read_tokens", "gen_ai.usage.cache_read.input_tokens",
         "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read",
         "ai.usage.cachedInputTokens", "ai.usage.inputTokenDetails.cacheReadTokens",
         "gen_ai.usage.details.cache_read_tokens", "gen_ai.usage.details.cached_tokens",
         "gen_ai.usage.input_tokens.cached"),
    Pick("cache_write_tokens", "gen_ai.usage.cache_creation.input_tokens",
         "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation_input_tokens",
         "llm.token_count.prompt_details.cache_write",
         "ai.usage.inputTokenDetails.cacheWriteTokens", "gen_ai.usage.details.cache_write_tokens"),
    Pick("reasoning_tokens", "gen_ai.usage.reasoning.output_tokens",
         "gen_ai.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning",
         "ai.usage.reasoningTokens", "ai.usage.outputTokenDetails.reasoningTokens",
         "gen_ai.usage.details.reasoning_tokens", "gen_ai.usage.details.thoughts_tokens"),
    Pick("total_tokens", "gen_ai.usage.total_tokens", "llm.usage.total_tokens",
         "llm.token_count.total", "ai.usage.totalTokens"),
    Pick("cost", "gen_ai.usage.cost", "gen_ai.usage.total_cost", "llm.cost.total",
         "gen_ai.cost.total_cost", unit=Unit.USD),
    Pick("session", "gen_ai.conversation.id", "session.id", "copilot_chat.session_id",
         "traceloop.association.properties.session_id", "ai.telemetry.metadata.sessionId"),
    Pick("task", "gen_ai.agent.name", "traceloop.workflow.name", "ai.telemetry.functionId",
         "agent.name"),
    Pick("outcome", "error.type"),
    Pick("http_status", "http.response.status_code", "http.status_code"),
    Pick("request_id", "gen_ai.response.id", "ai.response.id"),
    Pick("attempts", "http.request.resend_count", of=_and_first),
)  # fmt: skip
_FIRST_SECONDS = Pick(
    "first_token",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.server.time_to_first_token",
    unit=Unit.SECONDS,
)
_FIRST_MILLISECONDS = Pick("first_token", "ai.response.msToFirstChunk", unit=Unit.MILLISECONDS)


def kind_of(attributes: Mapping[str, Any]) -> str:
    """What a span does, in the words of whichever convention it follows; may be nothing."""
    for name in ("gen_ai.operation.name", "openinference.span.kind", "traceloop.span.kind",
                 "llm.request.type"):  # fmt: skip
        if isinstance(attributes.get(name), str):
            return str(attributes[name]).lower()
    return ""


def has_usage(attributes: Mapping[str, Any]) -> bool:
    """Whether somebody counted tokens."""
    return any(any(mark in key for mark in _USAGE) for key in attributes)


def span_record(signal: Signal) -> dict[str, Any] | None:
    """What a span says of a call; null where it is none of GenAI."""
    attributes = signal.attributes
    kind = kind_of(attributes)
    place = {"trace": signal.trace, "span": signal.span, "parent": signal.parent}
    counted = has_usage(attributes)
    if not counted and kind not in _CALLING:
        return {"role": "other", **place} if signal.span else None
    found = _SPAN.of(
        attributes,
        **place,
        started_at=signal.started_at,
        ended_at=signal.ended_at,
        host=signal.resource.get("host.name"),
        tags=labels_of(signal),
    )
    for pick in (_FIRST_SECONDS, _FIRST_MILLISECONDS):
        found.setdefault("first_token", pick.value(attributes))
    found.setdefault("model", _named_by(signal.name, kind))
    found.setdefault("task", signal.resource.get("service.name"))
    if signal.trace and signal.span:
        found["key"] = f"{signal.trace} {signal.span}"
    if signal.failed:
        found |= {"status": "failed", "message": signal.message or attributes.get("error.message")}
    if kind in _WRAPPING_OPERATIONS:
        found |= {"role": "wrapper", "granularity": "turn"}
    return found


def _named_by(span: str, kind: str) -> str | None:
    """The model that a span's name ends with, as the conventions have it: `chat gpt-5`."""
    operation, _, model = span.partition(" ")
    return model if model and operation.lower() == kind else None


def labels_of(signal: Signal) -> str | None:
    """The labels that whoever instrumented a program has given, with those of its resource."""
    found: dict[str, Any] = {}
    for attributes in (signal.resource, signal.attributes):
        for name, value in attributes.items():
            offered = next((p for p in _OFFERED if name.startswith(p)), None)
            if offered is None and name.startswith(_OURS):
                continue
            text = label(value)
            if text is not None and len(text) <= _MOST_LABEL and len(found) < _MOST_LABELS:
                found[name.removeprefix(offered or "")] = value
    return Labels(found).text()
