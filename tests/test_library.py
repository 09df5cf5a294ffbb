"""The library: what its values look like, and what a wrong argument is told."""

import datetime as dt

import pytest
from conftest import usage_of

import usagectl


def call(task="t", **more):
    return {
        "task": task, "input_tokens": 9_000, "output_tokens": 1_000, "duration_us": 10_000_000,
        "recorded_cost_nanousd": 1_000_000_000, "ended_at": dt.datetime(2026, 3, 20, tzinfo=dt.UTC),
        **more,
    }  # fmt: skip


BASE = usage_of(*(call(f"task {i}") for i in range(20)))
NEW = usage_of(*(call(f"task {i}", input_tokens=90_000) for i in range(20)))
HOSTILE = "<script>alert(1)</script>\x1b[31m\n" + "x" * 300


def test_a_usage_says_what_was_consumed():
    assert repr(BASE).split("\n")[1:5] == [
        "  calls          20, 0 failed",
        "  input_tokens   180,000",
        "  output_tokens  20,000",
        "  ended_at       2026-03-20 00:00:00 to 2026-03-20 00:00:00 UTC",
    ]
    assert "<tr><th>input_tokens</th><td>180,000</td></tr>" in BASE._repr_html_()


def test_what_is_unknown_is_not_zero():
    unknown = usage_of(call(input_tokens=None, output_tokens=None, ended_at=None))
    assert "  input_tokens   -\n" in repr(unknown)
    assert "  ended_at       -\n" in repr(unknown)


def test_a_comparison_says_what_changed():
    lines = repr(usagectl.compare(BASE, NEW)).split("\n")
    assert lines[0] == "Comparison of base and new"
    assert lines[3] == "  input_tokens      180,000 -> 1,800,000  worse"
    assert lines[-1].startswith("  groups            20 by task")


def test_a_check_says_what_broke():
    found = usagectl.check(usagectl.compare(BASE, NEW), "2x")
    lines = repr(found).split("\n")
    assert lines[0].startswith("Checked: not passed (exit code 1), ")
    assert "task 0: total_tokens 10,000 -> 91,000  2x" in found._repr_html_().replace("&gt;", ">")
    assert lines[-1].endswith("more in .verdicts")


@pytest.mark.parametrize("name", [HOSTILE, *("run" * i for i in (1, 500))])
def test_eight_lines_at_most_and_nothing_that_steers(name):
    base, new = (u._replace(runs=(name,) * 9) for u in (BASE, NEW))
    base, new = (
        u._replace(calls=u.calls.with_columns(run=u.calls.collect()["run"].replace_strict(
            {u.calls.collect()["run"][0]: name}, default=name).implode().explode()))
        for u in (base, new)
    )  # fmt: skip
    comparison = usagectl.compare(base, new)
    for value in (base, comparison, usagectl.check(comparison, ["2x", "cost<=$2"])):
        lines = repr(value).split("\n")
        assert len(lines) <= 8
        assert max(map(len, lines)) <= 100
        assert repr(value).replace("\n", "").isprintable()
        assert "<script>" not in value._repr_html_()


def test_one_key_and_one_gate_need_no_list():
    assert usagectl.summarize(BASE, by="task").equals(usagectl.summarize(BASE, by=["task"]))
    assert usagectl.summarize(BASE, by="task, model").columns[:2] == ["task", "model"]
    comparison = usagectl.compare(BASE, NEW, by="task")
    assert comparison.keys == ("task",)
    assert (
        usagectl.check(comparison, "20x").verdicts == usagectl.check(comparison, ["20x"]).verdicts
    )


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (usagectl.load, "names no run"),
        (lambda: usagectl.load(123), "by a path or a text, not by int"),
        (lambda: usagectl.load(["a", "b"]), r"of several write load\(\*paths\)"),
        (lambda: usagectl.summarize("runs/a"), r"write summarize\(load"),
        (lambda: usagectl.summarize(BASE, by=["tsk"]), "no key 'tsk'; did you mean 'task'"),
        (lambda: usagectl.summarize(BASE, by=5), "by=5: expected the name of a key"),
        (lambda: usagectl.summarize(BASE, by=[5]), "5 is no name of a key"),
        (lambda: usagectl.compare(BASE), r"write compare\(load.* found nothing"),
        (lambda: usagectl.compare("runs/a", "runs/b"), "found str 'runs/a'"),
        (lambda: usagectl.check(BASE), r"write check\(compare"),
        (lambda: usagectl.check(usagectl.compare(BASE, NEW), [5]), "found int '5'"),
        (lambda: usagectl.price("runs/a"), r"write price\(load"),
        (lambda: usagectl.price(BASE, mode="tabel"), "did you mean 'table'"),
    ],
)
def test_a_wrong_argument_is_told_in_words(wrong, said):
    with pytest.raises(usagectl.WrongUsageError, match=said):
        wrong()


def test_exceptions_are_exported_with_their_exit_codes():
    assert issubclass(usagectl.WrongUsageError, usagectl.UsagectlError)
    assert issubclass(usagectl.NoAnswerError, usagectl.UsagectlError)
    assert (usagectl.WrongUsageError.exit_code, usagectl.NoAnswerError.exit_code) == (2, 3)
    assert {"UsagectlError", "WrongUsageError", "NoAnswerError"} <= {*dir(usagectl)}
