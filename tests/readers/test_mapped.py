"""What no reader knows is read as a user's map says, and as nothing else."""

import json

import polars as pl
import pytest
from conftest import FIXTURES

import usagectl
from usagectl.inputs.file import SourceFile
from usagectl.model.exceptions import WrongUsageError
from usagectl.readers.registry import claim

MAP = """
name: my-service
where: {evt: call}
columns:
  ended_at: {path: ts, unit: s}
  model: [llm.name, model]
  input_tokens: llm.tok.in
  output_tokens: llm.tok.out
  cache_read_tokens: llm.tok.hit
  duration: {path: took, unit: ms}
  status: {path: ok, values: {true: ok, false: failed}}
  message: {path: err, when: {ok: false}}
  task: {value: plan}
tags: [team]
"""
RECORDS = [
    {
        "ts": 1780000000,
        "evt": "call",
        "llm": {"name": "gpt-4o", "tok": {"in": 100, "out": 20, "hit": 60}},
        "took": 1500,
        "ok": True,
        "team": "red",
        "err": "not an error",
    },
    {
        "ts": 1780000003,
        "evt": "call",
        "model": "gpt-4o",
        "llm": {"tok": {"in": 10, "out": 2}},
        "took": 500,
        "ok": False,
        "err": "429 rate limit",
        "team": "blue",
    },
    {"ts": 1780000004, "evt": "other"},
    {"ts": 1780000004, "evt": "call", "llm": {"tok": {"in": -3}}},
]


@pytest.fixture
def lines(tmp_path):
    path = tmp_path / "run/calls.jsonl"
    path.parent.mkdir()
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return path


def loaded(path, text, tmp_path, **options):
    (tmp_path / "map.yaml").write_text(text)
    return usagectl.load(str(path), maps=[str(tmp_path / "map.yaml")], timezone="UTC", **options)


def test_columns_units_conditions_and_labels(lines, tmp_path):
    usage = loaded(lines.parent, MAP, tmp_path)
    calls = usage.calls.collect()
    assert calls["format"].unique().to_list() == ["my-service"]
    assert calls["input_tokens"].to_list() == [100, 10]
    assert calls["cache_read_tokens"].to_list() == [60, None]
    assert calls["duration_us"].to_list() == [1_500_000, 500_000]
    assert calls["status"].to_list() == ["ok", "failed"]
    assert calls["message"].to_list() == [None, "429 rate limit"]
    assert calls["task"].unique().to_list() == ["plan"]
    assert calls["model"].unique().to_list() == ["gpt-4o"]
    file = usage.files.row(0, named=True)
    assert [file[n] for n in ("records", "merged", "ignored", "rejected")] == [4, 0, 1, 1]
    assert "input_tokens is negative" in usage.rejects[0].reason
    by = usagectl.summarize(usage, by="tag:team")
    assert set(by["tag:team"]) == {"red", "blue"}


def test_other_layouts_give_the_same(lines, tmp_path):
    whole = loaded(lines.parent, MAP, tmp_path).calls.collect().drop("source")
    (tmp_path / "doc").mkdir()
    (tmp_path / "doc/calls.json").write_text(json.dumps({"data": {"items": RECORDS}}, indent=1))
    inside = loaded(tmp_path / "doc", MAP + "records: data.items\n", tmp_path).calls.collect()
    assert inside.drop("source", "run").equals(whole.drop("run"))


def test_tables(tmp_path):
    text = """
columns: {input_tokens: prompt, output_tokens: completion, model: model, ended_at: at}
"""
    rows = {
        "prompt": [5, 7],
        "completion": [1, 2],
        "model": ["a", "b"],
        "at": ["2026-01-01T00:00:00", "2026-01-02T00:00:00"],
    }
    frame = pl.DataFrame(rows)
    found = []
    for name, write in (("t.csv", frame.write_csv), ("t.parquet", frame.write_parquet)):
        folder = tmp_path / name.replace(".", "")
        folder.mkdir()
        write(folder / name)
        calls = loaded(folder, text, tmp_path).calls.collect()
        found.append(calls.select("input_tokens", "output_tokens", "model", "ended_at").rows())
    assert found[0] == found[1]
    assert [row[:3] for row in found[0]] == [(5, 1, "a"), (7, 2, "b")]


def test_the_convention_and_the_record_s_own_total_decide(tmp_path):
    (tmp_path / "run").mkdir()
    records = [{"i": 10, "o": 1, "c": 90}, {"i": 10, "o": 1, "c": 5, "t": 11}]
    (tmp_path / "run/x.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    text = "counting: cache apart\ncolumns: {input_tokens: i, output_tokens: o, cache_read_tokens: c, total_tokens: t}\n"
    calls = loaded(tmp_path / "run", text, tmp_path).calls.collect()
    assert calls["input_tokens"].to_list() == [100, 10]


def test_a_reader_comes_first_unless_the_map_names_the_file(tmp_path):
    (tmp_path / "run").mkdir()
    rows = (FIXTURES / "runs/qwen9b/usage_metrics.jsonl").read_text()
    (tmp_path / "run/usage_metrics.jsonl").write_text(rows)
    text = "columns: {input_tokens: input_tokens, model: model}\n"
    assert set(loaded(tmp_path / "run", text, tmp_path).files["format"]) == {"planexe"}
    named = 'name: mine\nfiles: "run/*.jsonl"\n' + text
    assert set(loaded(tmp_path / "run", named, tmp_path).files["format"]) == {"mine"}


def test_maps_of_the_configuration(lines, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    entry = MAP.strip().replace("\n", "\n    ")
    (tmp_path / "usagectl.yaml").write_text(f'maps:\n  - files: "run/*.jsonl"\n    {entry}\n')
    assert usagectl.load("run", timezone="UTC").calls.collect().height == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("columns: {input_token: a}", "no key 'input_token'; did you mean 'input_tokens'"),
        ("columns: {input_tokens: {path: a, unit: ms}}", "input_tokens has no unit"),
        ("columns: {input_tokens: a, duration: {path: b, unit: h}}", "no 'h'; there are s, ms"),
        ("columns: {model: a}", "names no tokens"),
        ("where: {a: b}", "a map has `columns:`"),
        ("columns: {input_tokens: {unit: ms}}", "expected a path, or a value"),
        ("columns: {input_tokens: a, status: {value: fine}}", "status is never 'fine'"),
        ("counting: upside down\ncolumns: {input_tokens: a}", "no 'upside down'"),
    ],
)
def test_what_a_map_cannot_mean_is_told_with_its_line(text, told, lines, tmp_path):
    with pytest.raises(WrongUsageError, match=r"map\.yaml:\d+") as error:
        loaded(lines.parent, text, tmp_path)
    assert told in str(error.value)


def test_a_suggested_map_works_as_it_is(tmp_path, usagectl):
    records = [
        {
            "ts": 1780000000123 + i * 1000,
            "kind": "completion",
            "llm": {"name": "gpt-4o"},
            "usage": {"prompt": 100, "completion": 20, "cached": 60},
            "latency_ms": 1500,
            "success": i > 0,
            "step": "plan",
        }
        for i in range(3)
    ]
    (tmp_path / "x.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in [*records, {"ts": 1780000004123, "kind": "beat"}])
    )
    done = usagectl("doctor", "--suggest-map", tmp_path / "x.jsonl")
    text = done.stdout.decode()
    assert "where: {kind: completion}" in text
    assert "in 3 of 4 records" in text
    assert "# Not found: cost" in text
    (tmp_path / "map.yaml").write_text(text)
    shown = usagectl(
        "summary", tmp_path / "x.jsonl", "--map", tmp_path / "map.yaml", "--format", "json"
    )
    totals = json.loads(shown.stdout)["totals"]
    assert (totals["calls"], totals["failed"], totals["input_tokens"]) == (3, 1, 300)
    assert (totals["cache_read_tokens"], totals["duration_seconds"]) == (180, 4.5)


def test_what_looks_like_usage_is_told(tmp_path, usagectl):
    (tmp_path / "usage_metrics.jsonl").write_bytes(
        (FIXTURES / "runs/qwen9b/usage_metrics.jsonl").read_bytes()
    )
    (tmp_path / "other.log").write_text('{"who": "x", "prompt_tokens": 5, "max_tokens": 4}\n')
    done = usagectl("summary", tmp_path)
    assert b"with counts of tokens that no reader" in done.stderr
    assert b"other.log" in b"".join(done.stderr.split())
    told = b" ".join(usagectl("doctor", tmp_path).stdout.split())
    assert b"looks like usage (prompt_tokens)" in told
    alone = usagectl("summary", tmp_path / "other.log")
    assert alone.returncode == 3
    told = b" ".join(alone.stderr.split())
    assert b"looks like usage (prompt_tokens)" in told
    assert b"--suggest-map" in told


def test_no_native_reader_takes_what_only_looks_like_its_own(tmp_path):
    """Its tokens would be passed over without a word."""
    lines = {
        "gemini.jsonl": {
            "type": "result",
            "timestamp": "x",
            "session_id": "s",
            "status": "success",
        },
        "service.jsonl": {
            "timestamp": "2026-01-01T00:00:00",
            "success": True,
            "model": "m",
            "prompt_tokens": 5,
        },
        "events.jsonl": {"ts": "2026-01-01T00:00:00Z", "event": "session_end", "tokens": 5},
        "calls.jsonl": {"ts": "2026-01-01T00:00:00Z", "event": "llm_call", "prompt_tokens": 5},
    }
    for name, record in lines.items():
        (tmp_path / name).write_text(json.dumps(record) + "\n")
        file = SourceFile("r", str(tmp_path / name), "")
        assert claim(file) is None, name
