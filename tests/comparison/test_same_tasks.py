"""Tasks of two trees that are the same, though their names differ by folders above or by dates."""

import json

import pytest
from conftest import usage_of

import usagectl
from usagectl.comparison.same_tasks import SameTask


def matched(base, new):
    sides = (
        usage_of(*({"task": task, "input_tokens": 1} for task in side)) for side in (base, new)
    )
    return usagectl.compare(*sides)


@pytest.mark.parametrize(
    ("base", "new", "tasks"),
    [
        (["r/outputs/x", "r/outputs/y"], ["s/x", "s/y"], {"x", "y"}),
        (["a/out/x", "b/out/x"], ["c/out/x", "d/out/x"], {"x"}),
        (["x"], ["a/x", "b/x"], {"x"}),
        (["20260204_tidal_farm"], ["20260211_tidal_farm"], {"tidal_farm"}),
        (["2026-02-04-tidal"], ["2026-02-11-tidal"], {"tidal"}),
        (["tidal"], ["20260211_tidal"], {"tidal"}),
    ],
)
def test_what_is_the_same(base, new, tasks):
    found = matched(base, new)
    assert {task.task for task in found.same_tasks} == tasks
    assert set(found.groups["task"]) == tasks
    assert set(found.groups["presence"]) == {"both"}
    assert [n.code for n in found.notices if n.code == "matched-tasks"] == ["matched-tasks"]


@pytest.mark.parametrize(
    ("base", "new"),
    [
        # The same layout: what only one side has is another plan.
        (["planA/out", "planB/out"], ["planA/out", "planC/out"]),
        # Which of the two it would be cannot be told.
        (["20260204_farm", "20260211_farm"], ["20260218_farm"]),
        # No dates.
        (["20261304_farm"], ["20260211_farm"]),
        (["123_farm"], ["124_farm"]),
        (["ExpandPlan"], ["ShrinkPlan"]),
        # A task of that name is there already.
        (["farm", "20260204_farm"], ["farm", "20260211_farm"]),
    ],
)
def test_what_is_not(base, new):
    found = matched(base, new)
    assert found.same_tasks == ()
    assert set(found.groups["task"]) == {*base, *new}


def test_names_on_both_sides_stay():
    found = matched(["plain", "r/x", "r/y"], ["plain", "s/x", "s/y"])
    assert {task.task for task in found.same_tasks} == {"x", "y"}
    assert SameTask("x", ("r/x",), ("s/x",)) in found.same_tasks
    assert set(found.groups["task"]) == {"plain", "x", "y"}


def test_two_trees_on_the_disk(diff, tmp_path):
    for place in ("a/1/outputs", "a/2/outputs", "b/3", "b/4"):
        for plan in ("x", "y"):
            folder = tmp_path / place / plan
            folder.mkdir(parents=True)
            row = {"timestamp": "2026-01-02T00:00:00", "success": True, "input_tokens": 5}
            (folder / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")
    report = diff(tmp_path / "a", tmp_path / "b")
    assert {row["task"] for row in report["groups"]} == {"x", "y"}
    assert report["same_tasks"][0] == {
        "task": "x",
        "base": ["1/outputs/x", "2/outputs/x"],
        "new": ["3/x", "4/x"],
    }
    assert report["decision"].startswith("no difference")
