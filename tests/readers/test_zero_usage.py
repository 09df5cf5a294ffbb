"""0 and 0 tokens are unknown in every format: nobody measured them."""

import json

import pytest

import usagectl


def planexe(tokens):
    return "usage_metrics.jsonl", [
        {
            "timestamp": f"2026-03-20T10:00:{second:02}",
            "success": second != 3,
            "model": "m",
            "duration_seconds": 1.5,
            "task_name": "t",
            "cost_usd": tokens / 1000,
            "input_tokens": tokens,
            "output_tokens": tokens,
        }
        for second in range(4)
    ]


def open_strix(tokens):
    return "events.jsonl", [
        {
            "timestamp": f"2026-05-14T10:00:{second:02}+00:00",
            "type": "llm_usage",
            "session_id": "s",
            "model": "m",
            "input_tokens": tokens,
            "output_tokens": tokens,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
        }
        for second in range(4)
    ]


def forge(tokens):
    return "audit.ndjson", [
        {
            "ts": f"2026-06-04T15:21:0{number}Z",
            "event": "llm_call",
            "seq": number,
            "correlation_id": "c",
            "task_id": "t",
            "model": "m",
            "provider": "openai",
            "input_tokens": tokens,
            "output_tokens": tokens,
            "duration_ms": 5,
        }
        for number in range(1, 5)
    ]


def codex_forge(tokens):
    return "instrumentation_calls.jsonl", [
        {
            "schema_version": "instrumentation_call_v1",
            "model": "m",
            "provider": "openai",
            "prompt_tokens": tokens,
            "completion_tokens": tokens,
            "cached": False,
            "request_ms": None,
            "request_id": None,
            "cost": None,
            "stage_id": "s",
            "run_id": "r",
            "created_at": f"2025-11-22T22:00:0{second}Z",
        }
        for second in range(4)
    ]


def honcho(tokens):
    return "honcho.log", [
        f"2026-05-14 10:00:0{second},000 INFO honcho.llm.call feature=f provider=p model=m"
        " outcome=success attempts=1 used_backup=False latency_ms=5"
        f" input_tokens={tokens} output_tokens={tokens} cache_read_tokens=0"
        " cache_creation_tokens=0 tool_calls=0 iterations=0"
        for second in range(4)
    ]


def load(folder, file):
    name, rows = file
    folder.mkdir()
    texts = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / name).write_text("\n".join(texts) + "\n")
    return usagectl.load(folder, timezone="UTC")


@pytest.mark.parametrize("of_format", [planexe, open_strix, forge, codex_forge, honcho])
def test_a_run_that_stops_reporting_its_usage_does_not_pass(tmp_path, of_format):
    base = load(tmp_path / "base", of_format(700))
    silent = load(tmp_path / "silent", of_format(0))
    found = usagectl.summarize(silent).row(0, named=True)
    assert (found["calls"], found["calls_without_usage"]) == (4, 4)
    assert (found["input_tokens"], found["output_tokens"]) == (None, None)
    assert found["cost_usd"] is None
    assert usagectl.check(usagectl.compare(base, silent), ["2x"]).exit_code == 3
    assert usagectl.check(usagectl.compare(base, base), ["2x"]).exit_code == 0


@pytest.mark.parametrize("of_format", [planexe, open_strix, forge])
def test_it_is_told(tmp_path, of_format):
    notices = load(tmp_path / "silent", of_format(0)).notices
    (notice,) = (notice for notice in notices if notice.code == "zero-usage")
    assert notice.affected == 4
    assert notice.text.startswith("4 calls with 0 input and 0 output tokens")
    there = load(tmp_path / "base", of_format(700)).notices
    assert "zero-usage" not in {notice.code for notice in there}


def test_nothing_given_out_is_a_measure(tmp_path):
    name, rows = planexe(0)
    rows[0] |= {"input_tokens": 5}
    rows[1] |= {"output_tokens": 5}
    found = usagectl.summarize(load(tmp_path / "run", (name, rows))).row(0, named=True)
    assert (found["input_tokens"], found["output_tokens"]) == (5, 5)
    assert found["calls_without_usage"] == 2
