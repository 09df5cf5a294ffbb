"""Sentences about parts: they are not to contradict the amounts they explain."""

from conftest import usage_of

import usagectl
from usagectl.model.names import Measure
from usagectl.render.words import why
from usagectl.reports.diff import diff_report


def calls(number, task, tokens, **more):
    return [{"task": task, "input_tokens": tokens, "output_tokens": 0, **more}] * number


def said(base, new):
    comparison = usagectl.compare(usage_of(*base), usage_of(*new))
    (explained,) = diff_report(comparison, metrics=[Measure.TOTAL_TOKENS], zone="UTC").why
    return why.amounts_and_reasons(explained.parts, explained.measure, comparison.keys)


def test_a_factor_that_moved_the_other_way_is_no_reason():
    base = calls(10, "big", 10_000) + calls(10, "small", 100)
    new = calls(4, "big", 11_000) + calls(30, "small", 120)
    assert said(base, new) == [
        ("-60,800", "another mix of calls by task"),
        ("+7,400", "more input tokens a call at the same mix of calls"),
    ]


def test_as_many_calls_of_other_tasks_are_another_mix():
    base = calls(10, "big", 10_000) + calls(10, "small", 100)
    new = calls(12, "big", 10_000) + calls(8, "small", 100)
    assert said(base, new) == [("+19,800", "another mix of calls by task")]


def test_models_that_all_sank_are_not_said_to_have_grown():
    base = calls(8, "t", 100, model="m") + calls(2, "t", 1000, model="n")
    new = calls(2, "t", 90, model="m") + calls(8, "t", 900, model="n")
    assert said(base, new) == [
        ("+5,130", "another mix of models"),
        ("-550", "fewer input tokens a call at the same mix of calls"),
    ]


def test_a_factor_of_groups_of_other_sizes_is_no_reason():
    base = calls(10, "big", 10_000) + calls(10, "small", 100)
    new = calls(1, "big", 10_000) + calls(18, "small", 100)
    # All in all one call fewer, which is not where 90,000 tokens went.
    assert said(base, new) == [("-89,200", "another mix of calls by task")]
    new = calls(10, "big", 11_000) + calls(90, "small", 100)
    assert ("+10,000", "more input tokens a call at the same mix of calls") in said(base, new)


def test_cancelled_calls_are_not_called_failed():
    base = calls(3, "t", 100)
    assert said(base, base + calls(2, "t", 50, status="cancelled")) == [
        ("+100", "2 more cancelled calls")
    ]
    mixed = calls(1, "t", 50, status="cancelled") + calls(1, "t", 50, status="failed")
    assert said(base, base + mixed) == [("+100", "2 more failed or cancelled calls")]


def test_fewer_successful_calls_are_called_so_where_as_many_were_made():
    base = calls(5, "t", 100)
    new = calls(2, "t", 100) + [{"task": "t", "status": "failed"}] * 3
    assert said(base, new) == [("-300", "3 fewer successful calls")]
