"""The first sentence of a comparison, for each kind of pair."""

import pytest
from conftest import FIXTURES, usage_of

import usagectl
from usagectl.model.names import Measure
from usagectl.render.document import Tone
from usagectl.render.formats.text import text
from usagectl.render.pages.diff import page
from usagectl.render.words import diff_words
from usagectl.render.words.decision import sentence
from usagectl.reports.diff import diff_report


def calls(number, **more):
    return [{"task": "t", "model": "m", "input_tokens": 100, "output_tokens": 10, **more}] * number


UNKNOWN = {"input_tokens": None, "output_tokens": None}
TIMED = {**UNKNOWN, "duration_us": 10**6}
FAILED = {"status": "failed", "outcome": "timeout"}


def reported(base, new, by=("task",), **options):
    comparison = usagectl.compare(usage_of(*base), usage_of(*new), by=by)
    return diff_report(comparison, zone="UTC", **options)


@pytest.mark.parametrize(
    ("base", "new", "said"),
    [
        (calls(5), calls(5), "no difference: both sides hold the same calls"),
        (
            calls(5, **FAILED),
            calls(5, **FAILED),
            "no difference: both sides hold the same calls; all 5 calls failed, as before",
        ),
        (
            calls(4) + calls(1, **FAILED),
            calls(1) + calls(4, **FAILED, **UNKNOWN),
            (
                "4 of 5 calls failed, 1 before; tokens cannot be compared"
                " (known of 1 of 5 calls, 5 before)"
            ),
        ),
        (calls(75), calls(75, **FAILED), "all 75 calls failed, none before; the same tokens"),
        (
            calls(75),
            calls(10),
            "less work: 10 successful calls instead of 75, so 86.7% fewer tokens are no gain",
        ),
        (
            calls(10),
            calls(75),
            "more work: 75 successful calls instead of 10, with 650.0% more tokens",
        ),
        (
            calls(5) + calls(5, task="u"),
            calls(5, input_tokens=200) + calls(5, task="u", input_tokens=110),
            "50.0% more tokens: t alone accounts for 500 of 550",
        ),
        (
            calls(5) + calls(5, task="u"),
            calls(5, input_tokens=200) + calls(5, task="u", input_tokens=90),
            "40.9% more tokens: t alone has +500",
        ),
        (
            calls(5) + calls(2, task="gone"),
            calls(5, input_tokens=50) + calls(2, input_tokens=50),
            "less work: 1 task gone, so 45.5% fewer tokens are no gain",
        ),
        (
            calls(5, **TIMED),
            calls(5, **TIMED) + calls(5, **FAILED, **TIMED),
            "5 of 10 calls failed, none of 5 before; 100.0% more time in calls",
        ),
        (calls(5), calls(5, **UNKNOWN), "tokens cannot be compared (known of 0 of 5 calls, 5 before)"),
        (
            calls(4) + calls(1, **FAILED),
            calls(5),
            "the same tokens; no call failed, 1 before",
        ),
        (calls(5, input_tokens=0, output_tokens=0), calls(5), "550 more tokens"),
    ],
)  # fmt: skip
def test_each_kind_of_pair(base, new, said):
    assert sentence(reported(base, new)) == said


def test_other_models_are_compared_by_their_totals():
    base, new = calls(5), calls(5, model="n", input_tokens=200)
    report = reported(base, new, by=["model"])
    assert sentence(report) == (
        "90.9% more tokens; no model is on both sides, so totals alone are compared"
    )
    assert [driver.row["verdict"] for driver in report.why[0].drivers] == ["new", "gone"]


def test_several_runs_a_side_are_told_by_the_run():
    base, new = (
        usage_of(*calls(4, run="r"), *calls(number, run="s", **FAILED), runs=("r", "s"))
        for number in (1, 3)
    )
    report = diff_report(usagectl.compare(base, new), zone="UTC")
    assert "1.5 of 3.5 calls a run failed, 0.5 of 2.5 before" in sentence(report)


def test_a_group_of_unknown_change_leads_and_has_no_bar():
    base = calls(1, task="small", input_tokens=24_000) + calls(
        1, task="silent", input_tokens=25_000
    )
    new = calls(1, task="small", input_tokens=24_400) + calls(1, task="silent", **UNKNOWN)
    report = reported(base, new)
    first, second = report.why[0].drivers
    assert (first.row["task"], first.weight) == ("silent", None)
    assert second.weight == pytest.approx(400 / 25_010)
    assert "████" not in text(page(report), 80)


def test_failing_as_before_is_not_called_the_same():
    report = reported(calls(5, **FAILED), calls(5, input_tokens=90, **FAILED))
    row = next(row for row in report.totals if row["measure"] == Measure.FAILURE_RATE)
    assert (row["verdict"], diff_words.verdict(row), diff_words.tone(row)) == (
        "same",
        "as bad",
        Tone.BAD,
    )


def test_the_page_is_about_thirty_lines(usagectl):
    command = ("diff", FIXTURES / "runs" / "qwen9b", FIXTURES / "runs" / "qwen35b")
    short = usagectl(*command).stdout.decode().splitlines()
    assert len(short) <= 36
    assert "… --all shows why time in calls changed" in short
    full = usagectl(*command, "--all").stdout.decode()
    assert "Why time in calls" in full
    assert full.count("instead of") > 20
