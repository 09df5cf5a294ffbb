"""The names that fields of a call usually have, for formats without a name of their own.

What has no convention is guessed here and nowhere else: lines of logfmt, lines that say of
themselves that they are usage, and the map that `doctor --suggest-map` proposes.
"""

import re
from collections.abc import Mapping
from typing import Any

from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.units import Unit

NAMES: Mapping[str, tuple[str, ...]] = {
    "input_tokens": ("input_tokens", "prompt_tokens", "tokens_in", "tokens_prompt", "inputTokens",
                     "promptTokens", "input_token_count", "prompt_token_count", "tokens_input",
                     "num_prompt_tokens", "n_prompt_tokens", "in_tokens"),
    "output_tokens": ("output_tokens", "completion_tokens", "tokens_out", "tokens_completion",
                      "outputTokens", "completionTokens", "output_token_count", "generated_tokens",
                      "completion_token_count", "tokens_output", "num_generated_tokens",
                      "candidates_token_count", "out_tokens", "generation_tokens"),
    "cache_read_tokens": ("cache_read_tokens", "cached_tokens", "cache_read_input_tokens",
                          "cached_input_tokens", "cacheReadTokens", "tokens_cached",
                          "prompt_cache_hit_tokens", "cacheReadInputTokens"),
    "cache_write_tokens": ("cache_write_tokens", "cache_creation_tokens",
                           "cache_creation_input_tokens", "cacheWriteTokens",
                           "cacheCreationInputTokens"),
    "reasoning_tokens": ("reasoning_tokens", "thinking_tokens", "thoughts_tokens",
                         "reasoning_output_tokens", "tokens_reasoning", "reasoningTokens"),
    "total_tokens": ("total_tokens", "tokens_total", "totalTokens", "total_token_count"),
    "model": ("model", "model_name", "model_id", "modelId", "llm_model", "modelName",
              "response_model", "deployment", "engine"),
    "request_model": ("request_model", "requested_model"),
    "provider": ("provider", "provider_name", "vendor", "backend", "llm_provider", "api_provider"),
    "task": ("task", "task_name", "feature", "operation", "step", "stage", "agent", "agent_name",
             "endpoint", "purpose", "use_case", "caller", "node"),
    "session": ("session", "session_id", "sessionId", "conversation_id", "thread_id", "trace_id",
                "run_id", "chat_id"),
    "request_id": ("request_id", "requestId", "response_id", "generation_id", "call_id"),
    "project": ("project", "cwd", "project_name", "workspace"),
    "host": ("host", "hostname", "machine"),
    "ended_at": ("ended_at", "end_time", "completed_at", "finished_at", "timestamp", "ts", "time",
                 "created_at", "datetime", "logged_at", "@timestamp", "date", "created", "when"),
    "started_at": ("started_at", "start_time", "startTime", "begin"),
    "status": ("status", "state", "outcome", "result", "success", "ok"),
    "message": ("error_message", "error_detail", "error", "exception", "err", "failure_reason"),
    "outcome": ("outcome", "error_type", "error_class", "error_code", "finish_reason"),
    "http_status": ("http_status", "status_code", "http_status_code"),
    "attempts": ("attempts", "attempt"),
    "iterations": ("iterations",),
    "tool_calls": ("tool_calls", "tool_call_count", "num_tool_calls"),
}  # fmt: skip

DURATION_NAMES = ("duration", "latency", "elapsed", "response_time", "generation_time", "took",
              "request_time", "total_time", "runtime", "exec_time", "wall_time")  # fmt: skip
FIRST_TOKEN_NAMES = ("time_to_first_token", "ttft", "first_token", "first_token_latency",
          "time_to_first_chunk")  # fmt: skip
COST_NAMES = ("cost", "cost_usd", "total_cost", "price", "usd", "spend", "total_cost_usd",
          "response_cost", "costUSD", "amount_usd")  # fmt: skip
UNIT_ENDS = {
    "_ms": Unit.MILLISECONDS,
    "Ms": Unit.MILLISECONDS,
    "_millis": Unit.MILLISECONDS,
    "_us": Unit.MICROSECONDS,
    "_ns": Unit.NANOSECONDS,
    "_s": Unit.SECONDS,
    "_sec": Unit.SECONDS,
    "_secs": Unit.SECONDS,
    "_seconds": Unit.SECONDS,
    "": Unit.SECONDS,
}
_FAILED = frozenset("false failed failure error errored fail 0 no timeout exception".split())
_CANCELLED = frozenset("cancelled canceled aborted".split())
_HAS_TOKENS = ("input_tokens", "output_tokens", "total_tokens")


def _timed(column: str, stems: tuple[str, ...]) -> tuple[Pick, ...]:
    """Rows of a duration: what its name ends with says what it is written in."""
    return tuple(
        Pick(column, *(f"{stem}{end}" for stem in stems), unit=unit)
        for end, unit in UNIT_ENDS.items()
    )


_PICKS = Picks(
    *(
        Pick(column, *names, unit=Unit.SECONDS if column in ("started_at", "ended_at") else None)
        for column, names in NAMES.items()
        if column != "status"
    ),
    *reversed(_timed("duration", DURATION_NAMES)),
    *reversed(_timed("first_token", FIRST_TOKEN_NAMES)),
    Pick("cost", *COST_NAMES, unit=Unit.USD),
)
_KNOWN = {path for row in _PICKS.rows for path in row.paths} | {*NAMES["status"]}


def is_usage(record: Mapping[str, Any], fewest: int = 2) -> bool:
    """Whether a flat record has tokens of a call under a usual name, and who answered."""
    if sum(name in _KNOWN for name in record) < fewest:
        return False
    has = {column: any(name in record for name in NAMES[column]) for column in NAMES}
    return any(has[column] for column in _HAS_TOKENS) and (has["model"] or has["provider"])


def picked(record: Mapping[str, Any], **known: Any) -> dict[str, Any]:
    """The fields of a call of a flat record."""
    found = _PICKS.of(record, **known)
    status = status_of(record)
    if status is not None:
        found["status"] = status
    elif found.get("message") and found.get("message") not in ("none", "null", "None"):
        found["status"] = "failed"
    if found.get("status", "ok") == "ok":
        found.pop("message", None)
    return found


def status_of(record: Mapping[str, Any]) -> str | None:
    """How a call ended, in a word of `columns.STATUSES`; null where it has no usual word."""
    for name in NAMES["status"]:
        value = record.get(name)
        if value is None:
            continue
        word = re.split(r"[\s_:]", str(value).strip().lower(), maxsplit=1)[0]
        if word in _FAILED:
            return "failed"
        if word in _CANCELLED:
            return "cancelled"
        if isinstance(value, bool) or name in ("success", "ok") or word in _SUCCEEDED:
            return "ok"
    return None


_SUCCEEDED = frozenset("ok success succeeded true done completed complete stop finished".split())
