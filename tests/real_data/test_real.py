"""Real files with known truths, where USAGECTL_REAL_DATA names their directory."""

import json
import re
from itertools import pairwise

import pytest

pytestmark = pytest.mark.real_data

TREES = [
    "history/0/03_identify_potential_levers",
    "history/0/53_identify_potential_levers",
    "history/2/18_identify_documents",
    "history/2/23_identify_documents",
    "history/3/04_deduplicate_levers",
    "history/3/73_deduplicate_levers",
]
EXACT = (
    "calls",
    "failed",
    "billed_failures",
    "calls_without_usage",
    "input_tokens",
    "output_tokens",
)


def assert_totals(totals, expected):
    assert {name: totals[name] for name in EXACT} == {name: expected[name] for name in EXACT}
    assert totals["recorded_cost_usd"] == pytest.approx(expected["cost_usd"], abs=1e-7)
    assert totals["duration_seconds"] == pytest.approx(expected["duration_seconds"], abs=1e-6)


@pytest.mark.parametrize("tree", TREES)
def test_planexe_tree(real_data, summary, doctor, tree):
    """15,956 rows of such trees hold 9,002 calls: lines are not calls."""
    expected = json.loads((real_data / "planexe" / "expected.json").read_text())[tree]
    assert_totals(summary(real_data / "planexe" / tree)["totals"], expected)
    files = doctor(real_data / "planexe" / tree)["files"]
    rows = [file for file in files if file["reason"] == "usage rows"]
    assert sum(file["records"] for file in rows) == expected["rows"]
    assert len(rows) == expected["files"]


def test_all_planexe_trees_at_once(real_data, summary):
    expected = json.loads((real_data / "planexe" / "expected.json").read_text())
    together = {name: sum(tree[name] for tree in expected.values()) for name in expected[TREES[0]]}
    found = summary(*(real_data / "planexe" / tree for tree in TREES))
    assert_totals(found["totals"], together)
    assert len(found["runs"]) == len(TREES)
    assert_totals(summary(real_data / "planexe")["totals"], together)


def test_recorded_costs_against_prices(real_data, usagectl, report_of):
    """Every model is priced or named, and the text says why prices differ from what was paid."""
    expected = json.loads((real_data / "planexe" / "expected.json").read_text())
    recorded = sum(tree["cost_usd"] for tree in expected.values())
    run = ("summary", real_data / "planexe", "--cost-mode", "table")
    report = report_of(*run)
    totals = report["totals"]
    assert totals["recorded_cost_usd"] == pytest.approx(recorded, abs=1e-7)
    assert totals["cost_calls"] + totals["unpriced_calls"] == totals["calls"]
    # Those without tokens are all that has no price.
    assert totals["unpriced_calls"] == totals["calls_without_usage"]
    rows = {row["model"]: row for row in report["recorded_and_repriced"]}
    assert rows["all models"]["recorded_usd"] == pytest.approx(recorded, abs=1e-7)
    assert abs(rows["gpt-5-nano-2025-08-07"]["change"]) < 0.001
    done = usagectl(*run)
    assert "Recorded against prices" in done.stdout.decode()
    said = " ".join(done.stderr.decode().split())
    assert "openrouter charges what the provider that answered asks" in said
    assert report_of("summary", real_data / "planexe")["totals"]["cost_usd"] == pytest.approx(
        recorded, abs=1e-7
    )


@pytest.mark.parametrize("pair", list(pairwise(TREES[::2])) + list(pairwise(TREES)))
def test_planexe_trees_compared(real_data, diff, usagectl, pair):
    """Trees of two models: the text fits, its percentages and the parts are those of the json."""
    operands = [real_data / "planexe" / tree for tree in pair]
    report = diff(*operands)
    units = {"duration_seconds": 10**6, "cost_usd": 10**9}
    for row in report["totals"]:
        if row["measure"] in report["units"] and row["change"] is not None:
            shares = [p["amount"] for p in report["total_parts"] if p["measure"] == row["measure"]]
            change = row["change"] * units.get(row["measure"], 1)
            assert sum(shares) == pytest.approx(change, abs=1e-3)
    expected = {
        f"{(row['new'] - row['base']) / row['base'] * 100:+,.1f}%"
        for row in [*report["totals"], *report["groups"]]
        if row["base"] and row["new"] is not None
    }
    lines = usagectl("diff", *operands).stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    assert {text for line in lines for text in re.findall(r"[+-][\d,.]+%", line)} <= expected


def truth(real_data, case):
    return json.loads((real_data / "emitted" / case / "truth.json").read_text())


def test_planexe_mixed(real_data, summary):
    case = "planexe/run_mixed"
    true = truth(real_data, case)
    found = summary(real_data / "emitted" / case)
    totals = found["totals"]
    assert (totals["calls"], totals["failed"], totals["billed_failures"]) == (27, 10, 2)
    assert totals["input_tokens"] == true["file_facts"]["sum_input_tokens"]
    assert totals["output_tokens"] == true["file_facts"]["sum_output_tokens"]
    assert totals["recorded_cost_usd"] == pytest.approx(true["file_facts"]["sum_cost_usd"])
    # Recovered from the activity track; Anthropic's answers never come by there.
    assert totals["reasoning_tokens"] == true["reasoning_tokens"]
    assert totals["cache_read_tokens"] == true["cache_read_tokens"] - 2048
    assert {row["failure"]: row["calls"] for row in found["failures"]} == true["file_facts"][
        "error_labels"
    ]
    by_model = {row["model"]: row for row in found["by"]["model"]}
    for model in ("gpt-5-nano-2025-08-07", "openai/gpt-oss-20b", "llama3.1:latest"):
        for name in ("calls", "failed", "input_tokens", "output_tokens"):
            assert by_model[model][name] == true["per_model"][model][name], (model, name)
    assert any("without cached tokens" in notice["text"] for notice in found["notices"])


@pytest.mark.parametrize(
    "case", ["planexe/resume", "planexe/parallel/plan_a", "planexe/parallel/plan_b"]
)
def test_planexe_simple(real_data, summary, case):
    true = truth(real_data, case)
    totals = summary(real_data / "emitted" / case)["totals"]
    for name in ("calls", "failed", "billed_failures", "input_tokens", "output_tokens"):
        assert totals[name] == true[name], name


def test_planexe_parallel_plans_are_tasks(real_data, summary):
    found = summary(real_data / "emitted" / "planexe" / "parallel")
    assert {row["task"]: row["calls"] for row in found["by"]["task"]} == {"plan_a": 4, "plan_b": 6}
    assert any("disagree" in notice["text"] for notice in found["notices"])


def test_planexe_legacy(real_data, summary):
    true = truth(real_data, "planexe/legacy_shapes")["each_folder"]
    folders = sorted(
        p for p in (real_data / "emitted/planexe/legacy_shapes").iterdir() if p.is_dir()
    )
    assert len(folders) == 8
    for folder in folders:
        totals = summary(folder)["totals"]
        for name in ("calls", "failed", "input_tokens", "output_tokens"):
            assert totals[name] == true[name], (folder, name)
        assert totals["recorded_cost_usd"] == pytest.approx(true["cost_usd"])


def test_overview_generated_afterwards_agrees(real_data, summary):
    found = summary(real_data / "emitted/planexe/overview_generated_afterwards")
    assert found["totals"]["calls"] == 4
    assert not [n for n in found["notices"] if n["code"] == "overview-disagrees"]


def test_open_strix(real_data, summary, doctor):
    true = truth(real_data, "open-strix/session")["file"]
    found = summary(real_data / "emitted/open-strix/session")
    totals = found["totals"]
    assert (totals["calls"], totals["failed"]) == (true["llm_usage_events"] + 2, 2)
    assert totals["input_tokens"] == true["input_tokens"]
    assert totals["output_tokens"] == true["output_tokens"]
    assert totals["cache_read_tokens"] == true["cache_read_input_tokens"]
    assert totals["cache_write_tokens"] == true["cache_creation_input_tokens"]
    assert [stage["wall_seconds"] for stage in found["stages"]] == true["turn_seconds"]
    assert any("web_continue" in notice["text"] for notice in found["notices"])
    doctor(real_data / "emitted/open-strix/session")


def test_honcho_counts_the_log_and_not_the_metrics(real_data, summary, doctor):
    case = real_data / "emitted/honcho/deriver_process_1"
    true = truth(real_data, "honcho/deriver_process_1")
    found = summary(case)
    totals = found["totals"]
    assert (totals["calls"], totals["failed"], totals["billed_failures"]) == (14, 3, 1)
    assert totals["calls_without_usage"] == true["failed_no_answer"]
    assert totals["input_tokens"] == true["input_tokens_in_file"]
    assert totals["output_tokens"] == true["output_tokens_in_file"]
    assert totals["cache_read_tokens"] == true["cache_read_in_file"]
    assert totals["cache_write_tokens"] == true["cache_creation_in_file"]
    by_task = {row["task"]: row for row in found["by"]["task"]}
    for feature, expected in true["per_feature_in_file"].items():
        assert by_task[feature]["calls"] == expected["calls"]
        assert by_task[feature]["input_tokens"] == expected["input_tokens"]
        assert by_task[feature]["duration_seconds"] == pytest.approx(expected["latency_ms"] / 1000)
    assert not [n for n in found["notices"] if n["code"] == "metrics-disagree"]
    doctor(case)


def test_honcho_metrics_alone_give_the_same_totals(real_data, summary, tmp_path):
    case = real_data / "emitted/honcho/deriver_process_1"
    for name in ("metrics_1.prom", "metrics_2.prom"):
        (tmp_path / name).write_bytes((case / name).read_bytes())
    totals = summary(tmp_path)["totals"]
    assert (totals["calls"], totals["failed"]) == (14, 3)
    assert (totals["input_tokens"], totals["output_tokens"]) == (47580, 2162)
    assert (totals["cache_read_tokens"], totals["cache_write_tokens"]) == (8592, 2200)


@pytest.mark.parametrize(
    ("case", "cost"), [("priced_run", 0.005), ("failed_stage", 0.001997), ("killed_run", 0.002104)]
)
def test_codex_forge(real_data, summary, doctor, case, cost):
    true = truth(real_data, f"codex-forge/{case}")
    found = summary(real_data / "emitted/codex-forge" / case)
    totals = found["totals"]
    assert totals["calls"] == true["calls_file"]["rows"]
    assert totals["input_tokens"] == true["calls_file"]["input_tokens"]
    assert totals["output_tokens"] == true["calls_file"]["output_tokens"]
    assert totals["recorded_cost_usd"] == pytest.approx(cost, abs=1e-9)
    stages = [(s["task"], s["status"]) for s in found["stages"]]
    assert stages == [(s["id"], s["status"]) for s in true["file_facts"]["stages"]]
    assert found["runs"][0]["run"] == true["run_id"]
    doctor(real_data / "emitted/codex-forge" / case)


def test_codex_forge_without_instrumentation_has_no_answer(real_data, usagectl):
    done = usagectl("summary", real_data / "emitted/codex-forge/not_instrumented")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"--instrument" in done.stderr


def test_forge(real_data, summary, doctor):
    true = truth(real_data, "forge/mixed")
    found = summary(real_data / "emitted/forge/mixed")
    totals = found["totals"]
    assert (totals["calls"], totals["failed"]) == (true["ok"] + true["failed"], true["failed"])
    assert totals["calls_without_usage"] == true["failed"] + true["calls_ok_with_unknown_tokens"]
    assert totals["input_tokens"] == true["file"]["llm_call_input_tokens"]
    assert totals["output_tokens"] == true["file"]["llm_call_output_tokens"]
    assert totals["duration_seconds"] == true["file"]["llm_call_duration_ms"] / 1000
    assert len(found["stages"]) == 6
    codes = {notice["code"] for notice in found["notices"]}
    # Its truth, which lies beside it, has counts of tokens too.
    assert codes == {"input-excludes-cache", "cancelled-call-unseen", "unknown-usage-file"}
    doctor(real_data / "emitted/forge/mixed")


def test_forge_cancelled_call_with_an_event(real_data, summary):
    totals = summary(real_data / "emitted/forge/unused_shapes")["totals"]
    assert (totals["calls"], totals["failed"], totals["cancelled"]) == (3, 1, 1)
    assert (totals["input_tokens"], totals["output_tokens"]) == (400, 15)


def test_rows_in_another_zone_than_their_events_are_told(real_data, summary):
    """The writers lived an hour east of UTC, which nothing in the rows says."""
    tree = real_data / "planexe" / TREES[2]
    (notice,) = [n for n in summary(tree)["notices"] if n["code"] == "other-zone"]
    assert "5 plans lie 1 h after" in notice["text"]
    found = summary(tree, "--timezone", "Europe/Copenhagen")
    assert not [n for n in found["notices"] if n["code"] == "other-zone"]


def test_real_error_messages(real_data):
    """At least 98 % of the messages, and none of those that mislead substring rules."""
    import polars as pl

    from usagectl.failures.matching import EVIDENCE, verdicts
    from usagectl.failures.ruleset import load_rules

    lines = (real_data / "errors.jsonl").read_text().splitlines()
    known = [json.loads(line) for line in lines]
    said = pl.DataFrame({"message": [entry["message"] for entry in known]})
    evidence = said.match_to_schema(EVIDENCE, missing_columns="insert")
    found = verdicts(evidence, load_rules())["category"].fill_null("unknown").to_list()
    wrong = [
        entry
        for entry, category in zip(known, found, strict=True)
        if category not in (entry["category"], entry.get("alt"))
    ]

    assert [entry for entry in wrong if entry.get("trap")] == []
    assert len(wrong) <= 0.02 * len(known)


@pytest.mark.parametrize(
    ("tree", "error_id"),
    [
        ("history/2/18_identify_documents", "4e7f23194e1d"),
        ("history/2/23_identify_documents", "9edeae05cdf1"),
    ],
)
def test_false_auth_errors_are_corrected(real_data, report_of, tree, error_id):
    report = report_of("errors", real_data / "planexe" / tree, "--list")
    (failure,) = [entry for entry in report["list"] if entry["error_id"] == error_id]

    assert (failure["outcome"], failure["failure"]) == ("auth_error", "invalid_json")
    assert failure["found_by"] == "error_id"
    assert {(entry["from"], entry["to"]) for entry in report["corrections"]} == {
        ("auth_error", "invalid_json")
    }
