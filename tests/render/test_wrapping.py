"""Sentences are broken between words, at the width of a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from usagectl.render.terminal.lines import written
from usagectl.render.terminal.wrapping import wrapped


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", []),
        ("one two", ["one two"]),
        ("one  two three four", ["one  two", "three four"]),
        ("claude-sonnet-4-6 x", ["claude-sonn", "et-4-6 x"]),
        ("a claude-son", ["a", "claude-son"]),
        ("東京東京東京東京", ["東京東京東", "京東京"]),
    ],
)
def test_wrapped(text, lines):
    assert wrapped(text, 11) == lines


@given(st.text(st.sampled_from("ab 東🙂e\u0301"), max_size=60), st.integers(4, 20))
def test_no_line_is_wider_and_no_word_is_lost(text, width):
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize("colour", [False, True])
def test_a_line_keeps_its_styles_and_steers_nothing(colour):
    line = Text.assemble("  ", ("bold words", "bold"), "  and\x1b[2J more of them")
    shown = written([line], width=20, colour=colour).split("\n")
    assert len(shown) == 3
    assert "\\x1b[2J" in "".join(shown)
    table = Text("x" * 30, no_wrap=True, end="")
    assert written([table], width=20, colour=colour) == "x" * 30
