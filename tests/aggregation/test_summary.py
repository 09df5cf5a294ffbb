"""Metrics of literal frames: what is unknown stays unknown, and coverage says so."""

import polars as pl
import pytest

from usagectl.aggregation.metrics import grouped, prepared
from usagectl.model.names import Key, Metric
from usagectl.model.schema import CALLS, known_sum


def calls(*rows):
    """Rows of the calls frame; what is not given is null, a row stands for one ok call."""
    base = {"granularity": "call", "calls": 1, "status": "ok"}
    return pl.DataFrame(
        [{**dict.fromkeys(CALLS), **base, **row} for row in rows], schema=CALLS
    ).lazy()


def totals(*rows):
    return grouped(prepared(calls(*rows), [], "UTC"), []).collect().row(0, named=True)


def test_unknown_is_null_and_not_zero():
    found = totals({"status": "failed"})
    assert found[Metric.CALLS] == found[Metric.FAILED] == found[Metric.CALLS_WITHOUT_USAGE] == 1
    for metric in ("input_tokens", "output_tokens", "total_tokens", "duration_seconds",
                   "tokens_per_second", "recorded_cost_usd", "duration_p50_seconds", "failed_tokens"):  # fmt: skip
        assert found[metric] is None, metric


def test_known_zero_is_zero():
    found = totals({"input_tokens": 0, "output_tokens": 0, "duration_us": 0})
    assert (found["input_tokens"], found["total_tokens"], found["duration_seconds"]) == (0, 0, 0)
    assert found["calls_without_usage"] == 0
    assert found["tokens_per_second"] is None


def test_throughput_is_a_ratio_of_sums_over_calls_that_have_both():
    found = totals(
        {"output_tokens": 100, "duration_us": 1_000_000},
        {"output_tokens": 300, "duration_us": 9_000_000},
        {"output_tokens": 1000},
        {"duration_us": 5_000_000},
    )
    assert found["tokens_per_second"] == 40.0
    assert found["tokens_per_second_calls"] == 2
    assert found["duration_calls"] == 3
    assert found["output_calls"] == 3


def test_percentiles_interpolate_and_leave_windows_out():
    found = totals(
        {"duration_us": 1_000_000},
        {"duration_us": 3_000_000},
        {"duration_us": 900_000_000, "granularity": "window", "calls": 10},
    )
    assert found["duration_p50_seconds"] == 2.0
    assert found["duration_p95_seconds"] == pytest.approx(2.9)
    assert found["calls"] == 12


def test_rows_that_stand_for_many_calls_count_as_many():
    found = totals({"granularity": "window", "calls": 7, "status": "failed", "input_tokens": 5})
    assert (found["failed"], found["billed_failures"], found["input_calls"]) == (7, 7, 7)


def test_groups_are_sorted_by_tokens_and_shares_add_up():
    frame = calls(
        {"task": "small", "input_tokens": 1},
        {"task": "large", "input_tokens": 2, "output_tokens": 1},
        {"task": None},
    )
    rows = grouped(prepared(frame, [Key.TASK], "UTC"), [Key.TASK]).collect()
    assert rows.get_column("task").to_list() == ["large", "small", None]
    assert rows.get_column("token_share").to_list() == [0.75, 0.25, None]


def test_status_can_be_a_key():
    frame = calls({"status": "ok"}, {"status": "failed"}, {"status": "failed"})
    rows = grouped(prepared(frame, [Key.STATUS], "UTC"), [Key.STATUS]).collect()
    assert dict(zip(rows["status"], rows["failed"], strict=True)) == {"failed": 2, "ok": 0}


def test_model_falls_back_to_the_name_that_was_asked_for():
    frame = calls({"model": "m", "request_model": "key"}, {"request_model": "key"})
    rows = grouped(prepared(frame, [Key.MODEL], "UTC"), [Key.MODEL]).collect()
    assert sorted(rows.get_column("model")) == ["key", "m"]


def test_known_sum():
    frame = pl.DataFrame({"a": [None, None], "b": [1, None]}, schema={"a": pl.Int64, "b": pl.Int64})
    assert frame.select(known_sum("a"), known_sum("b")).row(0) == (None, 1)


def test_durations_are_correctly_rounded():
    assert totals({"duration_us": 88300})["duration_seconds"] == 0.0883
    assert totals({"duration_us": 3_155_389_000})["duration_seconds"] == 3155.389


def test_a_share_is_the_rounded_quotient_whatever_the_groups():
    tokens = [506_066, 277_466, *range(1, 98)]
    rows = [{"task": f"t{n}", "input_tokens": n, "output_tokens": 0} for n in tokens]
    found = grouped(prepared(calls(*rows), [Key.TASK], "UTC"), [Key.TASK]).collect()
    shares = dict(found.select("total_tokens", "token_share").iter_rows())
    assert shares == {n: n / sum(tokens) for n in tokens}
