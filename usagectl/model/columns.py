"""The columns of a call and of a stage, declared once and free of Polars.

The frames, the README's tables, the order of an export and what a raw field is read as follow from
them. Token totals are inclusive, as in OpenTelemetry's GenAI conventions: `input_tokens` holds
cache reads and writes, `output_tokens` holds reasoning. Absent is null, never 0.
"""

from enum import Enum
from typing import NamedTuple, TypeAlias


class Type(Enum):
    """What a column holds, unless it is one of a few words."""

    TEXT = "text"
    INTEGER = "integer"
    INSTANT = "instant"


Words: TypeAlias = tuple[str, ...]
"""All that a column may say."""

TEXT, INTEGER, INSTANT = Type.TEXT, Type.INTEGER, Type.INSTANT

GRANULARITIES = ("call", "turn", "session", "run", "window")
STATUSES = ("ok", "failed", "cancelled")
STAGE_STATUSES = ("done", "failed", "cancelled", "skipped", "running", "unfinished")
COST_SOURCES = ("recorded", "table", "catalog", "local")

TOKENS = "tokens"
MICROSECONDS = "microseconds"
UTC = "microseconds, UTC"
NANOUSD = "1e-9 USD"


class Column(NamedTuple):
    """One column; `unit` is empty where it has none or counts what its name says."""

    name: str
    type: Type | Words
    unit: str
    meaning: str


_PLACE = (
    Column("run", TEXT, "", "label of the operand"),
    Column("source", TEXT, "", "file the record came from"),
    Column("format", TEXT, "", "reader that read it"),
)

CALL = (
    *_PLACE,
    Column("granularity", GRANULARITIES, "", "what the row stands for"),
    Column("calls", INTEGER, "", "how many calls the row stands for"),
    Column("ended_at", INSTANT, UTC, "when the call ended"),
    Column("task", TEXT, "", "what the call was made for"),
    Column("session", TEXT, "", "the conversation or process it belongs to"),
    Column("provider", TEXT, "", "who answered"),
    Column("model", TEXT, "", "the model that answered"),
    Column("request_model", TEXT, "", "the name that was asked for, where it differs"),
    Column("input_tokens", INTEGER, TOKENS, "all input, cache reads and writes included"),
    Column("cache_read_tokens", INTEGER, TOKENS, "part of the input"),
    Column("cache_write_tokens", INTEGER, TOKENS, "part of the input"),
    Column("output_tokens", INTEGER, TOKENS, "all output, reasoning included"),
    Column("reasoning_tokens", INTEGER, TOKENS, "part of the output"),
    Column("duration_us", INTEGER, MICROSECONDS, "wall time of the call"),
    Column("first_token_us", INTEGER, MICROSECONDS, "time to its first token"),
    Column("recorded_cost_nanousd", INTEGER, NANOUSD, "cost as the source states it, if it does"),
    Column("status", STATUSES, "", "how it ended"),
    Column("outcome", TEXT, "", "the source's own word for that, such as success_via_backup"),
    Column("attempts", INTEGER, "", "requests that it took, as the source counts them"),
    Column("iterations", INTEGER, "", "rounds of its tool loop, likewise"),
    Column("tool_calls", INTEGER, "", "calls of tools in it, likewise"),
    Column("message", TEXT, "", "the raw error text, which may carry model output"),
    Column("http_status", INTEGER, "", "the status of the HTTP answer, where the error has one"),
    Column("error_id", TEXT, "", "the source's name of the error, to find it again"),
    Column("request_id", TEXT, "", "the provider's name of the request"),
    Column("cache_write_1h_tokens", INTEGER, TOKENS, "part of the cache writes: kept for an hour"),
    Column("project", TEXT, "", "the working directory that it was made in"),
    Column("host", TEXT, "", "the computer that it was made on"),
    Column("tags", TEXT, "", "free labels of the source, a JSON object"),
)
"""Of the frame with one row a call, or one for several where `calls` says so."""

FAILURE = (
    Column("failure", TEXT, "", "the category of a failed call"),
    Column("failure_rule", TEXT, "", "the rule that gave it"),
    Column(
        "failure_evidence",
        TEXT,
        "",
        "what it rests on: status, type, class, outcome, text or label",
    ),
)
"""Added to the calls once they are read."""

COST = (
    Column("cost_nanousd", INTEGER, NANOUSD, "what the call cost; null where nobody knows"),
    Column("cost_source", COST_SOURCES, "", "who says so"),
    Column("other_cost_nano", INTEGER, "1e-9", "a price in another currency, never added to USD"),
    Column("other_currency", TEXT, "", "that currency"),
)
"""Added by pricing."""

STAGE = (
    *_PLACE,
    Column("task", TEXT, "", "what the stage was for"),
    Column("session", TEXT, "", "the conversation or process it belongs to"),
    Column("module", TEXT, "", "the code that did it"),
    Column("status", STAGE_STATUSES, "", "how it ended, or that it did not"),
    Column("started_at", INSTANT, UTC, "when it began"),
    Column("ended_at", INSTANT, UTC, "when it ended"),
    Column("wall_us", INTEGER, MICROSECONDS, "wall time"),
    Column("cpu_user_us", INTEGER, MICROSECONDS, "CPU time of the program"),
    Column("cpu_system_us", INTEGER, MICROSECONDS, "CPU time of the system for it"),
    Column("attempt", INTEGER, "", "which stage of this task in its file, from 1"),
    Column("message", TEXT, "", "the raw error text"),
)
"""Of the frame with one row a timed step of a run."""
