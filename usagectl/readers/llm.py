"""simonw/llm: its database `logs.db`, and what `llm logs --json` prints.

Older versions have a row a response, newer ones a row a turn; of both the ids are the same. Times
are in UTC. Nothing is kept of a request that failed. Source: llm's `migrations.py` and `cli.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import by_kind, call_format, counted, each_object
from usagectl.readers.core.containers import SQLITE, rows_of
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

DATABASE = "log database"
PRINTED = "printed log"

_ROW = Picks(
    Pick("key", "id"),
    Pick("request_id", "id"),
    Pick("model", "resolved_model", "model"),
    Pick("request_model", "model"),
    Pick("session", "conversation_id", "thread_id"),
    Pick("started_at", "datetime_utc", unit=Unit.UTC),
    Pick("duration", "duration_ms", unit=Unit.MILLISECONDS),
    Pick("input_tokens", "input_tokens"),
    Pick("output_tokens", "output_tokens"),
    Pick("cache_read_tokens", "token_details.prompt_tokens_details.cached_tokens",
         "token_details.cache_read_input_tokens", "token_details.cachedContentTokenCount"),
    Pick("cache_write_tokens", "token_details.cache_creation_input_tokens"),
    Pick("reasoning_tokens", "token_details.completion_tokens_details.reasoning_tokens",
         "token_details.thoughtsTokenCount"),
)  # fmt: skip
_TABLES = ("responses", "turns")
_COLUMNS = (
    "id", "model", "resolved_model", "datetime_utc", "duration_ms", "input_tokens",
    "output_tokens", "token_details", "conversation_id", "thread_id",
)  # fmt: skip


def detect(head: Head) -> Mapping[str, int]:
    """The database by its tables, a printed log by the names of its columns."""
    if head.data.startswith(SQLITE):
        pairs = ((b"responses", b"conversations"), (b"turns", b"threads"))
        told = (all(b"CREATE TABLE [%b]" % t in head.data or b'CREATE TABLE "%b"' % t in head.data
                    for t in pair) for pair in pairs)  # fmt: skip
        return {DATABASE: A_DOCUMENT} if any(told) else {}
    return counted((_is_row(value) for value in head.objects), PRINTED)


def _is_row(value: Mapping[str, Any]) -> bool:
    return {"datetime_utc", "model", "duration_ms", "prompt"} <= value.keys()


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if _is_row(value):
        yield _ROW.of(value)


def _rows(file: SourceFile) -> Iterator[Found]:
    for table in _TABLES:
        for number, row in enumerate(rows_of(file, table, _COLUMNS), 1):
            if isinstance(row, str):
                yield Found(0, None, row)
            else:
                yield Found(number, _ROW.of(row))


FORMAT = call_format(
    "llm",
    About(
        files="`logs.db` of simonw/llm, what `llm logs --json` prints",
        special="responses of older versions and turns of newer ones are read, each id once",
        unknown="failed requests, which are not kept; the provider; cost",
    ),
    detect,
    by_kind({PRINTED: each_object(_records), DATABASE: _rows}),
)
