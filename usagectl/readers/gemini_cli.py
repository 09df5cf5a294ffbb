"""Gemini CLI: chats below `~/.gemini/tmp`, and what it prints with `--output-format stream-json`.

An answer's tokens leave reasoning out of the output, and what tools put into the prompt out of the
input. A chat of lines is a log: a record with an id that was there replaces it. What is printed
ends with the sums of a run. Its telemetry file is OpenTelemetry's. Source: Gemini CLI's
`chatRecordingTypes.ts`, and chats of 2025.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import OTHER, call_format, counted
from usagectl.readers.core.format import About
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.picking import Pick, Picks, objects, total, value_at
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

CHAT = "agent chat"
PRINTED = "agent output"

_MESSAGE = Picks(
    Pick("request_id", "id"),
    Pick("ended_at", "timestamp"),
    Pick("model", "model"),
    Pick("output_tokens", "tokens.output"),
    Pick("cache_read_tokens", "tokens.cached"),
    Pick("reasoning_tokens", "tokens.thoughts"),
    Pick("total_tokens", "tokens.total"),
    Pick("tool_calls", "toolCalls", of=lambda calls: len(objects(calls)) or None),
    provider="gcp.gemini",
)
_STATS = Picks(
    Pick("input_tokens", "input_tokens", "tokens.prompt"),
    Pick("output_tokens", "output_tokens", "tokens.candidates"),
    Pick("cache_read_tokens", "cached", "tokens.cached"),
    Pick("reasoning_tokens", "tokens.thoughts"),
    Pick("total_tokens", "total_tokens", "tokens.total"),
    Pick("duration", "duration_ms", "api.totalLatencyMs", unit=Unit.MILLISECONDS),
    Pick("calls", "api.totalRequests"),
    Pick("tool_calls", "tool_calls"),
    granularity="session",
    provider="gcp.gemini",
)
_PRINTED = ("init", "message", "tool_use", "tool_result", "error", "result")


def detect(head: Head) -> Mapping[str, int]:
    """A chat by its project, a line of one by its tokens, what is printed by its end."""
    if any("projectHash" in value and "sessionId" in value for value in head.objects):
        return {CHAT: A_DOCUMENT}
    if head.begins_unwhole and b'"projectHash"' in head.data[:4096]:
        return {CHAT: A_DOCUMENT}
    if any(_is_result(v) or _is_init(v) for v in head.objects):
        return counted((v.get("type") in _PRINTED for v in head.objects), PRINTED)
    return counted(map(_is_answer, head.objects), CHAT)


def _is_answer(value: Mapping[str, Any]) -> bool:
    return value.get("type") == "gemini" and isinstance(value.get("tokens"), dict)


def _is_result(value: Mapping[str, Any]) -> bool:
    """The last line that is printed, with what the run consumed."""
    return (
        value.get("type") == "result"
        and isinstance(value.get("stats"), dict)
        and bool(value["stats"].keys() & {"total_tokens", "models"})
    )


def _is_init(value: Mapping[str, Any]) -> bool:
    return value.get("type") == "init" and "session_id" in value and "model" in value


def _find(file: SourceFile) -> Iterator[Found]:
    told = _Chat()
    for found in objects_in(file):
        if found.value is None:
            yield found
        else:
            for record in told.records(found.value):
                yield found._replace(value=record, text="")


class _Chat:
    """What was said of a chat so far."""

    def __init__(self) -> None:
        self._common: dict[str, Any] = {}
        self._model: Any = None

    def records(self, value: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "sessionId" in value:
            self._common = {"session": value["sessionId"]}
        if isinstance(value.get("messages"), list):
            return [self._message(each) for each in objects(value["messages"])] or [OTHER]
        if _is_init(value):
            self._common, self._model = {"session": value["session_id"]}, value["model"]
        if _is_result(value):
            return list(self._result(value))
        return [self._message(value)]

    def _message(self, message: Mapping[str, Any]) -> dict[str, Any]:
        tokens = message.get("tokens")
        if message.get("type") == "gemini" and isinstance(tokens, dict):
            found = _MESSAGE.of(message, **self._common)
            found["input_tokens"] = total(tokens.get("input"), tokens.get("tool"))
            return {**found, "key": message.get("id")}
        if message.get("type") == "error" and "content" in message:
            failed = {"status": "failed", "message": message["content"]}
            return {**self._common, **failed, "ended_at": message.get("timestamp")}
        return OTHER

    def _result(self, value: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The sums of a run, of each model where they are told apart."""
        stats = value["stats"]
        known = {**self._common, "ended_at": value.get("timestamp")}
        if value.get("status") == "error":
            known |= {"status": "failed", "message": value_at(value, "error.message")}
        models = stats.get("models")
        if isinstance(models, dict) and models:
            for name, each in models.items():
                yield _STATS.of(each if isinstance(each, dict) else {}, **known, model=name)
        else:
            yield _STATS.of(stats, **known, model=self._model)


FORMAT = call_format(
    "gemini-cli",
    About(
        files="chats below `~/.gemini/tmp`, output of `--output-format stream-json`",
        special="reasoning is outside of the output and added; in a chat of lines a record replaces"
        " the one with its id",
        unknown="duration; how many calls a printed run was",
    ),
    detect,
    _find,
    Counting(output_inclusive=False),
    special="what tools put into the prompt is added to the input",
)
