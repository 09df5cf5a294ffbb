"""A summary is the same, byte for byte, however its files lie and are read."""

import gzip
import json
import random
import re

import pytest
from planexe_rows import Plan, as_lines, written

from usagectl.commands.screen import rendered
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.load import load
from usagectl.dataset.shard import Sizes
from usagectl.model.names import OutputFormat
from usagectl.reports.summary import summary_report

MEGABYTE = 1024 * 1024
SMALL, LARGE = Sizes(0, 0, MEGABYTE, 0), Sizes(1 << 30, 1 << 30, 1 << 30, 0)


def planexe_lines():
    frame, _ = written("everywhere", Plan(workers=4, calls=9000, anthropic=0.05, fails=0.05))
    return [f"{line}\n" for line in as_lines(frame)]


def codex_lines():
    dice = random.Random("codex")
    for number in range(9000):
        call = {
            "schema_version": "instrumentation_call_v1",
            "model": dice.choice(["gpt-5-nano", "gpt-4.1"]),
            "provider": "openai",
            "prompt_tokens": dice.randint(1, 9000),
            "completion_tokens": dice.randint(1, 900),
            "request_ms": dice.randint(100, 90_000),
            "stage_id": f"stage{number % 7}",
            "run_id": "r1",
            "created_at": f"2026-03-{1 + number // 400:02}T{number // 20 % 20:02}:{number % 20:02}:00Z",
        }
        yield json.dumps(call) + "\n"


NAMES = {"planexe": "usage_metrics.jsonl", "codex": "instrumentation_calls.jsonl"}


def summary_of(folder, sizes, cache=None):
    usage = load(f"run={folder}", timezone="UTC", sizes=sizes, cache=cache, evidence=False)
    text = rendered("summary", summary_report(usage), OutputFormat.JSON, 100)
    files = len([path for path in folder.rglob("*") if path.is_file()])
    assert f'"files": {files}' in text
    # How many files there are, and where they lie, is all that may differ.
    return re.sub(r'"source":"[^"]*"', "", text.replace(f'"files": {files}', ""))


@pytest.mark.parametrize("kind", NAMES)
def test_summary(tmp_path, kind):
    lines = list(planexe_lines() if kind == "planexe" else codex_lines())
    one, many, packed = (tmp_path / name for name in ("one", "many", "packed"))
    for folder in (one, many, packed):
        folder.mkdir()
    (one / NAMES[kind]).write_text("".join(lines))
    (packed / f"{NAMES[kind]}.gz").write_bytes(gzip.compress("".join(lines).encode(), 1))
    whole = summary_of(one, LARGE)
    assert summary_of(one, SMALL) == whole
    assert summary_of(packed, LARGE) == whole
    cache = Cache(str(tmp_path / "cache"))
    for _ in range(3):
        assert summary_of(one, SMALL, cache) == whole
    if kind == "codex":
        # In files of their own lines are read apart; PlanExe's would lose pairs at their ends.
        for number in range(100):
            part = lines[number::100]
            (many / f"instrumentation_calls{number:02}.jsonl").write_text("".join(part))
        for sizes in (SMALL, LARGE):
            assert summary_of(many, sizes) == whole
