"""Verdicts and figures of literal sides: what cannot be told is not told."""

import random
from datetime import UTC, datetime

import pytest
from conftest import usage_of

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.comparison.compare import require_common_groups
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import Key


def row(comparison, measure, **keys):
    frame = comparison.groups if keys else comparison.totals
    (found,) = [
        row
        for row in frame.iter_rows(named=True)
        if row["measure"] == measure and all(row[key] == value for key, value in keys.items())
    ]
    return found


def compared(base, new, **options):
    return usagectl.compare(usage_of(*base), usage_of(*new), **options)


def tokens(count, **more):
    return {"input_tokens": count, "output_tokens": 0, **more}


def test_new_and_gone_groups_have_no_percentage():
    found = compared([tokens(10), tokens(30, task="old")], [tokens(10), tokens(50, task="added")])
    added, gone = (row(found, "total_tokens", task=task) for task in ("added", "old"))
    assert (added["verdict"], added["base"], added["change"], added["relative"]) == (
        "new",
        None,
        50,
        None,
    )
    assert (gone["verdict"], gone["new"], gone["change"], gone["relative"]) == (
        "gone",
        None,
        -30,
        None,
    )
    assert {n.code for n in found.notices} == {"new-groups", "gone-groups"}
    parts = found.total_parts.filter(measure="total_tokens")
    assert sorted(parts.select("part", "amount").rows()) == [
        ("gone_groups", -30),
        ("new_groups", 50),
    ]


def test_a_base_of_zero_has_no_percentage():
    found = row(compared([tokens(0)], [tokens(5)]), "total_tokens")
    assert (found["base"], found["change"], found["relative"]) == (0, 5, None)
    assert found["verdict"] == "worse"


def test_unknown_on_both_sides_and_on_one():
    found = compared([tokens(5)], [{}])
    assert row(found, "total_tokens")["verdict"] == "not_comparable"
    assert row(found, "total_tokens")["change"] is None
    assert row(found, "cost_usd")["verdict"] == "unknown"


def test_lower_coverage_is_no_improvement():
    base, new = [tokens(100), tokens(100)], [tokens(100), {}]
    assert row(compared(base, new), "total_tokens")["verdict"] == "not_comparable"
    assert row(compared(new, base), "total_tokens")["verdict"] == "not_comparable"
    # What grew although less of it is known did grow.
    assert row(compared(base, [tokens(500), {}]), "input_tokens")["verdict"] == "worse"


def test_missing_groups_are_no_improvement():
    base = [tokens(100), tokens(100, task="gone")]
    for new in (100, 150, 50):
        assert row(compared(base, [tokens(new)]), "total_tokens")["verdict"] == "less_work"
    # Also where as many calls went well, of another task.
    moved = [tokens(10), tokens(10)]
    assert row(compared(base, moved), "total_tokens")["verdict"] == "less_work"


def durations(seconds, **more):
    return [{"duration_us": round(s * 1e6), "output_tokens": 100, **more} for s in seconds]


def test_noise_is_told_from_a_change():
    dice = random.Random(1)
    base = durations([dice.uniform(9, 11) for _ in range(30)])
    same = durations([dice.uniform(9, 11) for _ in range(30)])
    slower = durations([dice.uniform(12, 14) for _ in range(30)])
    found = row(compared(base, same), "duration_seconds", task="t")
    assert found["verdict"] == "noise"
    assert found["p"] > 0.05
    assert (found["base_n"], found["new_n"]) == (30, 30)
    assert row(compared(base, slower), "duration_seconds", task="t")["verdict"] == "worse"
    assert row(compared(slower, base), "duration_seconds", task="t")["verdict"] == "better"
    assert row(compared(base, slower), "tokens_per_second", task="t")["verdict"] == "worse"


def test_too_few_samples_are_said_to_be_too_few():
    base, new = durations([10, 11]), durations([20, 21])
    found = row(compared(base, new), "duration_seconds", task="t")
    assert found["verdict"] == "too_few_samples"
    assert found["p"] == pytest.approx(1 / 3)


def test_more_calls_are_no_noise():
    base, new = durations([10, 11, 10]), durations([10, 11, 10] * 3)
    assert row(compared(base, new), "duration_seconds", task="t")["verdict"] == "more_work"
    failed = [*base, *durations([10, 11, 10] * 2, status="failed")]
    assert row(compared(base, failed), "duration_seconds", task="t")["verdict"] == "worse"


def test_tasks_are_pairs_for_the_total():
    base = [call for i in range(8) for call in durations([10 + i], task=f"t{i}")]
    new = [call for i in range(8) for call in durations([20 + i], task=f"t{i}")]
    found = row(compared(base, new), "duration_seconds")
    assert (found["test"], found["base_n"]) == ("wilcoxon over groups", 8)
    assert found["p"] == pytest.approx(2 / 2**8)
    assert found["verdict"] == "worse"
    assert row(compared(base, new), "duration_seconds", task="t0")["verdict"] == "too_few_samples"


def side_of_runs(count, seconds, dice):
    runs = tuple(f"r{i}" for i in range(count))
    calls = [
        call
        for run in runs
        for call in durations([dice.uniform(*seconds) for _ in range(3)], run=run)
    ]
    return usage_of(*calls, runs=runs)


def test_several_runs_a_side_are_means_and_samples():
    dice = random.Random(2)
    base, new = side_of_runs(6, (9, 11), dice), side_of_runs(4, (14, 16), dice)
    found = usagectl.compare(base, new)
    total = row(found, "duration_seconds")
    assert (total["test"], total["base_n"], total["new_n"]) == ("mann-whitney over runs", 6, 4)
    assert total["verdict"] == "worse"
    assert row(found, "calls")["base"] == row(found, "calls")["new"] == 3
    assert row(found, "calls")["verdict"] == "same"
    assert found.scale == 12
    amount = found.total_parts.filter(measure="duration_seconds").get_column("amount").sum()
    assert amount / found.scale / 1e6 == pytest.approx(total["change"])
    assert "mean-of-runs" in {notice.code for notice in found.notices}


def test_twice_as_many_runs_are_no_change():
    calls = [tokens(7, run="a"), tokens(9, run="a")]
    more = [*calls, *({**call, "run": "b"} for call in calls)]
    found = usagectl.compare(usage_of(*calls, runs=("a",)), usage_of(*more, runs=("a", "b")))
    assert set(found.totals["verdict"]) == {"same", "unknown"}
    assert found.parts.is_empty()


def test_failures_are_a_part_of_their_own():
    failed = tokens(40, status="failed", outcome="invalid_json")
    found = compared([tokens(10)], [tokens(10), failed, failed])
    parts = found.parts.filter(measure="total_tokens").select(
        "part", "amount", "base_factor", "new_factor"
    )
    assert parts.rows() == [("failed_calls", 80, 0.0, 2.0)]
    assert found.failures.rows(named=True) == [
        {"failure": "invalid_json", "base_calls": 0, "new_calls": 2, "base": 0.0, "new": 2.0}
    ]


def test_wrong_keys():
    usage = usage_of(tokens(1))
    for by, message in ((["run"], "both sides have"), (["taks"], "did you mean 'task'"), ([], "both sides have")):  # fmt: skip
        with pytest.raises(WrongUsageError, match=message):
            usagectl.compare(usage, usage, by=by)


def test_nothing_to_compare():
    with pytest.raises(NoAnswerError, match="new has no calls"):
        usagectl.compare(usage_of(tokens(1)), usage_of())
    sides = [
        side_of(usage_of(tokens(1, task=task)), [Key.TASK], task or "-") for task in ("a", None)
    ]
    with pytest.raises(NoAnswerError, match=r"no task is on both sides \(a has a; - has -\)"):
        require_common_groups(*sides)
    require_common_groups(sides[0], sides[0])


def test_a_model_and_a_machine_that_differ_are_told(tmp_path):
    found = compared([tokens(1, model="a")], [tokens(1, model="b")])
    assert [n.text for n in found.notices] == ["the models differ: only base has a, only new has b"]


def test_models_that_differ_are_told_once_where_they_are_the_groups():
    sides = [usage_of(tokens(1, model=model)) for model in ("a", "b")]
    found = usagectl.compare(*sides, by="model").notices
    assert {notice.code for notice in found} >= {"gone-groups", "new-groups"}
    assert "different-models" not in {notice.code for notice in found}


def test_groups_without_a_name_are_compared():
    found = compared([tokens(1, task=None)], [tokens(3, task=None)])
    assert row(found, "total_tokens", task=None)["change"] == 2


def test_a_side_can_be_compared_without_its_calls():
    usage = usage_of(*durations([1, 2, 3, 4, 5, 6]))
    side = side_of(usage, [Key.TASK], "kept")
    found = row(usagectl.compare(side, side), "duration_seconds", task="t")
    assert (found["verdict"], found["base_n"], found["new_n"], found["p"]) == ("same", 6, 6, 1.0)
    assert usagectl.compare(side, usage).totals["verdict"].to_list()[0] == "same"


def test_prices_of_other_days_and_other_sources_are_told():
    def at(day, model="gpt-4o", provider="openai"):
        return usagectl.price(
            usage_of(
                tokens(
                    9, provider=provider, model=model, ended_at=datetime(2026, 3, day, tzinfo=UTC)
                )
            )
        )

    texts = {n.code: n.text for n in usagectl.compare(at(1), at(2)).notices}
    assert "base of 2026-03-01, new of 2026-03-02" in texts["other-price-date"]
    texts = {n.code: n.text for n in usagectl.compare(at(1), at(1, "lmstudio-x", None)).notices}
    assert "base: catalog; new: local" in texts["other-cost-source"]


def test_a_side_that_stops_reporting_output_is_no_improvement():
    full = [{"input_tokens": 1000, "output_tokens": 500}] * 10
    for new in ([{"input_tokens": 990}] * 10, [{"input_tokens": 990}] * 5 + full[:5]):
        found = compared(full, new)
        assert row(found, "total_tokens")["verdict"] == "not_comparable"
        assert row(found, "total_tokens", task="t")["verdict"] == "not_comparable"
        assert "unknown-usage" in {notice.code for notice in found.notices}
    (part,) = (
        compared(full, [{"input_tokens": 1000}] * 10)
        .parts.filter(measure="total_tokens")
        .rows(named=True)
    )
    assert (part["part"], part["base_factor"], part["new_factor"]) == ("reported", 1, 0)


def test_usage_that_is_known_of_other_calls_is_no_improvement():
    base = [tokens(10_000, task="large")] * 5 + [{"task": "small"}] * 5
    new = [{"task": "large"}] * 5 + [tokens(10, task="small")] * 5
    assert row(compared(base, new), "total_tokens")["verdict"] == "not_comparable"


def test_counts_that_point_the_other_way_decide_nothing():
    dice = random.Random(1)
    base = [{"input_tokens": 1000, "output_tokens": dice.randint(100, 3000)} for _ in range(10)]
    new = [{"input_tokens": 900, "output_tokens": dice.randint(100, 3000)} for _ in range(10)]
    more = 1500 - sum(
        n["output_tokens"] - b["output_tokens"] for b, n in zip(base, new, strict=True)
    )
    new[0]["output_tokens"] += more
    found = row(compared(base, new), "total_tokens")
    assert (found["change"], found["verdict"]) == (500, "noise")


def test_a_run_without_calls_is_not_counted_as_one():
    base = usage_of(tokens(100, run="r"), runs=("r", "empty"))
    found = usagectl.compare(base, usage_of(tokens(100)))
    assert row(found, "total_tokens")["verdict"] == "same"
    assert found.base.runs == ("r",)
    assert "empty-run" in {notice.code for notice in found.notices}


def test_where_nothing_is_in_common_the_totals_are_compared():
    base = [tokens(100, task=None)] * 2
    found = compared(base, [tokens(300, task="a")] * 2)
    assert [r["verdict"] for r in (row(found, "total_tokens", task=t) for t in (None, "a"))] == [
        "gone",
        "new",
    ]
    total = row(found, "total_tokens")
    assert (total["base"], total["new"], total["verdict"]) == (200, 600, "worse")
    assert row(compared([tokens(300)] * 2, base), "total_tokens")["verdict"] == "better"
    assert row(compared([tokens(300)] * 3, base), "total_tokens")["verdict"] == "less_work"


def test_other_calls_with_the_same_sums_are_not_the_same_calls():
    found = compared([tokens(10), tokens(30)], [tokens(20), tokens(20)])
    assert row(found, "total_tokens")["verdict"] == "same"
    assert "same-calls" not in {notice.code for notice in found.notices}
    again = compared([tokens(10), tokens(30)], [tokens(30), tokens(10)])
    assert "same-calls" in {notice.code for notice in again.notices}
