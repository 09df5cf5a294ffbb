"""What a comparison says in words, held against figures that are added up here once more."""

import re

from conftest import usage_of
from hypothesis import given, settings
from hypothesis import strategies as st

import usagectl
from usagectl.model.names import Key, Measure
from usagectl.render.words import why
from usagectl.render.words.decision import sentence
from usagectl.reports.diff import diff_report

ADDS_UP = {
    "calls",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "duration_seconds",
    "cost_usd",
}
calls = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["a", "b", "c"]),
        "model": st.sampled_from(["m", "n"]),
        "status": st.sampled_from(["ok", "ok", "ok", "failed", "cancelled"]),
        "input_tokens": st.none() | st.sampled_from([0, 1, 10, 1000, 100_000]),
        "output_tokens": st.none() | st.sampled_from([0, 1, 10, 1000, 100_000]),
        "duration_us": st.none() | st.integers(0, 10**8),
        "recorded_cost_nanousd": st.none() | st.integers(0, 10**9),
    }
)
sides = st.lists(calls, min_size=1, max_size=10)
metrics = st.sampled_from(["total_tokens", "calls", "duration_seconds", "cost_usd"])


def reported(base, new, metric=None):
    comparison = usagectl.compare(usage_of(*base), usage_of(*new))
    known = {
        r["measure"] for r in comparison.totals.iter_rows(named=True) if r["verdict"] != "unknown"
    }
    wanted = [Measure(metric)] if metric in known else []
    return diff_report(comparison, metrics=wanted, zone="UTC", every=True)


def of_status(rows, status, task=None):
    return sum(r["status"] == status and task in (None, r["task"]) for r in rows)


def tokens(rows, task=None):
    return sum(
        (r["input_tokens"] or 0) + (r["output_tokens"] or 0)
        for r in rows
        if task in (None, r["task"])
    )


@settings(max_examples=150, deadline=None)
@given(sides, sides, metrics)
def test_every_figure_of_the_decision_is_that_of_the_calls(base, new, metric):
    report = reported(base, new, metric)
    said = sentence(report)
    totals = {row["measure"]: row for row in report.totals}
    total = totals[report.why[0].measure]
    for percent, way in re.findall(r"([\d,.]+)% (more|fewer|less) tokens(?! per)", said):
        change = tokens(new) - tokens(base)
        assert (change > 0) == (way == "more")
        assert percent == f"{abs(change) / tokens(base) * 100:,.1f}"
    for now, of, before, of_before in re.findall(
        r"(\w+) of (\d+) calls? failed, (\w+)(?: of (\d+))? before", said
    ):
        assert (int(now), int(of)) == (of_status(new, "failed"), len(new))
        assert int(before.replace("none", "0")) == of_status(base, "failed")
        assert int(of_before or of) == len(base)
    if found := re.search(r"all (\d+) calls? failed", said):
        assert int(found[1]) == len(new) == of_status(new, "failed")
    if found := re.search(r"(\d+) successful calls instead of (\d+)", said):
        assert [int(n) for n in found.groups()] == [of_status(rows, "ok") for rows in (new, base)]
    leader = re.search(r": (\w)(?: \(\w+\))? alone accounts for ([\d,]+) of ([\d,]+)", said)
    if leader and total["measure"] == "total_tokens":
        part, whole = (int(text.replace(",", "")) for text in leader.group(2, 3))
        assert part == abs(tokens(new, leader[1]) - tokens(base, leader[1]))
        assert whole == abs(tokens(new) - tokens(base))
        assert whole <= 2 * part <= 2 * whole
    if "no difference" in said:
        assert {row["verdict"] for row in report.totals} <= {"same", "noise", "too_few_samples"}
    assert ("is on both sides" in said) <= (
        {r["task"] for r in base}.isdisjoint({r["task"] for r in new})
    )


@settings(max_examples=150, deadline=None)
@given(sides, sides)
def test_less_work_is_never_better(base, new):
    report = reported(base, new)
    fewer = of_status(new, "ok") < of_status(base, "ok")
    lost = {r["task"] for r in base if r["status"] == "ok"} - {r["task"] for r in new}
    for row in report.totals:
        if row["measure"] in ADDS_UP and (fewer or (lost and report.presences["new"] == 0)):
            assert row["verdict"] != "better"
        if row["verdict"] == "more_work":
            assert of_status(new, "ok") > of_status(base, "ok")
    for row in report.comparison.groups.iter_rows(named=True):
        fewer = of_status(new, "ok", row["task"]) < of_status(base, "ok", row["task"])
        if row["measure"] in ADDS_UP and fewer:
            assert row["verdict"] != "better"


@settings(max_examples=150, deadline=None)
@given(sides, sides)
def test_reasons_count_what_they_name(base, new):
    report = reported(base, new, "total_tokens")
    (first, *_) = report.why
    if first.measure is not Measure.TOTAL_TOKENS:
        return
    both = {r["task"] for r in base} & {r["task"] for r in new}
    shared = [[r for r in rows if r["task"] in both] for rows in (base, new)]
    for amount, reason in why.amounts_and_reasons(first.parts, first.measure, [Key.TASK]):
        assert_counted(amount, reason, *shared, None)
    for driver in first.drivers:
        task = driver.row["task"]
        for amount, reason in why.amounts_and_reasons(driver.parts, first.measure, [Key.TASK]):
            assert_counted(amount, reason, base, new, task)


def assert_counted(amount, reason, base, new, task):
    found = re.fullmatch(
        r"(\d+) (more|fewer) (successful |failed |cancelled |failed or cancelled |)calls?", reason
    )
    if not found:
        return
    kinds = {
        "": ("ok", "failed", "cancelled"),
        "successful ": ("ok",),
        "failed ": ("failed",),
        "cancelled ": ("cancelled",),
        "failed or cancelled ": ("failed", "cancelled"),
    }[found[3]]
    more = sum(of_status(new, kind, task) - of_status(base, kind, task) for kind in kinds)
    assert more == int(found[1]) * (1 if found[2] == "more" else -1)
    assert (amount[0] == "+") == (more > 0)
