"""OpenCode: a JSON document an answer below `~/.local/share/opencode/storage`, or `opencode.db`.

An answer's tokens leave cached ones out of the input and, in newer versions, reasoning out of the
output. The last part of an answer repeats its tokens: it counts where the answer is not there.
Source: OpenCode's `Session.getUsage`, and files of 2025.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import OTHER, by_kind, call_format, counted, each_object
from usagectl.readers.core.containers import SQLITE, rows_of
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks, object_in
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

ANSWER = "agent answer"
DATABASE = "agent database"

_TOKENS = (
    Pick("session", "sessionID"),
    Pick("input_tokens", "tokens.input"),
    Pick("output_tokens", "tokens.output"),
    Pick("cache_read_tokens", "tokens.cache.read"),
    Pick("cache_write_tokens", "tokens.cache.write"),
    Pick("reasoning_tokens", "tokens.reasoning"),
    Pick("total_tokens", "tokens.total"),
    Pick("cost", "cost", unit=Unit.USD, of=lambda cost: cost or None),
)
_ANSWER = Picks(
    *_TOKENS,
    Pick("key", "id"),
    Pick("request_id", "id"),
    Pick("model", "modelID"),
    Pick("provider", "providerID"),
    Pick("started_at", "time.created", unit=Unit.MILLISECONDS),
    Pick("ended_at", "time.completed", unit=Unit.MILLISECONDS),
    Pick("task", "agent", "mode"),
    Pick("project", "path.cwd", "path.root"),
    Pick("message", "error.data.message", "error.message", "error.name", "error"),
    Pick("outcome", "error.name", "finish"),
)
_PART = Picks(*_TOKENS, Pick("key", "messageID"), replay=True)


def detect(head: Head) -> Mapping[str, int]:
    """An answer by its session and model, a part by its tokens, the database by its tables."""
    if head.data.startswith(SQLITE):
        tables = (b"messageID", b"sessionID", b"session_id", b"message_id")
        ours = b"CREATE TABLE `message`" in head.data or b'CREATE TABLE "message"' in head.data
        ours = ours and any(name in head.data for name in tables)
        return {DATABASE: A_DOCUMENT} if ours else {}
    return counted((_is_answer(v) or _is_part(v) for v in head.objects), ANSWER)


def _is_answer(value: Mapping[str, Any]) -> bool:
    return {"sessionID", "modelID", "role"} <= value.keys()


def _is_part(value: Mapping[str, Any]) -> bool:
    return {"sessionID", "messageID", "tokens"} <= value.keys()


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if _is_part(value):
        yield _PART.of(value)
    elif _is_answer(value) and value.get("role") == "assistant":
        yield _answer(value)


def _answer(value: Mapping[str, Any]) -> dict[str, Any]:
    found = _ANSWER.of(value)
    error = value.get("error")
    if error:
        aborted = isinstance(error, dict) and error.get("name") == "MessageAbortedError"
        found["status"] = "cancelled" if aborted else "failed"
    return found


def _rows(file: SourceFile) -> Iterator[Found]:
    columns = ("id", "session_id", "sessionID", "data")
    for number, row in enumerate(rows_of(file, "message", columns), 1):
        if isinstance(row, str):
            yield Found(0, None, row)
            continue
        data = object_in(row.get("data"))
        if not isinstance(data, dict):
            yield Found(number, None, "a message without its data")
            continue
        session = row.get("session_id", row.get("sessionID"))
        told = {"id": row.get("id"), "sessionID": session, **data}
        is_call = told.get("role") == "assistant"
        yield Found(number, _answer(told) if is_call else OTHER)


FORMAT = call_format(
    "opencode",
    About(
        files="answers below `~/.local/share/opencode/storage`, `opencode.db`",
        special="cached tokens are apart; reasoning is, in newer versions, and the total tells; the"
        " last part of an answer repeats it",
        unknown="the database of a process that is writing, in a folder that cannot be written",
    ),
    detect,
    by_kind({ANSWER: each_object(_records), DATABASE: _rows}),
    Counting(input_inclusive=False),
)
