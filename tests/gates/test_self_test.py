"""The self-test finds gates that cannot fire, and none among those that can."""

import pytest
from conftest import FIXTURES, usage_of

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.comparison.baseline import regrouped, written
from usagectl.comparison.baseline_read import side_from
from usagectl.config import document
from usagectl.config.gate_grammar import parse
from usagectl.gates.limits import Floors
from usagectl.gates.self_test import self_test
from usagectl.model.names import Key

WORKING = [
    "2x", "1.01x", "+20%", "+2000", "<=5M", "run: 1.1x", "task=*: <=5M", "input_tokens=2x",
    "output_tokens=+30%", "task=Expand*: output_tokens=+10%", "calls=+3", "calls<=100",
    "duration=1.5x", "duration<=5h", "duration=+500ms", "p95(duration)<=10m", "p95(duration)=2x",
    "tokens_per_second>=0.8x", "tokens_per_second>=10", "failure_rate=+5pts", "failure_rate<=20%",
    "failed(timeout)<=4", "failed(*)=+1", "failed(new_label)<=0", "cost=+$0.01", "coverage>=90%",
    "task=*: coverage>=25%", "priced>=50%", "calls>=0.8x", "calls=-20%", "successful_calls>=0.8x",
    "successful_calls>=40",
]  # fmt: skip


@pytest.fixture(name="side", scope="module")
def _side():
    usage = usagectl.price(usagectl.load(FIXTURES / "runs/qwen35b", timezone="UTC"))
    return side_of(usage, [Key.TASK], "qwen35b")


@pytest.mark.parametrize("gate", WORKING)
def test_a_gate_that_works(side, gate):
    found, *always = self_test(side, [parse(gate)], Floors())
    assert found.works, found
    assert found.places
    assert all(test.works and test.always for test in always)


@pytest.mark.parametrize(
    ("gates", "floors", "problem"),
    [
        (["2x", "task=Nothing: 2x"], Floors(), "nothing matches it"),
        (["total_tokens=3x", "total_tokens=2x", "total_tokens=3x"], Floors(), ""),
        (["2x", "total_tokens=3x"], Floors(), ""),
        (["2x"], Floors(tokens=10**9), "the floor is above all that it is for"),
        (["2x"], Floors(calls=10**6), "the floor is above all that it is for"),
        (["failure_rate<=100%"], Floors(), "it cannot fire"),
        (["<=5k"], Floors(), "the base itself is beyond it"),
        (["coverage>=99%"], Floors(), "the base itself is beyond it"),
    ],
)
def test_a_gate_that_does_not(side, gates, floors, problem):
    tests = self_test(side, [parse(gate) for gate in gates], floors)
    assert problem in " ".join(test.problem for test in tests)
    if problem:
        assert not all(test.works for test in tests)


@pytest.mark.parametrize("task", ["A", "B"])
def test_a_gate_for_one_of_two_groups(task):
    """The group that is left out to try what is always checked may be the only one it is for."""
    rows = [{"task": name, "input_tokens": 5000, "output_tokens": 10} for name in "AB"]
    side = side_of(usage_of(*rows), [Key.TASK], "r")
    found, *always = self_test(side, [parse(f"task={task}: 2x")], Floors())
    assert (found.fired, found.places, found.problem) == (1, 1, "")
    assert all(test.works for test in always)
    dead, *always = self_test(side, [parse("task=C: 2x")], Floors())
    assert dead.problem.startswith("dead: nothing matches it")
    assert all(test.works for test in always)


@pytest.mark.parametrize(
    "gate",
    ["+9000000000000000000", "calls=+9000000000000000000", "failed(x)=+9000000000000000000",
     "p95(duration)=+9000000000000000000s", "duration=+9000000000000h", "2000000000000000x"],
)  # fmt: skip
def test_a_limit_that_nothing_can_reach_is_dead(side, gate):
    found, *_ = self_test(side, [parse(gate)], Floors())
    assert found.problem == "dead: it cannot fire"


def test_a_baseline_that_cannot_tell_is_seen(tmp_path):
    """Saved by task and model, asked by task: a percentile is known within an error alone."""
    rows = [
        {"task": "a", "model": model, "duration_us": 1_000_000 + 997 * i, "input_tokens": 100}
        for model in "mn"
        for i in range(300)
    ]
    saved = side_of(usage_of(*rows), [Key.TASK, Key.MODEL], "r")
    (tmp_path / "b.json").write_text(written(saved))
    base = regrouped(side_from(document.read(tmp_path / "b.json")), [Key.TASK])
    near, *_ = self_test(base, [parse("task=a: p95(duration)=2x")], Floors())
    assert (near.fired, near.unsure, near.works) == (0, (("a",),), True)
    at, *_ = self_test(base, [parse("task=a: p95(duration)=1x")], Floors())
    assert at.problem.startswith("it cannot be told of the base itself: the baseline knows it")
    whole, *_ = self_test(base, [parse("run: p95(duration)=1x")], Floors())
    assert (whole.fired, whole.unsure, whole.works) == (1, (), True)


def test_what_is_checked_by_default_is_planted_unless_a_gate_takes_its_place(side):
    def always(*gates):
        found = self_test(side, [parse(gate) for gate in gates], Floors())
        return [test.gate for test in found if test.always]

    assert always("2x") == ["failed calls", "less work", "unknown usage", "missing groups"]
    assert always("calls>=0.1x", "failure_rate=+30pts") == ["unknown usage", "missing groups"]


def test_a_base_of_failed_calls_cannot_tell_that_calls_fail():
    row = {"task": "a", "status": "failed", "outcome": "timeout", "input_tokens": 9_000}
    base = side_of(usage_of(*[{**row, "output_tokens": 10}] * 5), [Key.TASK], "base")
    problems = {test.gate: test.problem for test in self_test(base, [parse("2x")], Floors())}
    assert problems["failed calls"] == "dead: it is not seen"
    assert not problems["2x"]
