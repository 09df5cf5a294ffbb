"""What a page is made of, free of any format: sections of sentences, terms, lists and tables.

A page says what there is to read, what it is to its reader, and in which order it may be left out.
How that looks, a format decides.
"""

from collections.abc import Callable, Sequence
from enum import Enum, StrEnum
from typing import Any, NamedTuple

from usagectl.model.notices import Notice

PARTIAL = "*"
"""The mark of a figure that does not rest on all calls."""


class Tone(StrEnum):
    """What a text is to its reader."""

    PLAIN = ""
    STRONG = "strong"
    QUIET = "quiet"
    NAME = "name"
    GOOD = "good"
    BAD = "bad"
    DOUBT = "doubt"
    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"


class Span(NamedTuple):
    """A text, what it is, and the number that it writes.

    Attributes:
        text: What people read; data in it went through `values.name`.
        tone: What it is to them.
        value: The number behind a figure; of a bar the part of the longest one, 0 to 1.
        mark: What stands behind it to be explained by a `Legend`.
        short: What to say where the text has no room in a line.
    """

    text: str
    tone: Tone = Tone.PLAIN
    value: float | None = None
    mark: str = ""
    short: str = ""


class Kind(Enum):
    """What stands in a column."""

    WORDS = "words"
    FIGURES = "figures"
    BARS = "bars"


class Cut(Enum):
    """Which part a text loses where there is no room: what it shares with others, if `ALIKE`."""

    MIDDLE = "middle"
    START = "start"
    ALIKE = "alike"


class Place(Enum):
    """Where the cells of a column stand: in their row, below it, or there if there is no room.

    Columns that fall go by their ranks, those of one rank together.
    """

    ROW = "row"
    BELOW = "below"
    FALLS = "falls"


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: What stands above it.
        cells: One for each row.
        kind: What they are.
        rank: The place at which it is hidden, the highest first; without one it always stands.
        cut: How its texts lose a part where there is no room; without it they never do.
        enough: The width up to which others are rather hidden than a text of it is cut.
        called: Its name where it is hidden, if not its title; nobody misses one that has neither.
        place: Where its cells stand.
        judged: Its tones are verdicts, to be seen also where there is no colour.
    """

    title: str
    cells: Sequence[Span]
    kind: Kind = Kind.WORDS
    rank: int | None = None
    cut: Cut | None = None
    enough: int | None = None
    called: str = ""
    place: Place = Place.ROW
    judged: bool = False


class Line(NamedTuple):
    """A sentence."""

    spans: Sequence[Span]


class Listing(NamedTuple):
    """Sentences below each other, each behind a mark, or a number."""

    lines: Sequence[Line]
    mark: Span = Span("")
    numbered: bool = False


class Terms(NamedTuple):
    """Texts beside what they are about.

    Attributes:
        rows: What it is about, and the text.
        figures: The former are figures.
        indent: How far they are from the margin.
        room: The least that the former take; a longer one stands closer to its text.
        cut: A text takes one line and may lose its middle.
    """

    rows: Sequence[tuple[Span, Span]]
    figures: bool = False
    indent: int = 2
    room: int = 0
    cut: bool = False


class Finding(NamedTuple):
    """Something that was found: of what, what, and more about it."""

    name: str
    said: str
    below: Sequence[str]
    tone: Tone = Tone.QUIET


class Findings(NamedTuple):
    """What was found, below each other."""

    found: Sequence[Finding]


class Table(NamedTuple):
    """Columns of a table; `head` is said of the first where the title has no line of its own.

    A bare table needs no titles above its rows where these stand by themselves.
    """

    columns: Sequence[Column]
    title: str = ""
    head: str = ""
    bare: bool = False


class Command(NamedTuple):
    """The words of a command, to be copied."""

    words: Sequence[str]


class Verbatim(NamedTuple):
    """Lines that are never wrapped."""

    lines: Sequence[str]


class Legend(NamedTuple):
    """What the marks of the tables above it mean, those that stand, and what else is to be said."""

    marks: dict[str, str]
    said: Sequence[str] = ()


Block = Line | Listing | Terms | Findings | Table | Command | Verbatim | Legend


class Section(NamedTuple):
    """Blocks that belong together.

    Attributes:
        blocks: What it holds.
        title: What stands above.
        tone: What the title is to its reader.
        folded: It is opened by who wants it, where that can be.
        instead: What a short page says in its place: nothing, or how to see it.
    """

    blocks: Sequence[Block]
    title: str = ""
    tone: Tone = Tone.STRONG
    folded: bool = False
    instead: str | None = None


class Document(NamedTuple):
    """A page: its title, sections, and the doubts about its numbers."""

    title: Span
    sections: Sequence[Section]
    notices: Sequence[Notice] = ()


def line(text: str, tone: Tone = Tone.PLAIN) -> Line:
    """A sentence of one tone."""
    return Line([Span(text, tone)])


Fact = tuple[Span, Span]


def fact(form: Callable[[Any], str], number: Any, said: str, *, partial: bool = False) -> Fact:
    """A figure of a headline, and what it is of."""
    mark = PARTIAL if partial and number is not None else ""
    return Span(form(number), Tone.STRONG, number, mark), Span(said)


def more(hidden: int, what: str) -> list[Block]:
    """How many entries are not shown, where there are any."""
    return [line(f"… {hidden:,} more {what}", Tone.QUIET)] if hidden > 0 else []
