"""Traps that need a few lines each: how the five systems really write, and what must come out."""

import json
import shutil

import pytest

import usagectl


def write(folder, name, *lines):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n")
    return path


def totals(folder):
    return usagectl.summarize(usagectl.load(folder, timezone="UTC")).row(0, named=True)


def codes(folder):
    return {notice.code for notice in usagectl.load(folder, timezone="UTC").notices}


# PlanExe


def row(second, duration, model, success=True, **more):
    return {
        "timestamp": f"2026-03-20T10:{second // 60:02}:{second % 60:02}.{more.pop('us', 0):06}",
        "success": success,
        "model": model,
        "duration_seconds": duration,
        **more,
    }


def test_planexe_answer_with_cost_alone_is_an_answer(tmp_path):
    write(
        tmp_path, "usage_metrics.jsonl", row(10, 5, "P:a/m", cost_usd=0.5), row(10, 5.1, "m", us=9)
    )
    assert totals(tmp_path)["calls"] == 1


def test_planexe_rows_without_a_time_pair_with_their_neighbour(tmp_path):
    answer = row(10, 5, "P:a/m", input_tokens=5)
    attempt = row(10, 5.1, "m", success=False, error="invalid_json")
    del answer["timestamp"], attempt["timestamp"]
    write(tmp_path, "usage_metrics.jsonl", answer, attempt)
    found = totals(tmp_path)
    assert (found["calls"], found["failed"], found["billed_failures"]) == (1, 1, 1)


@pytest.mark.parametrize("shortest", [0.0, 0.02, 0.2])
def test_planexe_short_answer_among_those_of_other_workers(tmp_path, shortest):
    model = "gpt-5-nano-2025-08-07"
    answers = [
        row(10, 6.0, model, input_tokens=10),
        row(12, 4.0, model, input_tokens=10),
        row(12, shortest, model, input_tokens=10, us=500_000),
    ]
    attempt = row(14, 12, "openai-gpt-5-nano", us=900_000)
    write(tmp_path, "usage_metrics.jsonl", *answers, attempt)
    found = totals(tmp_path)
    # The attempt ends long after the last answer: it is taken for a fourth request.
    assert (found["calls"], found["input_tokens"], found["calls_without_usage"]) == (4, 30, 1)


def test_planexe_copy_of_a_file_is_told(tmp_path):
    path = write(tmp_path, "usage_metrics.jsonl", row(10, 5, "m", input_tokens=5))
    shutil.copy(path, tmp_path / "usage_metrics.bak.jsonl")
    assert totals(tmp_path)["calls"] == 2
    assert "copied-file" in codes(tmp_path)


def test_planexe_document_beside_rows_is_not_added(tmp_path):
    call = {"success": True, "llm_model": "m", "input_tokens": 5, "duration_seconds": 1.0}
    write(tmp_path, "usage_metrics.jsonl", row(10, 1, "m", input_tokens=5))
    write(tmp_path, "usage_metrics.json", {"summary": {"total_input_tokens": 5}, "calls": [call]})
    assert totals(tmp_path)["calls"] == 1


def test_planexe_document_that_ends_early_keeps_its_calls(tmp_path):
    call = {"success": True, "llm_model": "m", "input_tokens": 5, "task_name": "T"}
    text = json.dumps({"summary": {"total_calls": 3}, "calls": [call] * 3}, indent=2)
    write(tmp_path, "usage_metrics.json", text[:-90])
    usage = usagectl.load(tmp_path, timezone="UTC")
    assert usagectl.summarize(usage)["calls"].item() == 2
    assert len(usage.rejects) == 1


def test_planexe_thinking_beside_the_output_is_added_to_it(tmp_path):
    inside = row(10, 1, "m", input_tokens=10, output_tokens=8, thinking_tokens=5, total_tokens=18)
    beside = row(20, 1, "m", input_tokens=10, output_tokens=8, thinking_tokens=5, total_tokens=23)
    more = row(30, 1, "m", input_tokens=10, output_tokens=2, thinking_tokens=5)
    write(tmp_path, "usage_metrics.jsonl", inside, beside, more)
    found = totals(tmp_path)
    assert (found["output_tokens"], found["reasoning_tokens"]) == (8 + 13 + 7, 15)
    assert "reasoning-outside-output" in codes(tmp_path)


# honcho


def line(feature="f", model="m", outcome="success", tokens=(100, 10), tail="", prefix=""):
    return (
        f"{prefix}honcho.llm.call feature={feature} provider=openai model={model} outcome={outcome}"
        f" latency_ms=100 attempts=1 used_backup=false input_tokens={tokens[0]}"
        f" output_tokens={tokens[1]} cache_read_tokens=0 cache_creation_tokens=0 tool_calls=0"
        f" iterations=1{tail}"
    )


@pytest.mark.parametrize(
    "text",
    [
        line(),
        line(prefix="2026-05-04 12:00:00,123 - honcho.llm.call - INFO - "),
        line(prefix="2026-05-04T12:00:00.123456789Z stdout F "),
        line(tail="\x1b[0m", prefix="\x1b[32mINFO\x1b[0m "),
        json.dumps({"asctime": "2026-05-04 12:00:00,123", "message": line()}),
        json.dumps({"log": line() + "\n", "stream": "stdout"}),
        line(model="qwen2.5 coder:7b"),
    ],
    ids=["bare", "logging", "container", "colour", "json", "docker", "space in model"],
)
def test_honcho_line_in_any_wrapping(tmp_path, text):
    write(
        tmp_path,
        "app.log",
        "other line",
        text,
        line(outcome="error_other", tokens=(0, 0), tail=" error_class=X"),
    )
    usage = usagectl.load(tmp_path, timezone="UTC")
    found = usagectl.summarize(usage).row(0, named=True)
    assert (found["calls"], found["failed"], found["input_tokens"]) == (2, 1, 100)
    assert usage.rejects == ()


def test_honcho_call_late_in_a_long_log(tmp_path):
    write(tmp_path, "app.log", *['debug payload {"a": 1}'] * 5000, line())
    assert totals(tmp_path)["calls"] == 1


def snapshot(start, calls, tokens):
    labels = 'feature="f",model="m",namespace="honcho",provider="openai"'
    return (
        f"process_start_time_seconds {start}\n"
        f'llm_calls_total{{{labels},outcome="success"}} {calls}\n'
        f'llm_tokens_total{{{labels},token_type="input"}} {tokens}\n'
    )


def test_honcho_metrics_of_another_process_are_added(tmp_path):
    """The log ends before the other process began, although it holds as many calls."""
    write(tmp_path, "p1/d.log", *[line(prefix="2026-05-04 12:00:00,123 - x - ")] * 3)
    write(tmp_path, "p2/m.prom", snapshot(1_777_899_999, 2, 200))
    found = totals(tmp_path)
    assert (found["calls"], found["input_tokens"]) == (5, 500)


def test_honcho_metrics_of_the_process_of_a_log_elsewhere_are_not(tmp_path):
    write(tmp_path, "logs/d.log", *[line(prefix="2026-05-04 12:00:00,123 - x - ")] * 3)
    write(tmp_path, "metrics/m.prom", snapshot(1_777_800_000, 2, 200))
    assert totals(tmp_path)["calls"] == 3


def test_honcho_metrics_that_disagree_are_told(tmp_path):
    write(tmp_path, "d.log", line(prefix="2026-05-04 12:00:00,123 - x - "))
    write(tmp_path, "m.prom", snapshot(1_777_800_000, 7, 700))
    assert totals(tmp_path)["calls"] == 1
    assert "metrics-disagree" in codes(tmp_path)


# open-strix


def event(second, kind, session="s1", **more):
    return {
        "timestamp": f"2026-05-14T10:00:{second:02}.000001+00:00",
        "type": kind,
        "session_id": session,
        **more,
    }


def turn(second, *between, session="s1", **timing):
    source = {"source_event_type": "discord_message", "scheduler_name": None}
    return [
        event(second, "agent_invoke_start", session, **source),
        *between,
        event(second + 5, "turn_timing", session, **source, total_seconds=5.0, **timing),
    ]


def usage_event(second, session="s1", tokens=100):
    return event(second, "llm_usage", session, model="m", input_tokens=tokens, output_tokens=1,
                 cache_read_input_tokens=0, cache_creation_input_tokens=0)  # fmt: skip


def test_open_strix_copies_and_captured_output_count_once(tmp_path):
    events = turn(0, usage_event(3), agent_invoke_seconds=4.0)
    failed = [
        *turn(10, agent_invoke_seconds=0.0),
        event(16, "error", where="event_worker", error="x"),
    ]
    write(tmp_path, "logs/events.jsonl", *events, *failed)
    write(tmp_path, "logs/events.jsonl.20260514T101500Z", *events, *failed)
    write(tmp_path, "stdout.log", "booting", *events, *failed)
    found = usagectl.load(tmp_path, timezone="UTC")
    total = usagectl.summarize(found).row(0, named=True)
    assert (total["calls"], total["failed"], total["input_tokens"]) == (2, 1, 100)
    assert found.stages.collect().height == 2
    assert found.rejects == ()


def test_open_strix_turn_whose_provider_reports_no_usage_is_a_call(tmp_path):
    write(tmp_path, "events.jsonl", *turn(0, agent_invoke_seconds=4.0))
    found = totals(tmp_path)
    assert (found["calls"], found["calls_without_usage"], found["duration_seconds"]) == (1, 1, 4.0)
    assert "no-usage-reported" in codes(tmp_path)


def test_open_strix_error_after_an_answer_is_no_failed_call(tmp_path):
    events = turn(0, usage_event(3), agent_invoke_seconds=4.0)
    write(tmp_path, "events.jsonl", *events, event(6, "error", where="event_worker", error="git"))
    assert totals(tmp_path)["failed"] == 0


# codex-forge


def test_codex_forge_report_cut_short_keeps_what_is_whole(tmp_path):
    call = {"model": "m", "provider": "openai", "prompt_tokens": 100, "completion_tokens": 10,
            "cost": None, "stage_id": "a", "created_at": "2026-03-20T10:00:01Z"}  # fmt: skip
    stage = {"id": "a", "status": "done", "wall_seconds": 1.0, "llm_calls": [call]}
    pricing = {"models": {"m": {"prompt_per_1k": 1, "completion_per_1k": 2}}}
    report = {"schema_version": "instrumentation_run_v1", "run_id": "r", "pricing": pricing}
    later = {**stage, "id": "b", "llm_calls": [{**call, "created_at": "2026-03-20T10:00:02Z"}] * 2}
    text = json.dumps({**report, "stages": [stage, later], "totals": {}}, indent=2)
    write(tmp_path, "instrumentation.json", text[: text.rindex('"model"')])
    usage = usagectl.load(tmp_path, timezone="UTC")
    found = usagectl.summarize(usage).row(0, named=True)
    assert (found["calls"], found["recorded_cost_usd"]) == (2, 0.24)
    assert len(usage.rejects) == 1


def test_codex_forge_stage_with_totals_alone_stands_for_its_calls(tmp_path):
    totals_of = {"calls": 3, "prompt_tokens": 100, "completion_tokens": 10, "cost": 0.5}
    stage = {"id": "a", "status": "done", "llm_totals": totals_of}
    report = {
        "schema_version": "instrumentation_run_v1",
        "run_id": "r",
        "stages": [stage],
        "totals": {},
    }
    write(tmp_path, "instrumentation.json", json.dumps(report))
    found = totals(tmp_path)
    assert (found["calls"], found["input_tokens"], found["recorded_cost_usd"]) == (3, 100, 0.5)


# Forge


def audit(number, kind, task="t1", correlation="c1", **more):
    return {
        "ts": "2026-06-04T15:21:09Z",
        "event": kind,
        "seq": number,
        "correlation_id": correlation,
        "task_id": task,
        **more,
    }


def called(number, **more):
    return audit(number, "llm_call", model="m", provider="openai", input_tokens=100, output_tokens=10,
                 duration_ms=5, **more)  # fmt: skip


def done(number, calls, **more):
    sums = {
        "input_tokens_total": 100 * calls,
        "output_tokens_total": 10 * calls,
        "llm_call_count": calls,
    }
    return audit(number, "invocation_complete", fields=sums, duration_ms=9, **more)


def test_forge_two_tasks_of_one_correlation_are_two_invocations(tmp_path):
    write(tmp_path, "audit.log", called(1), called(1, task="t2"), done(2, 1), done(2, 1, task="t2"))
    assert totals(tmp_path)["calls"] == 2
    assert codes(tmp_path) == set()


def test_forge_rotated_trail_is_one(tmp_path):
    write(tmp_path, "audit.log.1", called(1), called(2))
    write(tmp_path, "audit.log", called(3), done(4, 3))
    assert totals(tmp_path)["calls"] == 3
    assert codes(tmp_path) == set()


def test_forge_missing_event_between_rotated_files_is_a_gap(tmp_path):
    write(tmp_path, "audit.log.1", called(1), called(2))
    write(tmp_path, "audit.log", done(4, 3))
    assert codes(tmp_path) == {"audit-gap", "invocation-disagrees"}


# Any


def test_several_formats_in_one_directory(tmp_path):
    write(tmp_path, "usage_metrics.jsonl", row(10, 5, "m", input_tokens=5))
    write(tmp_path, "app.log", line())
    write(tmp_path, "audit.ndjson", called(1), done(2, 1))
    write(tmp_path, "events.jsonl", *turn(0, usage_event(3), agent_invoke_seconds=4.0))
    usage = usagectl.load(tmp_path, timezone="UTC")
    by_format = usagectl.summarize(usage, by=["format"])
    assert dict(by_format.select("format", "calls").iter_rows()) == {
        "planexe": 1, "honcho": 1, "forge": 1, "open-strix": 1,
    }  # fmt: skip
    assert usagectl.summarize(usage)["input_tokens"].item() == 305


def test_files_are_known_by_content_and_not_by_name(tmp_path):
    write(tmp_path, "numbers.txt", row(10, 5, "m", input_tokens=5))
    assert totals(tmp_path)["calls"] == 1


def test_links_and_paths_may_be_path_objects(tmp_path):
    write(tmp_path, "usage_metrics.jsonl", row(10, 5, "m", input_tokens=5))
    usage = usagectl.load(tmp_path / "usage_metrics.jsonl", timezone="UTC")
    assert usagectl.summarize(usage, by=["task", "task"])["task"].to_list() == [None]
