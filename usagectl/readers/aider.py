"""Aider: its analytics log, one event a line, and its chat history in Markdown.

A `message_send` event is a call; its `total_cost` is that of the session so far, `cost` is its own.
The history has rounded counts (`5.2k sent`) and no model. Source: aider's `analytics.py` and
`coders/base_coder.py`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, by_kind, call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.units import Unit

EVENTS = "analytics log"
HISTORY = "chat history, rounded"

_SENT = Picks(
    Pick("model", "properties.main_model"),
    Pick("task", "properties.edit_format"),
    Pick("input_tokens", "properties.prompt_tokens"),
    Pick("output_tokens", "properties.completion_tokens"),
    Pick("total_tokens", "properties.total_tokens"),
    Pick("cost", "properties.cost", unit=Unit.USD),
    Pick("message", "properties.exception"),
    Pick("session", "user_id"),
    Pick("ended_at", "time", unit=Unit.SECONDS),
)
_TOKENS = re.compile(
    r"^> Tokens: (?P<sent>[\d.,]+[kM]?) sent(?:, (?P<write>[\d.,]+[kM]?) cache write)?"
    r"(?:, (?P<hit>[\d.,]+[kM]?) cache hit)?, (?P<received>[\d.,]+[kM]?) received\."
    r"(?: Cost: \$(?P<cost>[\d.]+) (?:message|request|send))?"
)
_LINE = re.compile(rb"^> Tokens: .+ sent.* received\.", re.MULTILINE)
_BEGUN = re.compile(r"^# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_MODEL = re.compile(r"^> (?:Main model|Model): (\S+)")
_SCALES = {"k": 1_000, "M": 1_000_000}


def detect(head: Head) -> Mapping[str, int]:
    """Events with properties of a user, or lines of a history that tell tokens."""
    lines = len(_LINE.findall(head.data))
    if lines:
        return {HISTORY: lines}
    return counted(
        ({"event", "properties", "user_id", "time"} <= v.keys() for v in head.objects), EVENTS
    )


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    event = value.get("event")
    if event == "message_send":
        yield _SENT.of(value)
    elif event == "message_send_exception":
        yield _SENT.of(value, status="failed")


def _history(file: SourceFile) -> Iterator[Found]:
    known: dict[str, Any] = {}
    number = 0
    for block in file.blocks():
        for line in block.decode("utf-8", "replace").split("\n")[:-1]:
            number += 1
            begun, model = _BEGUN.match(line), _MODEL.match(line)
            if begun:
                known = {"ended_at": begun[1].replace(" ", "T"), "session": begun[1]}
            elif model:
                known["model"] = model[1]
            told = _TOKENS.match(line)
            if told:
                yield Found(number, {**known, **_rounded(told)})
            elif line.strip():
                yield Found(number, OTHER)


def _rounded(told: re.Match[str]) -> dict[str, Any]:
    return {
        "input_tokens": _count(told["sent"]),
        "output_tokens": _count(told["received"]),
        "cache_write_tokens": _count(told["write"]),
        "cache_read_tokens": _count(told["hit"]),
        "cost": told["cost"],
    }


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    scale = _SCALES.get(text[-1], 1)
    try:
        return round(float(text.rstrip("kM").replace(",", "")) * scale)
    except ValueError:
        return None


FORMAT = call_format(
    "aider",
    About(
        files="the analytics log, `.aider.chat.history.md`",
        special="`total_cost` is cumulative and not read; a history has rounded counts and the time"
        " of its chat",
        unknown="duration; in the analytics log, cached tokens",
    ),
    detect,
    by_kind({EVENTS: each_object(_records), HISTORY: _history}),
    special="a chat history has rounded counts, and the time at which its chat began",
)
