"""Sentences as lines of a width, broken between words alone as long as a word fits."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

_WORD = re.compile(r"\S+")


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text, none of which is wider than so many columns of a terminal."""
    return [text[start:end] for start, end in spans(text, width)]


def spans(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of a text begins and ends; blanks around lines belong to none."""
    lines: list[tuple[int, int]] = []
    for start, end in _pieces(text, width):
        if lines and cell_len(text[lines[-1][0] : end]) <= width:
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
    return lines


def _pieces(text: str, width: int) -> Iterator[tuple[int, int]]:
    """The words of a text, those that are too wide in as many parts as it takes."""
    for word in _WORD.finditer(text):
        start, end = word.span()
        if cell_len(word[0]) > width:
            used = 0
            for i in range(start, end):
                size = cell_len(text[i])
                if used + size > width and i > start:
                    yield start, i
                    start, used = i, 0
                used += size
        yield start, end
