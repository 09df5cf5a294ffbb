"""What a reader says in rows: what is parsed, what becomes of it, and which rows are a mistake."""

from datetime import UTC, datetime

import polars as pl
import pytest

from usagectl.model.columns import CALL
from usagectl.model.schema import CALLS
from usagectl.readers.core.fields import Kind, schema
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields, same

TABLE = Table(
    CALL,
    Row("granularity", Word("call")),
    Row("calls", pl.lit(1)),
    Row("ended_at", "at"),
    *same("model"),
    *computed("attempts"),
    Row("task", ("task", "meta.task")),
    Row("input_tokens", "usage.input", when=pl.col("known")),
    Row("duration_us", "ms", unit=Kind.MILLISECONDS),
    Row("first_token_us", pl.col("ms") / 1000, unit=Kind.SECONDS),
    Row("recorded_cost_nanousd", "cost"),
    Row("status", Word("ok", failed=pl.col("error").is_not_null(), cancelled=pl.col("known"))),
    Row("message", "error"),
)
FIELDS = raw_fields(TABLE, also={Kind.FLAG: "known", Kind.TEXT: "meta.user meta.task"})
RECORD = {
    "at": datetime(2026, 5, 1, tzinfo=UTC),
    "model": "m",
    "task": None,
    "meta": {"task": "deep", "user": "u"},
    "usage": {"input": 7},
    "ms": 1500.0004,
    "cost": 0.25,
    "error": None,
    "known": True,
}


def test_the_raw_fields_follow_from_the_rows():
    assert FIELDS == {
        "at": Kind.TIME,
        "model": Kind.TEXT,
        "task": Kind.TEXT,
        "meta": {"task": Kind.TEXT, "user": Kind.TEXT},
        "usage": {"input": Kind.COUNT},
        "ms": Kind.MILLISECONDS,
        "cost": Kind.USD,
        "error": Kind.TEXT,
        "known": Kind.FLAG,
    }


def _of(**changes):
    raw = {**schema(FIELDS), "at": pl.Datetime("us", "UTC")}
    frame = pl.DataFrame([{**RECORD, **changes}], schema=raw)
    return TABLE.of(frame.with_columns(file=pl.lit(0, pl.UInt32), attempts=2)).collect()


def test_the_canonical_columns_follow_from_the_rows():
    found = _of()
    assert found.row(0, named=True) == {
        "file": 0,
        "granularity": "call",
        "calls": 1,
        "ended_at": RECORD["at"],
        "model": "m",
        "attempts": 2,
        "task": "deep",
        "input_tokens": 7,
        "duration_us": 1_500_000,
        "first_token_us": 1_500_000,
        "recorded_cost_nanousd": 250_000_000,
        "status": "cancelled",
        "message": None,
    }
    assert {name: CALLS[name] for name in found.columns[1:]} == dict(found.drop("file").schema)


def test_the_first_path_counts_and_the_first_word():
    found = _of(task="own", error="boom", known=False).row(0, named=True)
    assert (found["task"], found["status"], found["input_tokens"]) == ("own", "failed", None)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([Row("input_token", "n")], "no column 'input_token'; did you mean 'input_tokens'?"),
        ([Row("task", "a"), Row("task", "b")], "column 'task' has two rows"),
        ([Row("duration_us", "ms")], "column 'duration_us' needs the unit of 'ms'"),
        ([Row("task", "a", unit=Kind.SECONDS)], "column 'task' cannot be made of seconds"),
        ([Row("status", Word("okay"))], "column 'status' never says 'okay'; did you mean 'ok'?"),
        ([Row("duration_us", "a", unit=Kind.USD)], "column 'duration_us' cannot be made of usd"),
    ],
)
def test_rows_that_are_a_mistake(rows, reason):
    with pytest.raises(ValueError, match="^" + reason.replace("?", r"\?") + "$"):
        Table(CALL, *rows)


@pytest.mark.parametrize(
    "rows",
    [
        [Row("task", "a"), Row("calls", "a")],
        [Row("task", "a"), Row("model", "a.b")],
        [Row("task", "a.b"), Row("model", "a")],
    ],
)
def test_a_field_of_two_kinds_is_a_mistake(rows):
    with pytest.raises(ValueError, match="is of two kinds"):
        raw_fields(Table(CALL, *rows))


def test_a_time_inside_an_object_is_a_mistake():
    with pytest.raises(ValueError, match=r"'a\.at' is a time inside an object"):
        raw_fields(Table(CALL, Row("ended_at", "a.at")))
