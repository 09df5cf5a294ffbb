"""Documents are salvaged as lines are: every whole call counts, every damaged one has its line."""

import json

import pytest

import usagectl


def plan_call(i, **more):
    return {
        "timestamp": f"2026-03-20T10:00:{i:02}.000000",
        "success": True,
        "llm_model": "m",
        "duration_seconds": 1.0,
        "input_tokens": 100 + i,
        "output_tokens": 1,
        **more,
    }


def forge_call(i, stage):
    return {
        "schema_version": "instrumentation_call_v1",
        "model": "m",
        "provider": "openai",
        "prompt_tokens": 100 + i,
        "completion_tokens": 1,
        "request_id": None,
        "stage_id": stage,
        "created_at": f"2026-03-18T09:30:{i:02}.000000Z",
    }


def forge_stage(name, *numbers):
    return {
        "schema_version": "instrumentation_stage_v1",
        "id": name,
        "status": "done",
        "wall_seconds": 2.0,
        "llm_calls": [forge_call(i, name) for i in numbers],
        "llm_totals": {"calls": len(numbers), "prompt_tokens": 1, "completion_tokens": 1},
    }


REPORT = {
    "schema_version": "instrumentation_run_v1",
    "run_id": "r",
    "pricing": {"models": {"m": {"prompt_per_1k": 1, "completion_per_1k": 1}}, "default": {}},
    "stages": [forge_stage("a", 0, 1, 2), forge_stage("b", 3, 4, 5, 6)],
    "totals": {"calls": 7},
}
PLAN = {"calls": [plan_call(i) for i in range(5)], "summary": {"n": 5}}


def read(folder, name, text):
    """The input tokens of the calls, and the rejects with their lines."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    usage = usagectl.load(folder, timezone="UTC")
    calls = usage.calls.collect()
    (file,) = usage.files.iter_rows(named=True)
    others = file["merged"] + file["ignored"] + file["rejected"]
    assert file["records"] == calls.height + others
    assert file["rejected"] == len(usage.rejects)
    return sorted(calls["input_tokens"]), [(r.line, r.reason) for r in usage.rejects], usage


PRETTY = json.dumps(REPORT, indent=2)
COMPACT = json.dumps(REPORT)


def line_of(text, part, nth=1):
    at = -1
    for _ in range(nth):
        at = text.index(part, at + 1)
    return text.count("\n", 0, at) + 1


@pytest.mark.parametrize("text", [PRETTY, COMPACT], ids=["pretty", "compact"])
def test_lost_quote_in_the_first_call_of_a_report(tmp_path, text):
    damaged = text.replace('"provider": "openai', '"provider: "openai', 1)
    calls, rejects, usage = read(tmp_path, "instrumentation.json", damaged)
    assert calls == [101, 102, 103, 104, 105, 106]
    ((line, reason),) = rejects
    assert line == (line_of(text, '"model"') - 2 if text == PRETTY else 1)
    assert reason.startswith("the document is damaged: Expecting ':' delimiter")
    assert usage.calls.collect()["task"].to_list() == ["a", "a", *["b"] * 4]
    assert usage.stages.collect()["task"].to_list() == ["a", "b"]


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        ('"prompt_tokens": 101,', '"prompt_tokens": 101', [101]),
        ('"prompt_tokens": 101,', '"prompt_tokens": ,', [101]),
        ('"prompt_tokens": 101,', '"prompt_tokens": NaN,', [101]),
        ('"prompt_tokens": 101,', '"prompt_tokens": 10\0001,', [101]),
        ('"model": "m"', '"model": "\\udfff"', [100]),
        ('"run_id": "r"', '"run_id": r', []),
        ('"totals": {', '"totals": ', []),
        ('"status": "done"', '"status: "done"', []),
    ],
    ids=range(8),
)
def test_damage_costs_the_call_that_it_hit(tmp_path, old, new, lost):
    calls, rejects, _ = read(tmp_path, "instrumentation.json", PRETTY.replace(old, new, 1))
    assert calls == [n for n in range(100, 107) if n not in lost]
    ((line, _),) = rejects
    assert abs(line - line_of(PRETTY, old)) <= 6


def test_bytes_that_are_no_utf8_cost_the_call_that_holds_them(tmp_path):
    damaged = (
        PRETTY.encode()
        .replace(b'"model": "m"', b'"model": "\xff"', 1)
        .replace(b'"run_id": "r"', b'"run_id": "\xfe"')
    )
    calls, rejects, _ = read(tmp_path, "instrumentation.json", damaged)
    assert calls == [101, 102, 103, 104, 105, 106]
    assert rejects == [(line_of(PRETTY, '"model"') - 2, "not UTF-8 text")]


def test_report_that_ends_early(tmp_path):
    cut = PRETTY[: PRETTY.index('"prompt_tokens": 105')]
    calls, rejects, _ = read(tmp_path, "instrumentation.json", cut)
    assert calls == [100, 101, 102, 103, 104]
    assert rejects == [
        (cut.count("\n") + 1, "the report ends early: it is damaged, or was being rewritten")
    ]


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ('"summary": {"n": 5}', '"summary": {"n": 5}, "y": tru', 5),
        ('"summary": {"n": 5}}', '"summary": {"n": 5}}}', 5),
        ('"llm_model": "m"', '"llm_model: "m"', 4),
        ('"input_tokens": 102', '"input_tokens" 102', 4),
        ('"output_tokens": 1}, {', '"output_tokens": 1, {', 4),
        ('{"calls": [', '{"calls: [', 5),
    ],
    ids=range(6),
)
def test_compact_document_of_planexe(tmp_path, old, new, kept):
    text = json.dumps(PLAN).replace(old, new, 1)
    calls, rejects, _ = read(tmp_path, "usage_metrics.json", text)
    assert len(calls) == kept
    assert [line for line, _ in rejects] == [1]


def test_first_of_two_equal_keys_counts_in_documents_too(tmp_path):
    text = json.dumps(PLAN).replace('"input_tokens": 100', '"input_tokens": 7, "input_tokens": 9')
    assert read(tmp_path, "usage_metrics.json", text)[0] == [7, 101, 102, 103, 104]
    (tmp_path / "usage_metrics.json").unlink()
    text = PRETTY.replace('"prompt_tokens": 100', '"prompt_tokens": 7, "prompt_tokens": 9')
    assert read(tmp_path, "instrumentation.json", text)[0][:2] == [7, 101]


def test_refused_call_of_a_whole_document_has_its_line(tmp_path):
    text = json.dumps(PLAN, indent=1).replace('"input_tokens": 102', '"input_tokens": -2')
    _, rejects, _ = read(tmp_path, "usage_metrics.json", text)
    assert rejects == [(line_of(text, "{", 4), "input_tokens is negative (-2)")]


def test_pairs_that_are_merged_in_a_document_are_told(tmp_path):
    answer = plan_call(0, llm_model="Seller:m")
    attempt = {**plan_call(0), "timestamp": "2026-03-20T10:00:00.004000", "llm_model": "key"}
    for name in ("input_tokens", "output_tokens"):
        del attempt[name]
    text = json.dumps({"calls": [answer, attempt], "summary": {}})
    calls, rejects, usage = read(tmp_path, "usage_metrics.json", text)
    assert (calls, rejects) == ([100], [])
    assert usage.files.select("records", "merged").row(0) == (2, 1)


def test_deep_value_costs_no_call(tmp_path):
    text = PRETTY.replace('"totals": {', '"deep": ' + "[" * 3000 + "]" * 3000 + ', "totals": {')
    calls, rejects, _ = read(tmp_path, "instrumentation.json", text)
    assert calls == list(range(100, 107))
    assert rejects == [(1, "the document is damaged: nested too deeply")]


def test_foreign_line_before_a_document(tmp_path):
    text = '{"ts": "2026-04-21T15:02:30Z", "event": "llm_call"}\n' + PRETTY
    calls, rejects, _ = read(tmp_path, "instrumentation.json", text)
    assert calls == list(range(100, 107))
    assert [line for line, _ in rejects] == [2]
