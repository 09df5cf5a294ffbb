"""Rows as PlanExe's workers write them, of which it is known which belong together."""

import datetime as dt
import json
import random
from typing import NamedTuple

import polars as pl

START = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
_MODELS = (
    ("openai-gpt-5-nano", "gpt-5-nano-2025-08-07"),
    ("openrouter-qwen3-30b-a3b", "DeepInfra:qwen/qwen3-30b-a3b"),
    ("openrouter-gemini-flash", "Google:google/gemini-2.0-flash-001"),
    ("ollama-llama3.1", "llama3.1:latest"),
)
_ANTHROPIC = "anthropic-claude-haiku-4-5-pinned"


class Plan(NamedTuple):
    """What workers do: how often an attempt fails, is refused, holds several answers, is cut."""

    workers: int = 1
    calls: int = 100
    fails: float = 0.03
    refused: float = 0.01
    several: float = 0.05
    cut: float = 0.01
    anthropic: float = 0.0
    seconds: float = 4.0


def written(seed, plan):
    """The rows of a file, and for each row that of its attempt, or None.

    An attempt is cut where its worker is killed before it writes the attempt's own row.
    """
    dice = random.Random(f"planexe {seed}")
    events = []
    for worker in range(plan.workers):
        now = dice.random() * plan.seconds
        for call in range(plan.calls // plan.workers):
            now = _attempt(dice, plan, now + dice.expovariate(20), (worker, call), events)
    events.sort(key=lambda event: event[0])
    attempts = {name: i for i, (*_, name, is_attempt) in enumerate(events) if is_attempt}
    truth = [None if own else attempts.get(name) for *_, name, own in events]
    return _frame(events), truth


def _attempt(dice, plan, began, name, events):
    if dice.random() < plan.anthropic:
        ended = began + _length(dice, plan)
        ok = dice.random() >= plan.fails
        events.append((ended, ended - began, _ANTHROPIC, ok, ok, name, True))
        return ended
    key, model = dice.choice(_MODELS)
    if dice.random() < plan.refused:
        ended = began + dice.uniform(0.1, 1)
        events.append((ended, ended - began, key, False, False, name, True))
        return ended
    now = began
    for _ in range(dice.choice([2, 3]) if dice.random() < plan.several else 1):
        asked = now + dice.uniform(0, 0.02)
        now = asked + _length(dice, plan)
        events.append((now, now - asked, model, True, True, name, False))
    if dice.random() < plan.cut:
        return now
    ended = now + dice.choice([0.001, 0.01, 0.2]) * dice.random()
    ok = dice.random() >= plan.fails
    events.append((ended, ended - began, key, ok, False, name, True))
    return ended


def _length(dice, plan):
    return max(0.05, dice.lognormvariate(0, 0.8) * plan.seconds)


def _frame(events):
    return pl.DataFrame(
        {
            "file": [0] * len(events),
            "ended_at": [START + dt.timedelta(seconds=event[0]) for event in events],
            "success": [event[3] for event in events],
            "model": [event[2] for event in events],
            "duration_us": [round(event[1] * 1000) * 1000 for event in events],
            "has_tokens": [event[4] for event in events],
        },
        schema_overrides={"file": pl.UInt32, "ended_at": pl.Datetime("us", "UTC")},
    )


def as_lines(frame):
    """The rows as PlanExe writes them into a file."""
    tasks = ("IdentifyRisks", "MakeAssumptions", "ReviewPlan")
    for number, row in enumerate(frame.iter_rows(named=True)):
        line = {
            "timestamp": row["ended_at"].replace(tzinfo=None).isoformat(timespec="microseconds"),
            "success": row["success"],
            "model": row["model"],
            "duration_seconds": row["duration_us"] / 1e6,
            "task_name": tasks[number % 3],
        }
        if row["has_tokens"]:
            line |= {"input_tokens": 100 + number % 77, "output_tokens": 1 + number % 13}
        elif not row["success"]:
            line |= {"error": "timeout", "error_id": f"{number:012x}"}
        yield json.dumps(line)
