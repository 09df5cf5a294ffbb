"""What is damaged costs nothing that is whole, is told, and is judged alike by both ways to read."""

import json

import pytest
from conftest import FIXTURES
from polars.testing import assert_frame_equal

import usagectl

ROW = {"timestamp": "2026-03-20T10:00:00", "success": True, "model": "m", "input_tokens": 7}
EVENT = {
    "timestamp": "2026-05-14T10:15:00+00:00",
    "type": "llm_usage",
    "session_id": "s",
    "model": "m",
    "input_tokens": 7,
    "output_tokens": 1,
    "cache_read_input_tokens": 0,
    "cache_creation_input_tokens": 0,
}
AUDIT = {
    "ts": "2026-04-21T15:02:30Z",
    "event": "llm_call",
    "correlation_id": "c",
    "task_id": "t",
    "model": "m",
    "provider": "openai",
    "input_tokens": 7,
    "output_tokens": 1,
    "duration_ms": 10,
}
CALL = {
    "schema_version": "instrumentation_call_v1",
    "model": "m",
    "provider": "openai",
    "prompt_tokens": 7,
    "completion_tokens": 1,
    "stage_id": "a",
    "created_at": "2026-03-18T09:30:03Z",
}
PLAN = {"timestamp": "2026-03-20T10:00:00Z", "event": "run_single_plan_start", "plan_name": "p"}
HONCHO = (
    "honcho.llm.call feature=f provider=openai model=m outcome=success latency_ms=5 attempts=1"
    " used_backup=false input_tokens=7 output_tokens=1 cache_read_tokens=0"
    " cache_creation_tokens=0 tool_calls=0 iterations=0"
)
FORMATS = {
    "planexe": ("usage_metrics.jsonl", ROW),
    "open-strix": ("events.jsonl", EVENT),
    "forge": ("audit.ndjson", AUDIT),
    "codex-forge": ("instrumentation_calls.jsonl", CALL),
}


def loaded(folder, name, *lines):
    """What stands in a file of these lines, which both ways of reading must find alike."""
    folder.mkdir(exist_ok=True)
    texts = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    data = b"\n".join(text if isinstance(text, bytes) else text.encode() for text in texts)
    (folder / name).write_bytes(data + b"\n")
    fast = usagectl.load(folder, timezone="UTC")
    slow = usagectl.load(folder, timezone="UTC", strict=False)
    assert_frame_equal(fast.calls.collect(), slow.calls.collect())
    assert_frame_equal(fast.stages.collect(), slow.stages.collect())
    assert_frame_equal(fast.files, slow.files)
    assert fast.rejects == slow.rejects
    (file,) = fast.files.iter_rows(named=True)
    others = file["merged"] + file["ignored"] + file["rejected"]
    assert file["records"] == fast.calls.collect().height + others
    return fast


def counted(usage):
    return usage.calls.collect().get_column("input_tokens").to_list()


def refused(usage):
    return [(reject.line, reject.reason) for reject in usage.rejects]


def with_value(record, name, text):
    """A record of which one value is written as this text."""
    return json.dumps({**record, name: "VALUE"}).replace('"VALUE"', text)


NO_TEXT = {
    "NaN": "NaN: JSON has no such number",
    "-Infinity": "-Infinity: JSON has no such number",
    "1e400": "Infinity: JSON has no such number",
    '{"code": NaN}': '{"code": NaN}: JSON has no such number',
    "[1, [1e999]]": "[1, [Infinity]]: JSON has no such number",
    "9" * 45: "9" * 37 + "..., too long a number or too deep",
    "9" * 6000: "Infinity: JSON has no such number",
    r'"\udfff"': "holds one half of a surrogate pair, which is no text",
    r'"\ud800b"': "holds one half of a surrogate pair, which is no text",
    r'{"a": "\ud800"}': "holds one half of a surrogate pair, which is no text",
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", NO_TEXT, ids=range(len(NO_TEXT)))
def test_text_that_json_does_not_hold_is_refused_where_it_is_read(tmp_path, form, text):
    name, record = FORMATS[form]
    bad = with_value({**record, "request_id": "r"}, "model", text)
    later = {**record, "model": "n"}
    usage = loaded(tmp_path / "read", name, record, bad, later)
    assert counted(usage) == [7, 7]
    reason = NO_TEXT[text]
    shown = f"model {reason}" if reason.startswith("holds") else f"model is {reason}"
    assert refused(usage) == [(2, shown)]
    elsewhere = loaded(tmp_path / "unread", name, record, with_value(later, "extra", text))
    assert (counted(elsewhere), refused(elsewhere)) == ([7, 7], [])


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("18446744073709551616", "18446744073709551616"),
        ("-0", "0"),
        ("1.50", "1.5"),
        (r'"a\u0000b"', "a\0b"),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        ('{"b": 1, "a": 2, "b": 3}', '{"b": 1, "a": 2, "b": 3}'),
    ],
)
def test_text_that_both_ways_write_alike(tmp_path, text, model):
    usage = loaded(tmp_path, "usage_metrics.jsonl", ROW, with_value(ROW, "model", text))
    assert usage.calls.collect().get_column("model").to_list() == ["m", model]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("depth", [300, 990, 1015])
def test_deep_value_that_nobody_reads(tmp_path, form, depth):
    """Both ways go as deep as Polars, which is deeper than Python goes when it was called."""
    name, record = FORMATS[form]
    deep = with_value(record, "extra", "[" * depth + "]" * depth)
    usage = loaded(tmp_path, name, record, deep.replace('"m"', '"n"'))
    assert (counted(usage), refused(usage)) == ([7, 7], [])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "value", ["[" * 3000 + "]" * 3000, '{"a":' * 3000 + "1" + "}" * 3000], ids=["lists", "objects"]
)
def test_deeper_than_that_is_a_reject(tmp_path, form, value):
    name, record = FORMATS[form]
    usage = loaded(tmp_path, name, record, with_value(record, "extra", value))
    assert (counted(usage), refused(usage)) == ([7], [(2, "nested too deeply")])


def test_deep_line_of_a_honcho_log(tmp_path):
    deep = '{"message": "' + HONCHO + '", "extra": ' + "[" * 3000 + "]" * 3000 + "}"
    usage = loaded(tmp_path, "worker.log", HONCHO, deep, HONCHO)
    assert counted(usage)[0] == counted(usage)[-1] == 7
    assert usage.files.get_column("records").to_list() == [3]


IRRELEVANT = {**EVENT, "type": "heartbeat", "input_tokens": "many"}


def test_record_that_nobody_uses_is_told_alike(tmp_path):
    usage = loaded(tmp_path, "events.jsonl", EVENT, IRRELEVANT, IRRELEVANT)
    assert (counted(usage), refused(usage)) == ([7], [])
    assert usage.files.select("merged", "ignored").row(0) == (1, 1)


# Texts at the edges of RFC 8259: what they are as a line, as a value that is read, and as one that
# is not. True for a record that is kept.
EDGES = [
    (b"[]", False, True, True),
    (b"{}", False, True, True),
    (b"[[]   ]", False, True, True),
    (b"1", False, True, True),
    (b"-1e-2", False, True, True),
    (b'""', False, True, True),
    (b'"\\u0061\\/\\b"', False, True, True),
    (b"null", False, True, True),
    (b" true ", False, True, True),
    ('"\u20ac\U0001d11e\u2028"'.encode(), False, True, True),
    (b"[1E+2, 0e1, -0.0]", False, True, True),
    (b"123456789012345678901234567890", False, True, True),
    (b"[NaN]", False, False, True),
    (b"-Infinity", False, False, True),
    (b"[1e9999]", False, False, True),
    (b'["\\uD800"]', False, False, True),
    (b'"\\uDFAA"', False, False, True),
    (b"1" * 300, False, False, True),
    (b"1" * 10_000, False, False, True),
    (b"[", False, False, False),
    (b"]", False, False, False),
    (b"[,", False, False, False),
    (b",", False, False, False),
    (b"[1", False, False, False),
    (b"[1,]", False, False, False),
    (b"[1 true]", False, False, False),
    (b"[][]", False, False, False),
    (b"1]", False, False, False),
    (b"[1}", False, False, False),
    (b"{", False, False, False),
    (b'{"a"', False, False, False),
    (b'{"a":', False, False, False),
    (b'{"a" 1}', False, False, False),
    (b'{"a":1,}', False, False, False),
    (b"{'a':1}", False, False, False),
    (b"{a:1}", False, False, False),
    (b'{"a":1/*b*/}', False, False, False),
    (b"01", False, False, False),
    (b"-01", False, False, False),
    (b"+1", False, False, False),
    (b".5", False, False, False),
    (b"1.", False, False, False),
    (b"1e", False, False, False),
    (b"0x1F", False, False, False),
    (b"1_000", False, False, False),
    (b"- 1", False, False, False),
    (b"nul", False, False, False),
    (b"True", False, False, False),
    (b"undefined", False, False, False),
    (b'"a', False, False, False),
    (b'"\\x41"', False, False, False),
    (b'"\\u12"', False, False, False),
    (b'"\\', False, False, False),
    (b'"a\tb"', False, False, False),
    (b'"a\x00b"', False, False, False),
    (b'"\xff"', False, False, False),
    (b'"\xed\xa0\x80"', False, False, False),
    (b"\xef\xbb\xbf{}", False, False, False),
    (b"\xe5", False, False, False),
    (b"[" * 100_000, False, False, False),
    (b'[{"":' * 5000, False, False, False),
    (b"<html>", False, False, False),
]


@pytest.mark.parametrize(("text", "line", "read", "unread"), EDGES, ids=range(len(EDGES)))
def test_edges_of_json(tmp_path, text, line, read, unread):
    before, after = {**ROW, "input_tokens": 1}, {**ROW, "input_tokens": 2}
    start = b'{"success": true, "input_tokens": 3, '
    for name, middle, kept in (
        ("line", text, line),
        ("read", start + b'"model": ' + text + b"}", read),
        ("unread", start + b'"model": "m", "extra": ' + text + b"}", unread),
    ):
        usage = loaded(tmp_path / name, "usage_metrics.jsonl", before, middle, after)
        assert counted(usage) == ([1, 3, 2] if kept else [1, 2])
        assert bool(usage.rejects) is not kept
        assert {reject.line for reject in usage.rejects} <= {2}


def _of_its_own(line, number):
    """An event that is not the one before it once more, which would be counted once."""
    return {**line, "session_id": f"s{number}"} if line == EVENT else line


@pytest.mark.parametrize(
    ("name", "lines", "form", "rejected"),
    [
        ("usage_metrics.jsonl", [PLAN, *[ROW] * 125], "planexe", 1),
        ("other.jsonl", [*[PLAN] * 3, *[ROW] * 20, PLAN], "planexe", 4),
        ("audit.ndjson", [EVENT, *[AUDIT] * 9], "forge", 0),
        ("events.jsonl", [ROW, *[EVENT] * 9], "open-strix", 1),
        ("worker.log", [EVENT, *[HONCHO] * 9], "honcho", 0),
        ("worker.log", [HONCHO, *[EVENT] * 9], "open-strix", 0),
        ("usage_metrics.jsonl", [PLAN, ROW], "planexe", 1),
        ("usage_metrics.jsonl", [EVENT, ROW], "planexe", 1),
        ("instrumentation_calls.jsonl", [ROW, CALL], "codex-forge", 1),
    ],
    ids=range(9),
)
def test_format_is_what_most_records_say_and_then_the_name(tmp_path, name, lines, form, rejected):
    own = max(lines[1:], key=lines.count)
    usage = loaded(tmp_path, name, *(_of_its_own(line, i) for i, line in enumerate(lines)))
    assert usage.files.get_column("format").to_list() == [form]
    assert len(counted(usage)) == lines.count(own)
    assert len(usage.rejects) == rejected


LINES = {
    "braces": b'}{"a' * 250_000,
    "opened over lines": b'{\n"a":\n' * 20_000,
    "opened on a line": b'\t{"a":' * 170_000,
    "cut lines": b'{"timestamp": "2026-05-06T07:30:22", "success": tr\n' * 10_000,
    "lists over lines": b'{"a":[\n' * 20_000,
    "one long text": b'{"a":"' + b"x" * 1_000_000,
    "quotes": b'{"' + b'\\"' * 500_000,
    "backslashes": b'{"' + b"\\" * 1_000_000,
    "texts that do not end": (b'x{"a":"' + b"y" * 90) * 10_000,
    "objects between": b'x{"a":{"b":1},' * 70_000,
    "digits": b'{"a":' + b"1" * 1_000_000,
    "zeros": b"\0" * 1_000_000,
    "returns": b"\r" * 1_000_000 + b"{",
    "marks": b"\xef\xbb\xbf" * 300_000,
    "brackets": b"[" * 1_000_000,
}


@pytest.mark.parametrize("kind", LINES)
def test_damage_that_is_looked_at_once_costs_no_line_beside_it(tmp_path, kind):
    """Each of these took minutes, or did not end, where every place was read to its end."""
    usage = loaded(tmp_path, "usage_metrics.jsonl", ROW, LINES[kind].rstrip(b"\n"), ROW)
    assert counted(usage) == [7, 7]
    assert usage.rejects


def test_search_of_a_line_that_ends_early_is_told(tmp_path):
    usage = loaded(tmp_path, "usage_metrics.jsonl", ROW, LINES["braces"])
    assert refused(usage)[0][1].endswith("; too damaged to be searched to its end")


def test_whole_record_behind_a_cut_one_on_its_line(tmp_path):
    cut = json.dumps(ROW)[:40]
    usage = loaded(tmp_path, "usage_metrics.jsonl", ROW, cut + json.dumps(ROW), ROW)
    assert counted(usage) == [7, 7, 7]
    assert [line for line, _ in refused(usage)] == [2]


@pytest.mark.parametrize("junk", [b"{" * 50_000, b'{"a":' * 10_000, b"}{" * 20_000])
def test_a_line_of_braces_does_not_hide_what_the_other_lines_are(tmp_path, junk):
    foreign = b'{"timestamp": "2026-03-20T09:00:00", "success": true, "model": "m"}\n'
    lines = (FIXTURES / "forge/gap/run/audit.ndjson").read_bytes()
    (tmp_path / "audit.ndjson").write_bytes(foreign + junk + b"\n" + foreign + lines)
    usage = usagectl.load(tmp_path)
    assert usage.files["format"].to_list() == ["forge"]
    assert usage.calls.collect().height == 3


def test_what_fills_the_beginning_of_a_long_file_does_not_hide_the_rest(tmp_path):
    foreign = b'{"timestamp": "2026-03-20T09:00:00", "success": true, "model": "m"}\n'
    lines = (FIXTURES / "forge/gap/run/audit.ndjson").read_bytes()
    data = b"{" + b"x" * 70_000 + b"\n" + foreign * 20 + lines * 12
    (tmp_path / "audit.ndjson").write_bytes(data)
    usage = usagectl.load(tmp_path)
    assert usage.files.select("format", "rejected").rows() == [("forge", 1)]
