"""Invented usage files of any size, for measuring: seeded, and not kind.

Each writer adds whole lines to a file until it has the bytes that are asked for.
"""

import datetime as dt
import heapq
import itertools
import json
import random
from pathlib import Path

START = dt.datetime(2026, 3, 20, 9, tzinfo=dt.UTC)
_MODELS = (
    ("openrouter-qwen3", "DeepInfra:qwen/qwen3-30b-a3b"),
    ("openai-gpt-5-nano", "gpt-5-nano-2025-08-07"),
    ("ollama-llama3.1", "llama3.1:latest"),
)
_ANTHROPIC = ("anthropic-claude-haiku-4-5", "anthropic:claude-haiku-4-5")
_ERRORS = ("rate_limit", "timeout", "server_error", "invalid_json")
_TASKS = [f"Task{number:02}" for number in range(40)]


def _calls(dice, began=0.0, failing=0.03, anthropic=0.0):
    """One worker's calls, each a few seconds after the other, without an end."""
    now = began
    for _ in itertools.count():
        key, model = _ANTHROPIC if dice.random() < anthropic else dice.choice(_MODELS)
        seconds = min(300.0, dice.lognormvariate(1.5, 0.8))
        now += seconds + dice.random()
        yield {
            "end": now,
            "seconds": round(seconds, 3),
            "key": key,
            "model": model,
            "task": dice.choice(_TASKS),
            "ok": dice.random() >= failing,
            "input": dice.randint(500, 9000),
            "output": dice.randint(50, 5000),
            "id": f"{dice.getrandbits(48):012x}",
            "error": dice.choice(_ERRORS),
        }


def _at(seconds):
    moment = START + dt.timedelta(seconds=seconds)
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def _planexe_row(call):
    row = {
        "timestamp": _at(call["end"]),
        "success": call["ok"],
        "model": call["model"] if call["ok"] else call["key"],
        "duration_seconds": call["seconds"],
        "task_name": call["task"],
    }
    if call["ok"]:
        tokens = {"input_tokens": call["input"], "output_tokens": call["output"]}
        return row | tokens | {"cost_usd": round(call["output"] * 4e-7, 9)}
    return row | {"error": call["error"], "error_id": call["id"]}


def planexe_calls(dice, failing=0.03, anthropic=0.0):
    """Calls alone, of which some fail."""
    for call in _calls(dice, 0.0, failing, anthropic):
        yield call["end"], json.dumps(_planexe_row(call))


def planexe_attempts(dice, began=0.0, failing=0.03, anthropic=0.0):
    """The answers and attempts of one worker; an attempt that fails has its answer too, or none."""
    for call in _calls(dice, began, failing, anthropic):
        if call["ok"] or dice.random() < 0.5:
            yield call["end"], json.dumps(_planexe_row({**call, "ok": True}))
        end = call["end"] + dice.random() * 0.02
        row = _planexe_row({**call, "ok": False, "end": end})
        row["success"] = call["ok"]
        if call["ok"]:
            del row["error"], row["error_id"]
        yield end, json.dumps(row)


def planexe_workers(dice, failing=0.03, anthropic=0.0):
    """Eight workers at once, in the order in which they write."""
    workers = [
        planexe_attempts(random.Random(dice.random()), dice.random() * 9, failing, anthropic)
        for _ in range(8)
    ]
    yield from heapq.merge(*workers)


def open_strix(dice):
    """Turns of an agent: their start, an answer, a tool, and their timing."""
    for number, call in enumerate(_calls(dice)):
        event = {"session_id": "20260320T090000Z-1a2b3c4d", "source_event_type": "discord_message"}
        began = call["end"] - call["seconds"]
        used = {"input_tokens": call["input"], "output_tokens": call["output"]}
        used["cache_read_input_tokens"] = call["input"] // 3
        model = {"model": call["model"]}
        failed = {"error": f"Error {call['error']} {call['id']}", "error_class": "APIError"}
        for at, kind, more in (
            (began, "agent_invoke_start", {"channel_id": str(number % 9)}),
            (call["end"], "llm_usage", model | used)
            if call["ok"]
            else (call["end"], "error", failed),
            (call["end"] + 0.001, "turn_timing", {"agent_invoke_seconds": call["seconds"]}),
        ):
            yield at, json.dumps({"timestamp": _at(at) + "+00:00", "type": kind, **event, **more})


def forge(dice):
    """Audit events: the calls of invocations of six calls each, and the totals of these."""
    for number, call in enumerate(_calls(dice)):
        event = {
            "ts": _at(call["end"])[:19] + "Z",
            "event": "llm_call" if call["ok"] else "llm_call_failed",
            "schema_version": "1.0",
            "seq": number % 6 + 1,
            "correlation_id": f"{number // 6:016x}",
            "task_id": f"task-{number // 6}",
            "workflow_id": call["task"],
            "model": call["model"],
            "provider": "openrouter",
            "duration_ms": round(call["seconds"] * 1000),
            "request_id": call["id"],
        }
        if call["ok"]:
            event |= {"input_tokens": call["input"], "output_tokens": call["output"]}
        else:
            event |= {"tokens_unavailable": True, "fields": {"error": call["error"]}}
        yield call["end"], json.dumps(event)


def codex_forge(dice):
    """The calls file, which has no failures."""
    for call in _calls(dice, failing=0):
        yield (
            call["end"],
            json.dumps(
                {
                    "schema_version": "instrumentation_call_v1",
                    "model": call["model"],
                    "provider": "openai",
                    "prompt_tokens": call["input"],
                    "completion_tokens": call["output"],
                    "request_ms": round(call["seconds"] * 1000),
                    "request_id": call["id"],
                    "stage_id": call["task"],
                    "run_id": "r1",
                    "created_at": _at(call["end"]) + "Z",
                }
            ),
        )


def honcho(dice):
    """Call lines of a log."""
    for call in _calls(dice):
        ok = call["ok"]
        yield (
            call["end"],
            (
                f"{_at(call['end'])[:23]} INFO honcho.llm.call feature={call['task']} provider=openai"
                f" model={call['model']} outcome={'success' if ok else 'error_timeout'}"
                f" latency_ms={round(call['seconds'] * 1000)} attempts=1 used_backup=false"
                f" input_tokens={call['input'] * ok} output_tokens={call['output'] * ok}"
                " cache_read_tokens=0 cache_creation_tokens=0 tool_calls=0 iterations=0"
            ),
        )


NAMES = {
    "open_strix": "events.jsonl",
    "forge": "audit.ndjson",
    "codex_forge": "instrumentation_calls.jsonl",
    "honcho": "llm_calls.log",
}


def write(folder, lines, size, name="usage_metrics.jsonl"):
    """Write lines into a file of a folder, until it has at least so many bytes."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    written = 0
    with (Path(folder) / name).open("w") as file:
        for _, line in lines:
            file.write(line + "\n")
            written += len(line) + 1
            if written >= size:
                break
    return folder


def runs(folder, lines, size, calls=63):
    """Write runs of so many lines each, until they have at least so many bytes together."""
    written = number = 0
    while written < size:
        text = "".join(f"{line}\n" for _, line in itertools.islice(lines, calls))
        run = Path(folder) / f"run{number:05}"
        run.mkdir(parents=True)
        (run / "usage_metrics.jsonl").write_text(text)
        written += len(text)
        number += 1
    return folder
