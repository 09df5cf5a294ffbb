"""OpenRouter: the activity export, a table with a row a generation, and single generations as JSON.

Source: OpenRouter's activity page and its `/generation` reference.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core import tables
from usagectl.readers.core.call_records import by_kind, call_format, counted, each_object, each_row
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.units import Unit

ACTIVITY = "activity table"
GENERATION = "generation"

_ROW = Picks(
    Pick("key", "generation_id", "id"),
    Pick("request_id", "generation_id", "id"),
    Pick("started_at", "created_at", unit=Unit.UTC),
    Pick("model", "model_permaslug", "model"),
    Pick("provider", "provider_name"),
    # What the provider billed is counted with its own tokenizer.
    Pick("input_tokens", "native_tokens_prompt", "tokens_prompt"),
    Pick("output_tokens", "native_tokens_completion", "tokens_completion"),
    Pick("cache_read_tokens", "native_tokens_cached", "tokens_cached"),
    Pick("reasoning_tokens", "native_tokens_reasoning", "tokens_reasoning"),
    Pick("cost", "cost_total", "total_cost", unit=Unit.USD),
    Pick("duration", "generation_time_ms", "generation_time", unit=Unit.MILLISECONDS),
    Pick("first_token", "time_to_first_token_ms", "latency", unit=Unit.MILLISECONDS),
    Pick("task", "app_name"),
    Pick("session", "user"),
    Pick("outcome", "finish_reason_normalized", "finish_reason", "finish_reason_raw"),
)


def detect(head: Head) -> Mapping[str, int]:
    """The table by its columns, a generation by its native counts."""
    if {"generation_id", "cost_total"} <= {*tables.header(head)}:
        return {ACTIVITY: 1}
    return counted((_generation(v) is not None for v in head.objects), GENERATION)


def _generation(value: Mapping[str, Any]) -> dict[str, Any] | None:
    inner = value.get("data", value)
    if isinstance(inner, dict) and {"native_tokens_prompt", "total_cost"} <= inner.keys():
        return inner
    return None


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    found = _ROW.of(row)
    if str(row.get("cancelled")).lower() == "true":
        found["status"] = "cancelled"
    elif found.get("outcome") == "error":
        found["status"] = "failed"
    return found


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    generation = _generation(value)
    if generation is not None:
        yield _record(generation)


FORMAT = call_format(
    "openrouter",
    About(
        files="the activity table (CSV), single generations",
        special="native tokens are counted where they are told, as they are billed",
        unknown="cache writes",
    ),
    detect,
    by_kind({ACTIVITY: each_row(_record), GENERATION: each_object(_records)}),
)
