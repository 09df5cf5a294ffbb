"""LangSmith: exported runs, one object a line or a list.

A run of type `llm` is a call; what is above it adds up what is below. Source: LangSmith's run
schema.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Labels, Pick, Picks, value_at
from usagectl.readers.core.units import Unit

RUNS = "runs"

_USAGE = ("outputs.usage_metadata", "outputs.generations.0.0.message.kwargs.usage_metadata",
          "extra.metadata.usage_metadata")  # fmt: skip


def _in_usage(path: str) -> tuple[str, ...]:
    return tuple(f"{usage}.{path}" for usage in _USAGE)


_RUN = Picks(
    Pick("span", "id"),
    Pick("key", "id"),
    Pick("request_id", "id"),
    Pick("trace", "trace_id"),
    Pick("parent", "parent_run_id"),
    Pick("session", "extra.metadata.session_id", "extra.metadata.thread_id", "session_id"),
    Pick("task", "extra.metadata.langgraph_node", "session_name", "name"),
    Pick("model", "extra.metadata.ls_model_name", "extra.invocation_params.model",
         "extra.invocation_params.model_name"),
    Pick("provider", "extra.metadata.ls_provider"),
    Pick("started_at", "start_time", unit=Unit.UTC),
    Pick("ended_at", "end_time", unit=Unit.UTC),
    Pick("input_tokens", "prompt_tokens", *_in_usage("input_tokens")),
    Pick("output_tokens", "completion_tokens", *_in_usage("output_tokens")),
    Pick("total_tokens", "total_tokens", *_in_usage("total_tokens")),
    Pick("cache_read_tokens", "prompt_token_details.cache_read",
         *_in_usage("input_token_details.cache_read")),
    Pick("cache_write_tokens", "prompt_token_details.cache_creation",
         *_in_usage("input_token_details.cache_creation")),
    Pick("reasoning_tokens", "completion_token_details.reasoning",
         *_in_usage("output_token_details.reasoning")),
    Pick("cost", "total_cost", unit=Unit.USD),
    Pick("message", "error"),
)  # fmt: skip


def detect(head: Head) -> Mapping[str, int]:
    """Runs by their type and their place in a trace."""
    return counted(map(_is_run, head.objects), RUNS)


def _is_run(value: Mapping[str, Any]) -> bool:
    return "run_type" in value and bool(value.keys() & {"dotted_order", "trace_id"})


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not _is_run(value):
        return
    if value["run_type"] != "llm":
        yield OTHER
        return
    found = _RUN.of(value, tags=_tags(value))
    if value.get("error") or value.get("status") == "error":
        found["status"] = "failed"
        if not (found.get("input_tokens") or found.get("output_tokens")):
            # 0 is written for what was never told.
            found |= dict.fromkeys(("input_tokens", "output_tokens", "total_tokens"))
    yield found


def _tags(value: Mapping[str, Any]) -> str | None:
    tags, metadata = value.get("tags"), value_at(value, "extra.metadata")
    labels = {t: "true" for t in tags if isinstance(t, str)} if isinstance(tags, list) else {}
    own = metadata if isinstance(metadata, dict) else {}
    labels |= {k: v for k, v in own.items() if not k.startswith(("ls_", "usage_", "revision_id"))}
    return Labels(labels).text()


FORMAT = call_format(
    "langsmith",
    About(
        files="exported runs, as JSON or JSONL",
        special="runs of type `llm` count, what is above them adds them up and does not",
        unknown="what an integration leaves out",
    ),
    detect,
    each_object(_records),
)
