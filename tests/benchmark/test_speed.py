"""Time ratios against a peer in the same run: `pytest -m benchmark -s`.

Times are printed and never asserted; that both sides computed the same totals is asserted.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from conftest import FIXTURES

from usagectl.comparison.rank_tests import mann_whitney_groups

pytestmark = pytest.mark.benchmark

# An installed program has its bytecode; one in a checkout compiles itself where none may be kept.
INSTALLED = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
RUNS = 10_000
CALLS = 63
ROUNDS = 5
BAD_LINES = 2
DUCKDB = """
import duckdb, json
duckdb.execute("SET enable_progress_bar = false")
rows = duckdb.sql(\"\"\"
    select model, count(*), count(*) filter (not success), sum(input_tokens), sum(output_tokens),
           sum(duration_seconds), sum(cost_usd)
    from read_json('{folder}/*/usage_metrics.jsonl', format='newline_delimited', columns={{
        timestamp: 'VARCHAR', success: 'BOOLEAN', model: 'VARCHAR', duration_seconds: 'DOUBLE',
        input_tokens: 'BIGINT', output_tokens: 'BIGINT', cost_usd: 'DOUBLE'}})
    group by model\"\"\").fetchall()
print(json.dumps([sum(map(float, column)) for column in list(zip(*rows))[1:]]))
"""
POLARS = """
import glob, json
import polars as pl
schema = {{"timestamp": pl.String, "success": pl.Boolean, "model": pl.String,
           "duration_seconds": pl.Float64, "input_tokens": pl.Int64, "output_tokens": pl.Int64,
           "cost_usd": pl.Float64}}
rows = pl.scan_ndjson(sorted(glob.glob("{folder}/*/usage_metrics.jsonl")), schema=schema).group_by("model").agg(
    pl.len(), (~pl.col("success")).sum().alias("failed"),
    pl.sum("input_tokens", "output_tokens", "duration_seconds", "cost_usd")).collect()
print(json.dumps([sum(map(float, column)) for column in list(zip(*rows.rows()))[1:]]))
"""
TOTALS = (
    "calls",
    "failed",
    "input_tokens",
    "output_tokens",
    "duration_seconds",
    "recorded_cost_usd",
)


def rows(dice, start=0, calls=CALLS, tasks=0):
    at = datetime(2026, 3, 20, tzinfo=UTC).replace(tzinfo=None) + timedelta(seconds=start)
    for _ in range(calls):
        model = dice.choice(
            ["DeepInfra:qwen/qwen3-30b-a3b", "gpt-5-nano-2025-08-07", "llama3.1:latest"]
        )
        seconds = round(dice.uniform(1, 60), 3)
        at += timedelta(seconds=seconds + dice.random())
        row = {
            "timestamp": at.isoformat(),
            "success": dice.random() > 0.02,
            "model": model,
            "duration_seconds": seconds,
        }
        if tasks:
            row["task_name"] = f"Task{dice.randrange(tasks)}"
        if row["success"]:
            row |= {
                "input_tokens": dice.randint(500, 9000),
                "output_tokens": dice.randint(50, 5000),
                "cost_usd": round(dice.random() / 1000, 7),
            }
        else:
            row |= {"error": "invalid_json", "error_id": f"{dice.getrandbits(48):012x}"}
        yield json.dumps(row)


@pytest.fixture(name="many", scope="module")
def _many(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    dice = random.Random(1)
    for number in range(RUNS):
        place = folder / f"run{number:05}"
        place.mkdir()
        (place / "usage_metrics.jsonl").write_text("\n".join(rows(dice, 7 * number)) + "\n")
    return folder


def seconds(*command):
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=INSTALLED)
    return time.perf_counter() - began


def output(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def totals_of_both(ours, peer):
    """Both add up the same files, so they must agree: a ratio of two other jobs says nothing."""
    totals = json.loads(output(*ours))["totals"]
    return [totals[name] for name in TOTALS], pytest.approx(json.loads(output(*peer)), rel=1e-9)


def report(name, budget, ours, peer):
    """Run both in turn, and print the median of the ratios of neighbours."""
    # The disk still writes what a test has just made, which would be timed with what reads it.
    os.sync()
    seconds(*ours), seconds(*peer)
    pairs = [(seconds(*ours), seconds(*peer)) for _ in range(ROUNDS)]
    ratios = [a / b for a, b in pairs]
    medians = [statistics.median(column) for column in zip(*pairs, strict=True)]
    print(
        f"\n{name}: {statistics.median(ratios):.2f} x (budget {budget} x; {min(ratios):.2f} to"
        f" {max(ratios):.2f}; {medians[0]:.2f} s against {medians[1]:.2f} s)"
    )


def usagectl(*arguments):
    return (sys.executable, "-m", "usagectl", *map(str, arguments))


def test_one_run_against_importing_polars():
    ours = usagectl("summary", FIXTURES / "runs" / "qwen9b")
    assert b" 63   calls" in output(*ours)
    report(
        "summary of 63 calls / import polars", 2.2, ours, (sys.executable, "-c", "import polars")
    )


def test_ten_thousand_runs_against_duckdb(many):
    ours = usagectl("summary", many, "--format", "json")
    peer = (sys.executable, "-c", DUCKDB.format(folder=many))
    found, expected = totals_of_both(ours, peer)
    assert found == expected
    report("10,000 runs / DuckDB", 1.1, ours, peer)


def test_ten_thousand_runs_against_polars(many):
    ours = usagectl("summary", many, "--format", "json")
    peer = (sys.executable, "-c", POLARS.format(folder=many))
    found, expected = totals_of_both(ours, peer)
    assert found == expected
    report("10,000 runs / bare Polars", "-", ours, peer)


def test_one_damaged_file_among_ten_thousand(many):
    ours = usagectl("summary", many, "--format", "json")
    damaged = many / "run05000" / "usage_metrics.jsonl"
    good = damaged.read_text()
    clean = statistics.median(seconds(*ours) for _ in range(ROUNDS))
    damaged.write_text(good + 'garbage\n{"success": true, "input_tokens": 1.5}\n' + good)
    try:
        assert json.loads(output(*ours))["rejected"] == BAD_LINES
        with_damage = statistics.median(seconds(*ours) for _ in range(ROUNDS))
    finally:
        damaged.write_text(good)
    print(f"\none damaged file among 10,000 / none: {with_damage / clean:.2f} x (budget 2 x)")


def test_one_large_file_against_polars(tmp_path):
    lines = rows(random.Random(2), calls=1_700_000)
    with (tmp_path / "usage_metrics.jsonl").open("w") as file:
        file.writelines(f"{line}\n" for line in lines)
    megabytes = (tmp_path / "usage_metrics.jsonl").stat().st_size // 1_000_000
    bare = POLARS.format(folder=tmp_path.parent).replace("*/", f"{tmp_path.name}/")
    ours, peer = usagectl("summary", tmp_path, "--format", "json"), (sys.executable, "-c", bare)
    found, expected = totals_of_both(ours, peer)
    assert found == expected
    report(f"one file of {megabytes} MB / bare Polars", 1.3, ours, peer)


def test_pricing_two_million_calls_of_forty_models(tmp_path):
    """Against the same summary of what was recorded alone; no call has a recorded cost."""
    from usagectl.pricing.chain import Chain

    dice = random.Random(3)
    sold = [name for name, offer in Chain().catalog.offers() if offer.seller == "openrouter"]
    keys = [f"openrouter:{name}" for name in dice.sample(sold, 40)]
    at = datetime(2026, 3, 20, tzinfo=UTC).replace(tzinfo=None)
    with (tmp_path / "usage_metrics.jsonl").open("w") as file:
        for number in range(2_000_000):
            moment = (at + timedelta(seconds=20 * number)).isoformat()
            file.write(
                f'{{"timestamp": "{moment}", "success": true, "model": "{dice.choice(keys)}",'
                f' "duration_seconds": 9.5, "input_tokens": {dice.randint(500, 300_000)},'
                f' "output_tokens": {dice.randint(50, 5000)}}}\n'
            )
    priced = usagectl("summary", tmp_path, "--format", "json")
    unpriced = usagectl("summary", tmp_path, "--format", "json", "--cost-mode", "recorded")
    totals = json.loads(output(*priced))["totals"]
    assert totals["catalog_cost_calls"] == totals["calls"] == 2_000_000
    assert json.loads(output(*unpriced))["totals"]["cost_calls"] == 0
    report("2 million calls priced / not priced", 1.15, priced, unpriced)


def test_pricing_costs_nothing_where_all_costs_are_recorded(many):
    priced = usagectl("summary", many, "--format", "json", "--where", "status=ok")
    unpriced = (*priced, "--cost-mode", "recorded")
    totals = json.loads(output(*priced))["totals"]
    assert totals["recorded_cost_calls"] == totals["cost_calls"] == totals["calls"]
    report("all costs recorded, auto / recorded", 1.0, priced, unpriced)


def test_two_large_runs_against_a_summary_of_one(tmp_path):
    for name, seed in (("a", 3), ("b", 4)):
        (tmp_path / name).mkdir()
        with (tmp_path / name / "usage_metrics.jsonl").open("w") as file:
            lines = rows(random.Random(seed), calls=1_000_000, tasks=63)
            file.writelines(f"{line}\n" for line in lines)
    ours = usagectl("diff", tmp_path / "a", tmp_path / "b", "--format", "json")
    peer = usagectl("summary", tmp_path / "a", "--format", "json")
    found, totals = json.loads(output(*ours))["totals"], json.loads(output(*peer))["totals"]
    assert {row["measure"]: row["base"] for row in found}["calls"] == totals["calls"]
    report("diff of two runs of a million calls / summary of one", 2.3, ours, peer)


def test_ten_thousand_groups_are_tested_at_once():
    dice = random.Random(5)
    samples = [
        (group, side, dice.randint(0, 30) if group % 2 else dice.random())
        for group in range(10_000)
        for side in (False, True)
        for _ in range(12)
    ]
    frame = pl.DataFrame(samples, schema=["group", "new", "value"], orient="row").lazy()
    began = time.perf_counter()
    assert mann_whitney_groups(frame, ["group"]).height == 10_000
    print(f"\n10,000 groups of 12 against 12: {time.perf_counter() - began:.2f} s (budget 2 s)")


def test_regress_of_two_runs(many):
    """Peer: a Python that imports Polars and nothing else. Both sides of the check are verified."""
    runs = (str(many / "run00000"), str(many / "run00001"))
    ours = (sys.executable, "-m", "usagectl", "regress", *runs, "--threshold", "1000x")
    assert b"PASSED" in output(*ours)
    report("regress of two 63-call runs", 2.6, ours, (sys.executable, "-c", "import polars"))
