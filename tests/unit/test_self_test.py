"""The self-test finds gates that cannot fire, and none among those that can."""

import pytest
from conftest import FIXTURES

import usagectl
from usagectl.gate_grammar import parse
from usagectl.limits import Floors
from usagectl.names import Key
from usagectl.self_test import self_test
from usagectl.sides import side_of

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
