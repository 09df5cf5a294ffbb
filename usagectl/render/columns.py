"""Columns of a table, made of texts or of numbers."""

from collections.abc import Callable, Iterable
from itertools import repeat
from typing import Any

from usagectl.render.document import PARTIAL, Column, Cut, Kind, Span, Tone
from usagectl.render.words import values


def names(
    title: str, texts: Iterable[Any], rank: int | None = None, enough: int | None = None
) -> Column:
    """A column of texts that lose their middle where there is no room."""
    return words(title, texts, rank)._replace(cut=Cut.MIDDLE, enough=enough)


def words(title: str, texts: Iterable[Any], rank: int | None = None, called: str = "") -> Column:
    """A column of texts that are never cut; those of data are written as `values.name` has them."""
    cells = [text if isinstance(text, Span) else Span(values.name(text)) for text in texts]
    return Column(title, cells, rank=rank, called=called)


def figures(
    title: str,
    form: Callable[[Any], str],
    numbers: Iterable[Any],
    rank: int | None = None,
    *,
    tones: Iterable[Tone] = repeat(Tone.PLAIN),
    partial: Iterable[bool] = repeat(False),
) -> Column:
    """A column of figures, which are never cut.

    Args:
        title: What stands above it.
        form: How a number is written.
        numbers: One for each row; what is not known is null.
        rank: The place at which it is hidden.
        tones: What each figure is to its reader.
        partial: Which of them do not rest on all calls.
    """
    cells = [
        Span(form(number), tone, number, PARTIAL if mark and number is not None else "")
        for number, tone, mark in zip(numbers, tones, partial, strict=False)
    ]
    return Column(title, cells, Kind.FIGURES, rank)


def toned(texts: Iterable[Any], tone: Tone) -> list[Span]:
    """Texts of one tone, those of data written as `values.name` has them."""
    return [Span(values.name(text), tone) for text in texts]
