"""What waits in files is added up as what is in memory, and many values nearly as few."""

import json
import random

import pytest
from conftest import FIXTURES, usage_of

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.commands.screen import rendered
from usagectl.comparison.baseline import written
from usagectl.dataset.usage import MOST_ONE_BY_ONE
from usagectl.failures.ruleset import load_rules
from usagectl.model.names import Key, OutputFormat
from usagectl.pricing.apply import priced
from usagectl.pricing.requests import Wanted
from usagectl.reports.errors import errors_report
from usagectl.reports.summary import summary_report

RUNS = sorted(path.parent / "run" for path in FIXTURES.glob("*/*/expected.json"))
CASES = [pytest.param(run, id="/".join(run.parts[-3:-1])) for run in RUNS if run.is_dir()]
HALF_A_PERCENT = 0.005


def has_calls(usage):
    return bool(usage.calls.collect().height)


@pytest.mark.parametrize("run", CASES)
def test_reports_are_the_same(run):
    usage = usagectl.load(str(run), timezone="UTC")
    if not has_calls(usage):
        pytest.skip("no calls")
    categories = load_rules(()).categories
    for name, report in (
        ("summary", lambda of: summary_report(of, by=[Key.MODEL, Key.DAY])),
        ("summary", lambda of: summary_report(of, wanted=Wanted(as_model="openai:gpt-4o"))),
        ("errors", lambda of: errors_report(of, messages=True, every=True, categories=categories)),
    ):
        texts = [
            rendered(name, report(of), OutputFormat.JSON, 100)
            for of in (usage, usage._replace(spilled=True))
        ]
        assert texts[0] == texts[1]


@pytest.mark.parametrize("run", CASES)
def test_sides_are_the_same(run):
    usage = usagectl.load(str(run), timezone="UTC")
    if not has_calls(usage):
        pytest.skip("no calls")
    sides = [
        side_of(priced(of, Wanted())[0], [Key.TASK], "side")
        for of in (usage, usage._replace(spilled=True))
    ]
    assert written(sides[0]) == written(sides[1])


def many(seed, calls=4000):
    dice = random.Random(seed)
    lengths = {
        "lognormal": lambda: dice.lognormvariate(1.5, 1.2),
        "pareto": lambda: dice.paretovariate(1.5),
        "uniform": lambda: dice.uniform(0.001, 300),
        "two": lambda: dice.choice([dice.gauss(2, 0.1), dice.gauss(90, 4)]),
        "zeros": lambda: dice.choice([0, dice.expovariate(0.1)]),
    }
    return usage_of(
        *(
            {"task": task, "duration_us": round(abs(length()) * 1e6), "output_tokens": 5}
            for task, length in lengths.items()
            for _ in range(calls // len(lengths))
        )
    )


def test_percentiles_of_many_calls_are_right_to_half_a_percent():
    usage = many("percentiles")
    exact = usagectl.summarize(usage, by="task").sort("task")
    many_rows = usage._replace(rows=MOST_ONE_BY_ONE + 1)
    for of in (many_rows, many_rows._replace(spilled=True)):
        stepped = usagectl.summarize(of, by="task").sort("task")
        assert stepped.drop("duration_p50_seconds", "duration_p95_seconds").equals(
            exact.drop("duration_p50_seconds", "duration_p95_seconds")
        )
        for name in ("duration_p50_seconds", "duration_p95_seconds"):
            for one, other in zip(exact[name], stepped[name], strict=True):
                # Two values between which a percentile lies may be further apart than a step.
                assert one == pytest.approx(other, rel=2 * HALF_A_PERCENT)
        assert usagectl.summarize(of)["duration_p50_seconds"].item() == pytest.approx(
            usagectl.summarize(usage)["duration_p50_seconds"].item(), rel=2 * HALF_A_PERCENT
        )


def test_the_report_says_that_percentiles_come_from_steps():
    usage = many("notice")._replace(rows=MOST_ONE_BY_ONE + 1)
    (told,) = [n for n in summary_report(usage).notices if n.code == "stepped-percentiles"]
    assert "right to half a percent" in told.text
    assert "stepped-percentiles" not in {n.code for n in summary_report(many("notice")).notices}


def test_a_side_of_many_calls_holds_steps():
    usage = many("side")
    small = side_of(priced(usage, Wanted())[0], [Key.TASK], "side")
    large = side_of(
        priced(usage._replace(rows=MOST_ONE_BY_ONE + 1), Wanted())[0], [Key.TASK], "side"
    )
    assert large.cells.sort("task").equals(small.cells.sort("task"))
    steps = large.samples["duration_us"]
    assert steps["stepped"].all()
    assert steps["calls"].sum() == small.samples["duration_us"]["value"].count()
    assert json.loads(written(large))
