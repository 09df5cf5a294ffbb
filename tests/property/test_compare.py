"""What must hold for any two sides: a swap negates, parts add up, order and files do not matter."""

import json
import random
from datetime import datetime, timedelta
from itertools import chain, pairwise

import polars as pl
import pytest
from conftest import FIXTURES, usage_of
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import usagectl
from usagectl.model.names import Measure

ADDS_UP = ("calls", "input_tokens", "output_tokens", "total_tokens", "duration_seconds", "cost_usd")
# Less work is said of any fall with successful calls, more work only where they make up the rise.
SWAPPED = {
    "better": {"worse"},
    "worse": {"better", "less_work"},
    "less_work": {"more_work", "worse", "noise", "too_few_samples", "not_comparable"},
    "more_work": {"less_work"},
    "noise": {"noise", "less_work"},
    "too_few_samples": {"too_few_samples", "less_work"},
    "not_comparable": {"not_comparable", "less_work"},
    "new": {"gone"},
    "gone": {"new"},
}

calls = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["a", "b", None]),
        "model": st.sampled_from(["m", "n"]),
        "status": st.sampled_from(["ok", "ok", "ok", "failed", "cancelled"]),
        "outcome": st.sampled_from([None, "timeout"]),
        "input_tokens": st.none() | st.integers(0, 10**6),
        "output_tokens": st.none() | st.integers(0, 10**6),
        "cache_read_tokens": st.none() | st.integers(0, 100),
        "duration_us": st.none() | st.integers(0, 10**9),
        "recorded_cost_nanousd": st.none() | st.integers(0, 10**9),
        "run": st.sampled_from(["r", "s"]),
    }
)
# One task is on both sides, so that there is something to compare.
common = st.fixed_dictionaries({"task": st.just("a"), "input_tokens": st.integers(0, 10**6)})
sides = st.builds(lambda first, others: [first, *others], common, st.lists(calls, max_size=12))


def usage(rows, runs=("r", "s")):
    return usage_of(*rows, runs=runs)


@settings(max_examples=25, deadline=None)
@given(sides)
def test_a_side_beside_itself_has_not_changed(rows):
    found = usagectl.compare(usage(rows), usage(rows))
    assert set(found.groups["verdict"]) <= {"same", "unknown"}
    assert found.parts.is_empty()
    assert found.total_parts.is_empty()
    assert {"same-calls"} <= {notice.code for notice in found.notices}


@settings(max_examples=40, deadline=None)
@given(sides, sides, st.booleans())
def test_a_swap_negates(base, new, one_run):
    first, second = usage(base, ("r",) if one_run else ("r", "s")), usage(new)
    forth, back = usagectl.compare(first, second), usagectl.compare(second, first)
    for there, here in ((forth.groups, back.groups), (forth.totals, back.totals)):
        for one, other in zip(there.iter_rows(named=True), here.iter_rows(named=True), strict=True):
            assert one["change"] == (None if other["change"] is None else -other["change"])
            assert (one["base"], one["new"]) == (other["new"], other["base"])
            assert one["verdict"] in SWAPPED.get(other["verdict"], {other["verdict"]})
            assert one["p"] == other["p"]
    negated = back.parts.with_columns(
        amount=-pl.col("amount"), base_factor="new_factor", new_factor="base_factor"
    )
    assert_frame_equal(forth.parts, negated, check_row_order=False)
    of_total = {"new_groups": "gone_groups", "gone_groups": "new_groups"}
    negated = back.total_parts.with_columns(
        pl.col("part").replace(of_total), amount=-pl.col("amount")
    )
    columns = ["measure", "part", "amount"]
    assert_frame_equal(
        forth.total_parts.select(columns), negated.select(columns), check_row_order=False
    )


@settings(max_examples=40, deadline=None)
@given(sides, sides, st.booleans())
def test_parts_add_up_to_the_change(base, new, one_run):
    found = usagectl.compare(usage(base, ("r",) if one_run else ("r", "s")), usage(new))
    of_groups = {
        (task, measure): amount
        for task, measure, amount in found.parts.group_by("task", "measure")
        .agg(pl.col("amount").sum())
        .iter_rows()
    }
    for row in found.groups.filter(pl.col("measure").is_in(ADDS_UP)).iter_rows(named=True):
        assert of_groups.get((row["task"], row["measure"]), 0) == whole_change(row, found.scale)
    of_total = dict(found.total_parts.group_by("measure").agg(pl.col("amount").sum()).iter_rows())
    for row in found.totals.filter(pl.col("measure").is_in(ADDS_UP)).iter_rows(named=True):
        assert of_total.get(row["measure"], 0) == whole_change(row, found.scale)


def whole_change(row, scale):
    """The change in whole units, times the scale; what is not known counts as nothing."""
    per_unit = {"duration_seconds": 10**6, "cost_usd": 10**9}.get(row["measure"], 1)
    sides = [
        (row[f"{side}_numerator"] or 0) * scale * per_unit // (row[f"{side}_denominator"] or 1)
        for side in ("base", "new")
    ]
    return sides[1] - sides[0]


@settings(max_examples=25, deadline=None)
@given(sides, sides, st.randoms())
def test_order_and_files_change_nothing(base, new, random):
    shuffled = [{**row, "source": random.choice("xyz")} for row in new]
    random.shuffle(shuffled)
    one, other = (
        usagectl.compare(usage(base), usage(new)),
        usagectl.compare(usage(base), usage(shuffled)),
    )
    assert_frame_equal(one.groups, other.groups)
    assert_frame_equal(one.totals, other.totals)
    assert_frame_equal(one.parts, other.parts)
    assert one.notices == other.notices


def test_every_measure_is_in_every_group():
    found = usagectl.compare(usage([{"task": "a"}]), usage([{"task": "a"}]))
    assert found.groups["measure"].to_list() == list(Measure)


def _separable(lines):
    """The lines in stretches between which nothing was going on, as a file may be cut."""
    stretches, last = [], datetime.min  # noqa: DTZ901
    for line in lines:
        at = datetime.fromisoformat(json.loads(line)["timestamp"])
        if at - last > timedelta(seconds=1):
            stretches.append([])
        stretches[-1].append(line)
        last = at
    return stretches


@pytest.mark.parametrize("seed", range(4))
def test_files_that_are_cut_and_put_in_another_order_change_nothing(tmp_path, seed):
    dice = random.Random(seed)
    run = FIXTURES / "runs" / "qwen35b"
    stretches = _separable((run / "usage_metrics.jsonl").read_text().splitlines(keepends=True))
    cuts = [0, *sorted(dice.sample(range(1, len(stretches)), 5)), len(stretches)]
    pieces = ["".join(chain(*stretches[a:b])) for a, b in pairwise(cuts)]
    names = dice.sample(range(1000), len(pieces))
    for name, text in zip(names, pieces, strict=True):
        folder = tmp_path / f"part{name}"
        folder.mkdir()
        (folder / "usage_metrics.jsonl").write_text(text)

    whole, cut = (usagectl.load(path, timezone="UTC") for path in (run, tmp_path))
    assert cut.files.height == len(pieces)
    found = usagectl.compare(whole, cut, by=["task", "model"])
    assert set(found.groups["verdict"]) <= {"same", "unknown"}
    assert set(found.totals["verdict"]) <= {"same", "unknown"}
    assert found.parts.is_empty()
    assert "same-calls" in {notice.code for notice in found.notices}
