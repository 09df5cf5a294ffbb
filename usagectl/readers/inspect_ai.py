"""inspect_ai: logs of evaluations, as one JSON document or as an `.eval` archive of several.

Each event of a model in a sample is a call; one that its cache answered is none. Where a log kept
no events the usage of a sample stands for its calls, where it kept no samples that of the log. Its
input has cached tokens in it in older versions and not in newer ones: totals tell. Source:
inspect_ai's log schema, logs of 2024 and 2025.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import OTHER, call_format
from usagectl.readers.core.containers import ZIP, members
from usagectl.readers.core.format import About
from usagectl.readers.core.objects import objects_in, objects_of
from usagectl.readers.core.picking import Pick, Picks, object_in, objects, value_at
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

LOG = "evaluation log"
ARCHIVE = "evaluation archive"

_USAGE = (
    Pick("input_tokens", "input_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("cache_read_tokens", "input_tokens_cache_read"),
    Pick("cache_write_tokens", "input_tokens_cache_write"),
    Pick("reasoning_tokens", "reasoning_tokens"),
    Pick("total_tokens", "total_tokens"),
    Pick("cost", "total_cost", unit=Unit.USD),
)
_COUNTS = Picks(*_USAGE)
_EVENT = Picks(
    Pick("started_at", "timestamp"),
    Pick("ended_at", "completed"),
    Pick("duration", "working_time", "output.time", unit=Unit.SECONDS),
    Pick("message", "error.message", "error", "output.error"),
    Pick("model", "output.model", "model"),
    Pick("outcome", "output.choices.0.stop_reason"),
    Pick("attempts", "retries", of=lambda n: n + 1 if isinstance(n, int) and n else None),
    Pick("tool_calls", "output.choices.0.message.tool_calls",
         of=lambda calls: len(objects(calls)) or None),
)  # fmt: skip


def detect(head: Head) -> Mapping[str, int]:
    """A log by its parts, which a long one has outside of its head; an archive by its members."""
    if head.data.startswith(ZIP):
        ours = (b"_journal/", b"header.json", b"samples/")
        return {ARCHIVE: A_DOCUMENT} if any(mark in head.data for mark in ours) else {}
    if any(_is_log(value) for value in head.objects):
        return {LOG: A_DOCUMENT}
    is_begun = head.begins_unwhole and b'"eval"' in head.data and b'"task"' in head.data
    marks = (b'"task_registry_name"', b'"task_id"', b'"eval_id"', b'"run_id"')
    return {LOG: A_DOCUMENT} if is_begun and sum(mark in head.data for mark in marks) > 1 else {}


def _is_log(value: Mapping[str, Any]) -> bool:
    return (
        isinstance(value.get("eval"), dict)
        and "status" in value
        and ("stats" in value or "plan" in value or "samples" in value)
    )


def _find(file: SourceFile) -> Iterator[Found]:
    if file.part == ARCHIVE:
        yield from _in_archive(file)
        return
    for found in objects_in(file):
        if found.value is None:
            yield found
        elif _is_log(found.value):
            log, samples = found.value, objects(found.value.get("samples"))
            rows = [row for sample in samples for row in _of_sample(sample, log)]
            yield from _told(found.line, _calls(rows) or [*_of_log(log), *rows])
        elif "epoch" in found.value and "events" in found.value:
            # Of a damaged log.
            yield from _told(found.line, _of_sample(found.value, {}))
        elif found.value.get("event") == "model":
            yield from _told(found.line, [_of_event(found.value, {})])
        else:
            yield from _told(found.line, [])


def _calls(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, where one of them is a call."""
    return rows if any(row is not OTHER for row in rows) else []


def _in_archive(file: SourceFile) -> Iterator[Found]:
    log: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    heads = ("header.json", "_journal/start.json")
    for _, data, reason in members(file, lambda name: name in heads):
        if data is None:
            yield Found(0, None, reason)
        else:
            log |= next((each.value for each in objects_of(data) if each.value), {})
    for name, data, reason in members(file, lambda name: name.startswith("samples/")):
        if data is None:
            yield Found(0, None, reason)
            continue
        for each in objects_of(data):
            if each.value is None:
                yield Found(0, None, f"{name}: {each.reason}")
            else:
                rows += _of_sample(each.value, log)
    yield from _told(0, _calls(rows) or [*_of_log(log), *rows])


def _told(line: int, rows: Any) -> Iterator[Found]:
    yield from (Found(line, row) for row in [*rows] or [OTHER])


def _of_sample(sample: Mapping[str, Any], log: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The calls of a sample: its model events, else what it says of each model."""
    place = {
        "task": value_at(log, "eval.task"),
        "session": sample.get("uuid") or f"{sample.get('id')} {sample.get('epoch')}",
    }
    events = [e for e in objects(sample.get("events")) if e.get("event") == "model"]
    if events:
        return [_of_event(event, place) for event in events if not event.get("pending")]
    ended = value_at(log, "stats.completed_at")
    return [
        {**_named(_COUNTS.of(usage, **place), model), "granularity": "session", "ended_at": ended}
        for model, usage in _usages(sample.get("model_usage"))
    ]


def _of_event(event: Mapping[str, Any], place: Mapping[str, Any]) -> dict[str, Any]:
    usage = value_at(event, "output.usage")
    if event.get("cache") == "read":
        return OTHER
    found = _EVENT.of(event, **place)
    found |= _COUNTS.of(usage) if isinstance(usage, dict) else {}
    if found.get("message"):
        found["status"] = "failed"
    asked = event.get("model")
    if isinstance(asked, str):
        provider, _, model = asked.partition("/")
        found |= {"provider": provider if model else None, "request_model": model or provider}
    return found


def _of_log(log: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a log without samples says of each model."""
    for model, usage in _usages(value_at(log, "stats.model_usage")):
        yield {
            **_named(_COUNTS.of(usage), model),
            "task": value_at(log, "eval.task"),
            "granularity": "run",
            "ended_at": value_at(log, "stats.completed_at"),
        }


def _usages(by_model: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    found = object_in(by_model)
    if isinstance(found, dict):
        yield from ((model, usage) for model, usage in found.items() if isinstance(usage, dict))


def _named(found: dict[str, Any], model: str) -> dict[str, Any]:
    provider, _, name = model.partition("/")
    return {**found, "provider": provider if name else None, "model": name or provider}


FORMAT = call_format(
    "inspect-ai",
    About(
        files="logs of evaluations, `.json` and `.eval`",
        special="each event of a model is a call; answers out of its own cache are none; whether"
        " cached tokens are inside changed with versions, and the total tells",
        unknown="the number of calls of a log without samples",
    ),
    detect,
    _find,
    Counting(input_inclusive=False),
    special="answers out of its own cache are no calls",
)
