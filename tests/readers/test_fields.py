import json

import polars as pl
import pytest

from usagectl.readers.core.fields import FieldError, Kind, convert


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, 12),
        (0, 0),
        ("12", 12),
        (" 12 ", 12),
        ("1e1", 10),
        (12.0, 12),
        (1e3, 1000),
        ("12.0", 12),
        (None, None),
    ],
    ids=repr,
)
def test_counts_that_are_accepted(value, expected):
    found = convert({"n": Kind.COUNT}, {"n": value})["n"]
    assert found == expected
    assert not isinstance(found, float)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (12.7, "n is 12.7, not a whole number"),
        (-5, "n is negative (-5)"),
        (1e30, "n is too large to be true (1e+30)"),
        (float("nan"), "n is nan, not a whole number"),
        (float("inf"), "n is inf, not a whole number"),
        (True, "n is true, not a whole number"),
        ("many", 'n is "many", not a whole number'),
        ("1_2", 'n is "1_2", not a whole number'),
        (10**400, "n is too large to be true (1" + "0" * 36 + "...)"),
        ([1], "n is [1], not a whole number"),
        ("x" * 80, 'n is "' + "x" * 36 + "..., not a whole number"),
    ],
)
def test_counts_that_are_refused(value, reason):
    with pytest.raises(FieldError) as error:
        convert({"n": Kind.COUNT}, {"n": value})
    assert str(error.value) == reason


def test_text_keeps_what_is_no_text_as_json():
    assert convert({"error": Kind.TEXT}, {"error": {"code": 429}}) == {"error": '{"code": 429}'}


@pytest.mark.parametrize(
    "text",
    ["12.0", "1e30", "1e-7", "-0.0", "true", '{"a": 12.0, "b": [1, "x"]}'],
    ids=repr,
)
def test_what_is_no_text_is_written_as_the_strict_path_writes_it(text):
    strict = pl.read_ndjson(f'{{"t": {text}}}'.encode(), schema={"t": pl.String}).item()
    assert convert({"t": Kind.TEXT}, {"t": json.loads(text)}) == {"t": strict}


def test_nested_fields_are_named_by_their_path():
    fields = {"usage": {"n": Kind.COUNT}}
    assert convert(fields, {"usage": {"n": 1}}) == {"usage": {"n": 1}}
    with pytest.raises(FieldError, match=r"usage\.n is true"):
        convert(fields, {"usage": {"n": True}})
    with pytest.raises(FieldError, match="usage is 5, not an object"):
        convert(fields, {"usage": 5})


@pytest.mark.parametrize(("value", "expected"), [(True, True), ("false", False), (None, None)])
def test_flags(value, expected):
    assert convert({"ok": Kind.FLAG}, {"ok": value}) == {"ok": expected}


@pytest.mark.parametrize("value", [1, "yes", []])
def test_flags_that_are_refused(value):
    with pytest.raises(FieldError, match="not true or false"):
        convert({"ok": Kind.FLAG}, {"ok": value})
