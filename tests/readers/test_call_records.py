"""What readers share: inclusive counts, repeated records, wrappers, sums, counters, layouts."""

import json

import polars as pl
import pytest

import usagectl
from usagectl.inputs.file import SourceFile
from usagectl.readers.core import calibration, merging, spans
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.counters import Counters
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.picking import Labels, Pick, Picks, value_at
from usagectl.readers.core.units import Unit, instant_text

NAMES = (
    "input_tokens output_tokens cache_read_tokens cache_write_tokens reasoning_tokens total_tokens"
).split()


def read_as(counting, *counts, word=None):
    frame = pl.DataFrame([counts], schema=dict.fromkeys(NAMES, pl.Int64), orient="row")
    frame = frame.with_columns(counting=pl.lit(word, pl.String))
    return calibration.calibrated(frame, counting).select(*NAMES[:2], "evidence").row(0)


INSIDE, APART = Counting(), Counting(input_inclusive=False, output_inclusive=False)


@pytest.mark.parametrize(
    ("counting", "counts", "found"),
    [
        # The record's own total decides, whatever the format says.
        (INSIDE, (100, 20, 60, 10, 5, 120), (100, 20, "total")),
        (INSIDE, (100, 20, 60, 10, 5, 190), (170, 20, "other")),
        (INSIDE, (100, 20, 60, 10, 5, 125), (100, 25, "other")),
        (INSIDE, (100, 20, 60, 10, 5, 195), (170, 25, "other")),
        (INSIDE, (100, 20, 60, 10, 5, 130), (110, 20, "other")),
        (APART, (100, 20, 60, 10, 5, 195), (170, 25, "total")),
        (APART, (100, 20, 60, 10, 5, 120), (100, 20, "other")),
        # A total that fits nothing changes nothing.
        (INSIDE, (100, 20, 60, 10, 5, 999), (100, 20, "mismatch")),
        (APART, (100, 20, 60, 10, 5, 999), (170, 25, "mismatch")),
        # Without a total, a part that is larger than the whole is none of it.
        (INSIDE, (10, 20, 60, 0, 5, None), (70, 20, "other")),
        (INSIDE, (100, 20, 60, 0, 50, None), (100, 70, "other")),
        (INSIDE, (100, 20, 60, 0, 5, None), (100, 20, None)),
        (APART, (100, 20, 60, 0, 5, None), (160, 25, None)),
        # What is unknown stays so.
        (APART, (None, 20, 60, 0, None, None), (None, 20, None)),
        (INSIDE, (100, None, None, None, None, 120), (100, None, None)),
        (INSIDE, (100, 20, None, None, None, 120), (100, 20, None)),
    ],
)
def test_counts_become_inclusive(counting, counts, found):
    assert read_as(counting, *counts) == found


def test_a_record_may_count_otherwise_than_its_format():
    assert read_as(INSIDE, 10, 5, 60, 0, None, None, word="cache apart") == (70, 5, None)
    # Of a sum over calls nothing is proven by what is larger.
    assert read_as(INSIDE, 10, 5, 60, 0, None, None, word="settled") == (10, 5, None)


def records(*rows):
    names = dict.fromkeys(("run", "key", "session", "model"), pl.String)
    counts = dict.fromkeys([*NAMES, "tool_calls", "calls"], pl.Int64)
    schema = {"file": pl.UInt32, **names, **counts, "replay": pl.Boolean, "ended_at": pl.Int64}
    return pl.DataFrame([{"run": "r", "file": 0, **row} for row in rows], schema=schema)


def test_the_most_complete_record_of_a_call_is_kept_not_the_first():
    frame = records(
        {"key": "a", "input_tokens": 10, "output_tokens": 1, "tool_calls": 1, "ended_at": 1},
        {"key": "a", "input_tokens": 10, "output_tokens": 427, "tool_calls": 0, "ended_at": 2},
        {"key": "a", "input_tokens": 10, "output_tokens": 3, "tool_calls": 1, "ended_at": 3},
        {"key": None, "input_tokens": 10, "output_tokens": 1},
        {"key": None, "input_tokens": 10, "output_tokens": 1},
    )
    kept, others = merging.merged(frame)
    assert kept["output_tokens"].to_list() == [427, 1, 1]
    # It ends when its last record does, and each of its records may hold a call of a tool.
    assert kept.row(0, named=True)["ended_at"] == 3
    assert kept.row(0, named=True)["tool_calls"] == 2
    assert others.height == 2


def test_of_equals_the_first_file_counts_and_a_replay_never():
    frame = records(
        {"key": "a", "file": 1, "output_tokens": 5, "session": "copy", "tool_calls": 1},
        {"key": "a", "file": 0, "output_tokens": 5, "session": "first", "tool_calls": 1},
        {"key": "b", "output_tokens": 9, "session": "side", "replay": True},
        {"key": "b", "output_tokens": 1, "session": "main"},
    )
    kept, _ = merging.merged(frame)
    assert set(kept["session"]) == {"first", "main"}
    # What a copy repeats is not added.
    assert kept.filter(key="a")["tool_calls"].item() == 1


def test_runs_are_apart():
    frame = records({"key": "a", "run": "one"}, {"key": "a", "run": "two"})
    assert merging.merged(frame)[0].height == 2


def test_sums_count_where_no_call_does():
    sums = records(
        {"key": "s", "session": "1", "input_tokens": 5, "calls": 2},
        {"key": "s", "session": "1", "input_tokens": 9, "output_tokens": 4, "calls": 3},
        {"key": "t", "session": "2", "input_tokens": 7},
    )
    kept, others = merging.combined(sums, records({"session": "2", "input_tokens": 1}))
    assert kept.select("input_tokens", "output_tokens", "calls").rows() == [(9, 4, 3)]
    assert others.height == 2


def told(*rows):
    """Whether each of some spans repeats others: trace, span, parent, is a call, wraps, tokens."""
    frame = pl.DataFrame(
        [(*row[:5], row[5], None, None, "r") for row in rows],
        schema={
            "trace": pl.String, "span": pl.String, "parent": pl.String, "is_call": pl.Boolean,
            "wraps": pl.Boolean, "input_tokens": pl.Int64, "output_tokens": pl.Int64,
            "total_tokens": pl.Int64, "run": pl.String,
        },
        orient="row",
    )  # fmt: skip
    return spans.with_leaves(frame)["repeats"].to_list()


def test_only_leaves_count():
    agent = ("t", "a", None, True, True, 300)
    chain = ("t", "b", "a", False, False, None)
    call = ("t", "c", "b", True, False, 100)
    failed = ("t", "d", "a", True, False, None)
    assert told(agent, chain, call, failed) == [True, False, False, False]
    # In another order too, and in another trace alone.
    assert told(call, chain, agent) == [False, False, True]
    assert told(("u", "a", None, True, True, 300)) == [False]
    # A wrapper that has no parent among the calls, in a trace that has some.
    assert told(("t", "x", "gone", True, True, 5), call) == [True, False]


def test_usage_is_not_lost_to_a_span_without_any():
    outer = ("t", "a", None, True, False, 50)
    inner = ("t", "b", "a", True, False, None)
    assert told(outer, inner) == [False, True]
    assert told(("t", "a", None, True, False, None), ("t", "b", "a", True, False, 7)) == [
        True,
        False,
    ]


def test_a_circle_of_spans_ends():
    assert told(("t", "a", "b", True, False, 1), ("t", "b", "a", True, False, 1)) == [True, True]
    assert told(("t", "a", "a", True, False, 1)) == [True]


def test_counters_give_what_they_grew_by():
    counters = Counters()
    assert counters.added({"in": 5, "out": 1}) == {"in": 5, "out": 1}
    assert counters.added({"in": 5, "out": 1}) is None
    assert counters.added({"in": 9, "out": 1}) == {"in": 4, "out": 0}
    # One that fell began anew.
    assert counters.added({"in": 2, "out": 1}) == {"in": 2, "out": 1}


LAYOUTS = {
    "lines": '{"a":1}\n{"a":2}\n',
    "no end": '{"a":1}\n{"a":2}',
    "list": '[{"a":1},{"a":2}]',
    "long list": '[\n{"a":1},\n{"a":2}\n]\n',
    "one after the other": '{\n "a": 1\n}\n{\n "a": 2\n}\n',
    "stream": 'event: x\ndata: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n',
    "windows": '{"a":1}\r\n{"a":2}\r\n',
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_objects_are_found_in_every_layout(name, tmp_path):
    assert found_in(LAYOUTS[name], tmp_path) == ([1, 2], [])


def found_in(text, folder):
    (folder / "x").write_text(text)
    file = SourceFile("r", str(folder / "x"), "")
    file.head()
    found = list(objects_in(file))
    return [f.value["a"] for f in found if f.value], [f.reason for f in found if not f.value]


def test_a_document_is_one_record_and_a_damaged_one_costs_no_good_part(tmp_path):
    assert found_in(json.dumps({"a": 1, "b": [{"a": 2}]}, indent=1), tmp_path) == ([1], [])
    values, reasons = found_in('{\n "x": [\n {"a": 1},\n {"a": 2},\n {"a": ', tmp_path)
    assert values == [1, 2]
    assert len(reasons) == 1


def test_paths():
    record = {"a.b": {"c": [{"d": 5}]}, "text": '{"in": {"x": 1}}', "a": {"b": {"z": 2}}}
    assert value_at(record, "a.b.c.0.d") == 5
    assert value_at(record, "text.in.x") == 1
    assert value_at(record, "a.b.z") == 2
    assert value_at(record, "a.b.c.1.d") is None
    assert value_at({"a": "text"}, "a.b") is None


def test_picks_take_the_first_that_is_there():
    picks = Picks(
        Pick("model", "none", "empty", "m"),
        Pick("duration", "ms", unit=Unit.MILLISECONDS),
        Pick("ended_at", "at", unit=Unit.SECONDS),
        provider="p",
    )
    found = picks.of({"empty": "", "m": "x", "ms": 1500, "at": 1780000000.5})
    assert found == {
        "provider": "p",
        "model": "x",
        "duration": 1.5,
        "ended_at": "2026-05-28T20:26:40.500000Z",
    }
    with pytest.raises(ValueError, match="cannot be written in"):
        Pick("model", "x", unit=Unit.SECONDS)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1780000000, Unit.SECONDS, "2026-05-28T20:26:40Z"),
        ("1780000000123456789", Unit.NANOSECONDS, "2026-05-28T20:26:40.123456Z"),
        ("2026-01-01 00:00:00", Unit.UTC, "2026-01-01 00:00:00Z"),
        ("2026-01-01T00:00:00+02:00", Unit.UTC, "2026-01-01T00:00:00+02:00"),
        ("2026-01-01T00:00:00", Unit.SECONDS, "2026-01-01T00:00:00"),
        (-5, Unit.SECONDS, -5),
        (10**40, Unit.SECONDS, 10**40),
        (True, Unit.SECONDS, True),
    ],
)
def test_times(value, unit, text):
    assert instant_text(value, unit) == text


def test_labels_are_texts_in_the_order_of_their_names():
    text = Labels({"b": 1, "a": "x", "l": ["p", 2], "none": None, "deep": {"x": 1}}).text()
    assert json.loads(text) == {"a": "x", "b": "1", "l": "p, 2"}
    assert list(json.loads(text)) == ["a", "b", "l"]
    assert Labels({}).text() is None


def test_two_views_of_a_session_are_told(tmp_path):
    line = {
        "type": "assistant", "sessionId": "s", "uuid": "u", "timestamp": "2026-01-01T00:00:00Z",
        "message": {"id": "msg_1", "model": "claude-x", "usage": {"input_tokens": 5, "output_tokens": 1}},
    }  # fmt: skip
    attrs = {"event.name": "api_request", "session.id": "s", "input_tokens": 5, "output_tokens": 1}
    event = {"_type": "log", "ts": "2026-01-01T00:00:00Z", "scope": "x", "attrs": attrs}
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\n")
    (tmp_path / "b.jsonl").write_text(json.dumps(event) + "\n")
    codes = [notice.code for notice in usagectl.load(str(tmp_path)).notices]
    assert "two-views" in codes
    (tmp_path / "b.jsonl").unlink()
    assert "two-views" not in [n.code for n in usagectl.load(str(tmp_path)).notices]
