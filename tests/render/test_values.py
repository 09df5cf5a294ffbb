import pytest

from usagectl.render.words import values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"), (0, "0 s"), (0.0001, "<1 ms"), (0.0009, "<1 ms"), (0.001, "1 ms"), (0.25, "250 ms"), (0.9994, "999 ms"),
        (1, "1.0 s"), (59.94, "59.9 s"), (59.96, "1m 00s"), (99.96, "1m 40s"), (3599.4, "59m 59s"), (3599.6, "1h 00m"),
        (7265, "2h 01m"), (3_600_000, "1,000h 00m"),
    ],
)  # fmt: skip
def test_seconds(value, text):
    assert values.seconds(value) == text


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0, "0"), (1234567, "1,234,567")])
def test_count(value, text):
    assert values.count(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "-"), (0, "0.0%"), (0.0001, "<0.1%"), (0.5, "50.0%"), (1, "100.0%")]
)
def test_percent(value, text):
    assert values.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (0, "$0"),
        (0.000123, "$0.000123"),
        (0.0215, "$0.021500"),
        (1234.5, "$1,234.500000"),
    ],
)
def test_usd(value, text):
    assert values.usd(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("plain", "plain"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("two\nlines", "two\\nlines"),
        ("\u202eright to left", "\\u202eright to left"),
        ("[bold]markup[/bold]", "[bold]markup[/bold]"),
        ("模型", "模型"),
        ("\x9b2J", "\\x9b2J"),
    ],
)
def test_names_cannot_steer_a_terminal(value, text):
    assert values.name(value) == text
