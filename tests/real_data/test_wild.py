"""The files of others' systems give what is known of them: `wild/expected.json` of the shared data."""

import json
import os
from pathlib import Path

import polars as pl
import pytest

import usagectl

pytestmark = pytest.mark.real_data
DATA = Path(os.environ.get("USAGECTL_REAL_DATA", "")) / "wild"
NAMES = "calls input_tokens cache_read_tokens cache_write_tokens output_tokens reasoning_tokens"


@pytest.fixture(scope="module")
def expected():
    return json.loads((DATA / "expected.json").read_text())


def sums(*files):
    usage = usagectl.load(*map(str, files), timezone="UTC", evidence=False)
    calls = usage.calls.collect()
    found = calls.select(pl.col(NAMES.split()).sum()).row(0, named=True)
    cost = calls["recorded_cost_nanousd"].sum() / 1e9
    return {**found, "cost": cost, "usage": usage, "frame": calls}


def merged(found):
    return sum(n.affected for n in found["usage"].notices if n.code == "merged-records")


def test_claude_code(expected):
    cases = {name: told for name, told in expected.items() if name.startswith("claude-code/")}
    assert len(cases) == 6
    for name, told in cases.items():
        right = told["expected_dedup"]
        found = sums(DATA / name.removesuffix(" (2 files)"))
        assert found["calls"] == told["calls"], name
        assert found["input_tokens"] == right["input_inclusive"], name
        assert found["cache_read_tokens"] == right["cache_read"], name
        assert found["cache_write_tokens"] == right["cache_creation"], name
        assert found["output_tokens"] == right["output"], name
        assert merged(found) == told["raw_usage_lines"] - told["calls"], name


def test_codex(expected):
    cases = {name: told for name, told in expected.items() if name.startswith("codex/")}
    assert len(cases) == 5
    for name, told in cases.items():
        final = told["final_total_token_usage"]
        # In one made by hand reasoning is outside of the output, as its totals say.
        outside = final["total_tokens"] - final["input_tokens"] - final["output_tokens"]
        found = sums(DATA / name)
        assert found["calls"] == told["token_count_events_distinct"], name
        assert found["input_tokens"] == final["input_tokens"], name
        assert found["cache_read_tokens"] == final["cached_input_tokens"], name
        assert found["output_tokens"] == final["output_tokens"] + outside, name
        assert found["reasoning_tokens"] == final["reasoning_output_tokens"], name
        assert merged(found) == told["duplicate_events"], name


def test_gemini_cli(expected):
    ((name, told),) = ((n, t) for n, t in expected.items() if n.startswith("gemini-cli/"))
    found, right = sums(DATA / name), told["canonical"]
    assert (found["calls"], found["frame"]["tool_calls"].sum()) == (11, 10)
    assert found["input_tokens"] == right["input_tokens"]
    assert found["cache_read_tokens"] == right["cache_read_tokens"]
    assert found["output_tokens"] == right["output_tokens_inclusive"]
    assert found["reasoning_tokens"] == right["reasoning_tokens"]


def test_opentelemetry_events(expected):
    told = expected["otel/codemie-otel-events.sample.jsonl"]
    found, raw = sums(DATA / "otel"), told["raw"]
    assert found["calls"] == told["api_request_events"]
    assert found["input_tokens"] == told["input_inclusive"]
    assert found["output_tokens"] == raw["output_tokens"]
    assert found["cache_read_tokens"] == raw["cache_read_tokens"]
    assert found["cache_write_tokens"] == raw["cache_creation_tokens"]
    assert found["cost"] == pytest.approx(raw["cost_usd"])


def test_openinference_and_genai_attributes():
    found = sums(DATA / "openinference")
    assert (found["calls"], found["input_tokens"], found["output_tokens"]) == (2, 194, 104)


def test_inspect_ai(expected):
    cases = {name: told for name, told in expected.items() if name.startswith("inspect-ai/")}
    assert len(cases) == 3
    for name, told in cases.items():
        (right,) = told["stats.model_usage (file-reported)"].values()
        found = sums(DATA / name)
        assert found["calls"] == max(told["samples"], 1), name
        assert found["input_tokens"] == right["input_tokens"], name
        assert found["output_tokens"] == right["output_tokens"], name


def test_aider(expected):
    told = expected["aider/sample-analytics.jsonl"]
    found = sums(DATA / "aider")
    assert found["calls"] == told["message_send"]
    assert found["input_tokens"] == told["prompt_tokens"]
    assert found["output_tokens"] == told["completion_tokens"]
    assert found["cost"] == pytest.approx(told["cost_sum"])
    by_model = found["frame"].group_by("model").agg(pl.col("calls").sum())
    assert dict(by_model.iter_rows()) == told["by_model"]


def test_swe_agent(expected):
    ((name, told),) = ((n, t) for n, t in expected.items() if n.startswith("swe-agent/"))
    found, stats = sums(DATA / name), told["model_stats"]
    assert found["calls"] == stats["api_calls"]
    assert found["input_tokens"] == stats["tokens_sent"]
    assert found["output_tokens"] == stats["tokens_received"]
    assert found["cost"] == pytest.approx(stats["instance_cost"])


def test_langfuse(expected):
    cases = {name: told for name, told in expected.items() if name.startswith("langfuse/")}
    assert len(cases) == 2
    for name, told in cases.items():
        found = sums(DATA / name)
        assert found["calls"] == told["leaf_generations"], name
        assert found["input_tokens"] == told["leaf_usage"]["input"], name
        assert found["output_tokens"] == told["leaf_usage"]["output"], name
        assert found["cost"] == pytest.approx(told["leaf_cost"]), name


def test_copilot_cli(expected):
    told = expected["copilot-cli/ccusage-session-a-events.jsonl"]["final"]
    found = sums(DATA / "copilot-cli/ccusage-session-a-events.jsonl")
    assert found["input_tokens"] == told["inputTokens_inclusive"]
    assert found["output_tokens"] == told["output"]
    assert found["cache_read_tokens"] == told["cacheRead"]
    assert found["cache_write_tokens"] == told["cacheWrite"]
    assert found["reasoning_tokens"] == told["reasoning"]


def test_openai_batch(expected):
    told = expected["batch/openai-batch-output-litellm.jsonl"]
    found = sums(DATA / "batch")
    assert found["calls"] == told["calls"]
    assert found["input_tokens"] == told["prompt_tokens"]
    assert found["output_tokens"] == told["completion_tokens"]


def test_litellm(expected):
    told = expected["litellm/*"]
    for path in sorted((DATA / "litellm").iterdir()):
        found = sums(path)
        assert found["calls"] == told["calls"]
        assert found["input_tokens"] == told["prompt_tokens"]
        assert found["output_tokens"] == told["completion_tokens"]
        assert found["cost"] == pytest.approx(told["spend"])
        times = found["frame"].select("duration_us", "first_token_us").row(0)
        assert times == (round(told["duration_s"] * 1e6), round(told["ttft_s"] * 1e6))


def test_mlflow(expected):
    ((name, told),) = ((n, t) for n, t in expected.items() if n.startswith("mlflow/"))
    found = sums(DATA / name)
    assert found["calls"] == told["llm_calls"]
    assert found["input_tokens"] == told["input"]
    assert found["output_tokens"] == told["output"]
    assert found["cache_read_tokens"] == told["cache_read"]
    assert found["cost"] == pytest.approx(told["cost"])


def test_opencode(expected):
    told = expected["opencode/*"]["each"]
    paths = sorted((DATA / "opencode").rglob("*.json"))
    assert len(paths) == 3
    for path in paths:
        found = sums(path)
        assert found["calls"] == 1, path
        assert found["input_tokens"] == told["input_inclusive"], path
        assert found["output_tokens"] == told["output"], path
    # The part repeats one of the answers.
    assert sums(DATA / "opencode")["calls"] == 2


def test_prometheus(expected):
    told = expected["prometheus/envoy-ai-gateway-genai.prom"]
    frame = sums(DATA / "prometheus")["frame"]
    assert frame.height == told["rows"]
    labels = frame.with_columns(namespace=pl.col("tags").str.json_path_match("$.k8s_namespace"))
    for namespace in ("marketing", "sales"):
        row = labels.filter(namespace=namespace).row(0, named=True)
        right = told[namespace]
        assert (row["calls"], row["input_tokens"]) == (right["requests"], right["input"])
        assert row["output_tokens"] == right.get("output")
    row = labels.filter(model="gpt-4o").row(0, named=True)
    assert (row["calls"], row["input_tokens"]) == (4, 800)
    assert row["output_tokens"] is None
    assert row["duration_us"] / row["calls"] == told["gpt-4o"]["mean_latency_ms"] * 1000


def test_every_file_is_claimed():
    usage = usagectl.load(*(str(p) for p in sorted(DATA.iterdir()) if p.is_dir()), evidence=False)
    assert usage.unclaimed == ()
