"""What a user can write as a gate, what it means, and where a mistake is."""

from fractions import Fraction

import pytest

from usagectl.config.gate import Form, amount
from usagectl.config.gate_grammar import parse
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key, Measure

TOKENS = Measure.TOTAL_TOKENS


@pytest.mark.parametrize(
    ("text", "measure", "form", "value", "least"),
    [
        ("2x", TOKENS, Form.FACTOR, 2, False),
        ("1.5x", TOKENS, Form.FACTOR, Fraction(3, 2), False),
        ("+20%", TOKENS, Form.FACTOR, Fraction(6, 5), False),
        ("20%", TOKENS, Form.FACTOR, Fraction(6, 5), False),
        ("+0%", TOKENS, Form.FACTOR, 1, False),
        ("+2000", TOKENS, Form.GROWTH, 2000, False),
        ("+2_000", TOKENS, Form.GROWTH, 2000, False),
        ("+2k", TOKENS, Form.GROWTH, 2000, False),
        ("<=500k", TOKENS, Form.AMOUNT, 500_000, False),
        ("tokens <= 1.5M", TOKENS, Form.AMOUNT, 1_500_000, False),
        ("<=0.8x", TOKENS, Form.FACTOR, Fraction(4, 5), False),
        ("cost<=$2", Measure.COST_USD, Form.AMOUNT, 2, False),
        ("cost=+$0.10", Measure.COST_USD, Form.GROWTH, Fraction(1, 10), False),
        ("duration<=2h", Measure.DURATION_SECONDS, Form.AMOUNT, 7200, False),
        ("duration=+500ms", Measure.DURATION_SECONDS, Form.GROWTH, Fraction(1, 2), False),
        ("calls=+3", Measure.CALLS, Form.GROWTH, 3, False),
        ("failure_rate<=10%", Measure.FAILURE_RATE, Form.AMOUNT, Fraction(1, 10), False),
        ("failure_rate=+5pts", Measure.FAILURE_RATE, Form.GROWTH, Fraction(1, 20), False),
        ("tokens_per_second>=0.8x", Measure.TOKENS_PER_SECOND, Form.FACTOR, Fraction(4, 5), True),
        ("tokens_per_second=-20%", Measure.TOKENS_PER_SECOND, Form.FACTOR, Fraction(4, 5), True),
        ("tokens_per_second>=20", Measure.TOKENS_PER_SECOND, Form.AMOUNT, 20, True),
        ("cache_share>=50%", Measure.CACHE_SHARE, Form.AMOUNT, Fraction(1, 2), True),
        ("coverage>=95%", TOKENS, Form.AMOUNT, Fraction(19, 20), True),
        ("failed(timeout)<=2", None, Form.AMOUNT, 2, False),
    ],
)
def test_forms(text, measure, form, value, least):
    gate = parse(text)
    assert gate.subject.measure == measure
    assert gate.limit == (form, value, least)


def test_a_percentile():
    gate = parse("p95(duration)<=30s")
    assert (gate.subject.measure, gate.subject.percentile) == (Measure.DURATION_SECONDS, 95)


@pytest.mark.parametrize(
    ("text", "where", "whole_run", "groups"),
    [
        ("2x", (), True, True),
        ("input_tokens=2x", (), True, True),
        ("<=500k", (), True, False),
        ("run: 2x", (), True, False),
        ("task=Expand*: 2x", ((Key.TASK, "Expand*"),), False, True),
        ("task=*: <=500k", ((Key.TASK, "*"),), False, True),
        ("task=a, model=b:c: 2x", ((Key.TASK, "a"), (Key.MODEL, "b:c")), False, True),
        ("failed(a:b)<=2", (), True, False),
    ],
)
def test_what_it_is_for(text, where, whole_run, groups):
    gate = parse(text)
    assert (gate.where, gate.whole_run, gate.groups) == (where, whole_run, groups)


@pytest.mark.parametrize(
    ("text", "at", "problem"),
    [
        ("", 0, "expected a limit"),
        ("2", 0, "write 2x for a factor"),
        ("2y", 1, "no unit 'y'"),
        ("2x 3", 3, "more than a limit"),
        ("x2", 0, "no metric 'x2'"),
        ("inptu=2x", 0, "did you mean 'input'"),
        ("cost<=2", 6, "write it as \\$2"),
        ("cost<$2", 4, "write <=: a value at the limit passes"),
        ("cost>=$2", 4, "better when it is lower"),
        ("duration<=30", 10, "500ms, 30s"),
        ("tsk=a: 2x", 0, "did you mean 'task'"),
        ("task=a, tsk=b: 2x", 8, "did you mean 'task'"),
        ("task=: 2x", 4, "of what"),
        ("task: 2x", 0, "KEY=GLOB"),
        ("p95(cost)<=2", 4, "a percentile is of"),
        ("failed(a", 7, "closing parenthesis"),
        ("-20%", 0, "less total_tokens is better"),
        ("tokens_per_second=2x", 18, "write >=0.8x"),
        ("tokens_per_second=-120%", 18, "more than 100%"),
        ("coverage=2x", 9, ">=90%"),
        ("+2x", 0, "a factor has no sign"),
        ("2x\x1b[31m", 2, "more than a limit"),
    ],
)
def test_mistakes_point_at_the_character(text, at, problem):
    with pytest.raises(WrongUsageError, match=problem) as caught:
        parse(text)
    shown, mark = caught.value.excerpt.split("\n")
    assert mark == " " * (2 + at) + "^"
    assert shown.isprintable()


def test_narrower_gates_are_narrower():
    texts = ["2x", "total_tokens=2x", "task=*: 2x", "task=E*: 2x", "task=Ex*: 2x", "task=E: 2x",
             "task=E,model=*: 2x"]  # fmt: skip
    order = [parse(text).narrowness for text in texts]
    assert order == sorted(order)
    assert len({*order}) == len(order)


@pytest.mark.parametrize(
    ("text", "value", "up", "written"),
    [
        ("<=1", 209267, True, "209267"),
        ("cost<=$1", Fraction(1, 3), True, "$0.333333334"),
        ("duration<=1s", Fraction("30.1"), True, "30.1s"),
        ("tokens_per_second>=1", Fraction(2, 3), False, "0.6666"),
        ("failure_rate<=1%", Fraction(1, 8), True, "12.5%"),
    ],
)
def test_an_amount_is_written_so_that_it_can_be_read(text, value, up, written):
    subject = parse(text).subject
    assert amount(subject, Fraction(value), up=up) == written
    sign = ">=" if subject.more_is_better else "<="
    assert parse(f"{subject}{sign}{written}").limit.form is Form.AMOUNT
