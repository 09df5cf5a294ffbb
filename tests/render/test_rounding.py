"""Floats of reports have no digits that say nothing, and none too few."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from usagectl.render.words.rounding import tidied, tidied_frame, tidy


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.0"),
        (111.38399999999999, "111.384"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333"),
        (-2 / 3, "-0.666666666667"),
        (1e9 / 3, "333333333.333"),
        (1234567.123456, "1234567.123456"),
        (98765.123456789, "98765.123456789"),
        (1e-9, "1e-09"),
        (1.6657555017126758e-21, "1.66575550171e-21"),
        (1e15, "1000000000000000.0"),
        (5.0, "5.0"),
    ],
)
def test_tidy(value, written):
    assert repr(tidy(value)) == written


@given(st.integers(-(10**15), 10**15))
def test_microseconds_are_exact(microseconds):
    assert tidy(microseconds / 1_000_000) == microseconds / 1_000_000


@given(st.integers(-(10**13), 10**13))
def test_amounts_are_exact(nano):
    assert tidy(nano / 10**9) == nano / 10**9


def test_in_values_and_frames():
    assert tidied({"a": [1 / 3, 1, None, "x"]}) == {"a": [0.333333333333, 1, None, "x"]}
    frame = pl.DataFrame({"a": [1 / 3, None], "b": [1, 2]})
    assert tidied_frame(frame).to_dicts() == [{"a": 0.333333333333, "b": 1}, {"a": None, "b": 2}]
