"""Answers of model APIs as they came, one a line, one a file, or as the chunks of a stream.

OpenAI's chat and responses, Anthropic's messages, Gemini, Bedrock's Converse, Ollama, llama.cpp and
LM Studio, and whatever answers like them, such as vLLM and OpenRouter. The chunks of one answer are
one call, as its last usage has it. Anthropic's and Bedrock's input is without cached tokens,
Gemini's output without reasoning; llama.cpp's timings leave out what its cache held. Source: the
providers' API references, llama.cpp's server README, LM Studio's REST reference.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.api_answers.answers import ANTHROPIC, answer_of, kind_of, openai_record
from usagectl.readers.core.call_records import OTHER, call_format, counted
from usagectl.readers.core.format import About
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.picking import value_at
from usagectl.readers.core.salvage import Found

ANSWERS = "API answers"


def detect(head: Head) -> Mapping[str, int]:
    """Objects that are answers, or events of a stream of one."""
    return counted((kind_of(each) is not None or _is_event(each) for each in head.objects), ANSWERS)


def _is_event(value: Mapping[str, Any]) -> bool:
    kind = value.get("type")
    if not isinstance(kind, str):
        return False
    if kind.startswith("response."):
        return "sequence_number" in value or isinstance(value.get("response"), dict)
    if kind == "message_start":
        return isinstance(value.get("message"), dict)
    if kind == "message_delta":
        return isinstance(value.get("usage"), dict)
    if kind.startswith("content_block_"):
        return isinstance(value.get("index"), int)
    return kind in ("message_stop", "ping") and value.keys() == {"type"}


def _find(file: SourceFile) -> Iterator[Found]:
    stream = _Stream()
    for found in objects_in(file):
        if found.value is None:
            yield found
        else:
            yield found._replace(value=stream.record(found.value), text="")


class _Stream:
    """The answers of a file, of which some come in parts that do not all name them."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._unnamed = 0

    def record(self, value: dict[str, Any]) -> dict[str, Any]:
        kind = value.get("type")
        if kind == "message_start" and isinstance(value.get("message"), dict):
            self._message = value["message"]
            return ANTHROPIC.of(self._message)
        if kind == "message_delta" and self._message:
            return self._delta(value)
        if isinstance(kind, str) and kind.startswith("response."):
            response = value.get("response")
            is_end = kind in ("response.completed", "response.failed", "response.incomplete")
            return openai_record(response) if is_end and isinstance(response, dict) else OTHER
        found = answer_of(value)
        if found is None:
            return OTHER
        return self._named(value, found) if "usageMetadata" in value else found

    def _delta(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """The end of a message, whose usage has what changed since it began."""
        begun, usage = self._message.get("usage"), value.get("usage")
        usage = {**(begun if isinstance(begun, dict) else {}), **(usage or {})}
        return ANTHROPIC.of({**self._message, "usage": usage})

    def _named(self, value: Mapping[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        """A part of a Gemini answer without a name is of the one that is not finished."""
        if found.get("key"):
            return found
        named = {**found, "key": f"unnamed {self._unnamed}"}
        if value_at(value, "candidates.0.finishReason") is not None:
            self._unnamed += 1
        return named


FORMAT = call_format(
    "api-answers",
    About(
        files="answers of OpenAI (chat, responses), Anthropic, Gemini, Bedrock Converse, Ollama,"
        " llama.cpp, LM Studio, vLLM and whatever answers like them, one a line, one a file,"
        " in a list, or as a stream of chunks",
        special="the chunks of a stream are one call, as its last usage has it; an answer that"
        " stands"
        " twice is one call",
        unknown="duration, but of local servers; the task, unless files lie in folders; embeddings"
        " have no output",
    ),
    detect,
    _find,
    special="Anthropic's and Bedrock's input is without cached tokens, Gemini's output without"
    " reasoning: both are added",
)
