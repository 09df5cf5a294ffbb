"""Which rows of a PlanExe file are one call. T is an answer with tokens, t its attempt."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from usagectl.readers.planexe.attempts import pair

START = datetime(2026, 3, 20, tzinfo=UTC)


def rows(*lines):
    """Each line: second of its end, duration, model, whether it has tokens, success, file."""
    full = [(*line, *(True, 0)[len(line) - 4 :]) for line in lines]
    return pl.DataFrame(
        {
            "file": [line[5] for line in full],
            "ended_at": [START + timedelta(seconds=line[0]) for line in full],
            "success": [line[4] for line in full],
            "model": [line[2] for line in full],
            "duration_us": [round(line[1] * 1e6) for line in full],
            "has_tokens": [line[3] for line in full],
        },
        schema_overrides={"file": pl.UInt32, "ended_at": pl.Datetime("us", "UTC")},
    )


def attempts(*lines):
    return pair(rows(*lines)).get_column("attempt").to_list()


T, t = True, False


def test_alternating_rows():
    lines = [
        (10, 9.9, "P:a/m", T),
        (10.01, 9.92, "m", t),
        (25, 12, "P:a/m", T),
        (25.02, 12.1, "m", t),
    ]
    assert attempts(*lines) == [1, None, 3, None]


def test_failed_attempt_of_an_answer_that_arrived():
    found = pair(rows((10, 9, "P:a/m", T), (10.01, 9.1, "m", t, False)))
    assert found.get_column("attempt").to_list() == [1, None]
    assert found.get_column("closes").to_list() == [True, False]


@pytest.mark.parametrize(
    "attempt",
    [
        (12, 11.9, "m", t, False),
        (10.5, 40, "m", t, False),
        (10.01, 2, "m", t, False),
        (10.01, 9, "P:a/m", t),
    ],
    ids=["too late", "much longer", "much shorter", "same name"],
)
def test_rows_that_are_two_calls(attempt):
    assert attempts((10, 9, "P:a/m", T), attempt) == [None, None]


def test_success_without_tokens_takes_the_answer_in_its_window_however_late():
    """Work after the last answer makes the attempt longer; a failure might be another call's."""
    assert attempts((10, 9, "P:a/m-1", T), (14, 13, "openai-m-1", t)) == [1, None]
    assert attempts((10, 9, "P:a/m-1", T), (14, 13, "openai-m-1", t, False)) == [None, None]
    assert attempts((10, 9, "P:a/m-1", T), (14, 13, "openai-other", t)) == [None, None]


def test_failure_right_after_an_answer_is_that_of_the_answer():
    """No request can fail in 10 ms: the answer arrived and could not be read."""
    lines = [(10, 9, "P:a/m", T), (30, 12, "P:a/m", T), (30.01, 30, "m", t, False)]
    assert attempts(*lines) == [2, 2, None]


def test_overlapping_chains_of_two_workers():
    lines = [
        (10, 10, "P:a/m", T), (20, 8, "P:a/m", T), (30, 18, "P:a/m", T), (30.01, 30.01, "m", t),
        (45, 23, "P:a/m", T), (45.01, 33.01, "m", t),
    ]  # fmt: skip
    assert attempts(*lines) == [3, 5, 3, None, 5, None]


def test_rows_of_two_files_never_pair():
    assert attempts((10, 9, "P:a/m", T, True, 0), (10.01, 9.1, "m", t, True, 1)) == [None, None]


def test_attempt_of_several_answers():
    lines = [
        (10, 5, "P:a/m", T),
        (16, 5.9, "P:a/m", T),
        (20, 3.9, "Q:a/m", T),
        (20.01, 15.1, "m", t),
    ]
    found = pair(rows(*lines))
    assert found.get_column("attempt").to_list() == [3, 3, 3, None]
    assert found.get_column("closes").to_list() == [False, False, True, False]


def test_answer_of_a_stopped_attempt_stays_alone():
    lines = [(10, 9, "P:a/m", T), (30, 5, "P:a/m", T), (30.01, 5.1, "m", t)]
    assert attempts(*lines) == [None, 2, None]


def test_workers_that_interleave():
    """The attempt that lasted 20 s belongs to the answer that took 20 s."""
    lines = [(30, 20, "P:a/x", T), (30.1, 5, "P:a/y", T), (30.2, 20.2, "x", t), (30.3, 5.2, "y", t)]
    assert attempts(*lines) == [2, 3, None, None]
    lines = [(30, 20, "P:a/x", T), (30.1, 5, "P:a/y", T), (30.2, 5.1, "y", t), (30.3, 20.3, "x", t)]
    assert attempts(*lines) == [3, 2, None, None]


def test_interleaved_workers_of_equal_durations_pair_by_name():
    lines = [
        (30, 9, "P:a/x-1", T),
        (30.01, 9, "P:a/y-1", T),
        (30.02, 9.02, "k-x-1", t),
        (30.03, 9.03, "k-y-1", t),
    ]
    found = attempts(*lines)
    assert sorted(row for row in found if row is not None) == [2, 3]


def test_leaked_tokens_go_back_to_the_failed_call():
    lines = [
        (10, 9, "anthropic-claude", t, False),
        (30, 15, "gpt-5-nano-2025-08-07", T),
        (30.01, 15.1, "openai-gpt-5-nano", T),
    ]
    found = pair(rows(*lines))
    assert found.get_column("attempt").to_list() == [None, 2, None]
    assert found.get_column("leaked_to").to_list() == [None, None, 0]
    assert found.get_column("merged").to_list() == [False, False, True]


def test_two_answers_are_never_one_call_without_a_leak():
    lines = [(30, 15, "gpt-5-nano-2025-08-07", T), (30.01, 15.1, "openai-gpt-5-nano", T)]
    assert attempts(*lines) == [None, None]


def test_nothing_to_pair():
    assert attempts((10, 9, "m", T), (20, 9, "m", T)) == [None, None]
    assert attempts((10, 9, "m", t)) == [None]
