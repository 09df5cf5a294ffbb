"""Tables as lines of text. Their columns are chosen to fit, so nothing is left to squeeze."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Text

GAP = 2


class Cell(NamedTuple):
    """What stands in one place of a table, and how."""

    text: str
    style: str = ""


class Heading(NamedTuple):
    """The head of a column; figures are aligned to the right."""

    title: str
    right: bool = True


def lines(headings: Sequence[Heading], rows: Sequence[Sequence[Cell]]) -> list[Text]:
    """Head, rule and rows, each as wide as its widest cells ask for."""
    widths = [
        max(cell_len(heading.title), *(cell_len(row[i].text) for row in rows), 0)
        for i, heading in enumerate(headings)
    ]
    head = _line([Cell(heading.title, "bold") for heading in headings], headings, widths)
    rule = Text("─" * (sum(widths) + GAP * (len(widths) - 1)), style="dim")
    return [head, rule, *(_line(row, headings, widths) for row in rows)]


def _line(cells: Sequence[Cell], headings: Sequence[Heading], widths: Sequence[int]) -> Text:
    line = Text(no_wrap=True, end="")
    last = len(cells) - 1
    for i, (cell, heading, width) in enumerate(zip(cells, headings, widths, strict=True)):
        blank = " " * (width - cell_len(cell.text))
        if heading.right:
            line.append(blank)
        line.append(cell.text, cell.style or None)
        if i < last:
            line.append(" " * GAP if heading.right else blank + " " * GAP)
    return line


def clipped(text: str, width: int) -> str:
    """A name that is too wide loses its middle: both of its ends tell it apart."""
    if cell_len(text) <= width:
        return text
    head = (width - 1) // 2
    left, right = _cut(text, head), _cut(text[::-1], width - 1 - head)[::-1]
    return f"{left}…{right}"


def _cut(text: str, width: int) -> str:
    """As much of the beginning as is not wider."""
    if len(text) == cell_len(text):
        return text[:width]
    kept = ""
    for character in text:
        if cell_len(kept + character) > width:
            break
        kept += character
    return kept
