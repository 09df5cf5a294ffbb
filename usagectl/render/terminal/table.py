"""Tables as lines of text, laid out for a width: nothing wraps, and no figure is ever cut.

Names lose their middle where the room asks for it. Then columns are hidden, those of the highest
rank first, and the page says which. Where even then the names have no room, they stand above their
figures.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Span as Styled
from rich.text import Text

from usagectl.render import document
from usagectl.render.document import Cut, Kind, Place, Table
from usagectl.render.terminal.apart import told_apart
from usagectl.render.terminal.clipping import clipped, ending
from usagectl.render.terminal.styles import STYLES, bar

GAP = 2
ESSENTIAL = 2
"""The highest rank of columns for which names rather move to a line of their own."""
_INDENT = 2
_BELOW = 4
_LEAST = 12
_ENOUGH, _ENOUGH_WHERE_WIDE = 22, 48
_WIDE = 100
_CUTS = {None: None, Cut.MIDDLE: clipped, Cut.START: ending, Cut.ALIKE: clipped}


class Laid(NamedTuple):
    """A table for a width.

    Attributes:
        head: The titles and a rule.
        rows: The lines of each row.
        marks: The marks at figures and words that stand.
        hidden: The titles of the columns that do not fit.
        needed: The width at which nothing would be hidden.
    """

    head: list[Text]
    rows: list[list[Text]]
    marks: set[str]
    hidden: list[str]
    needed: int

    @property
    def lines(self) -> list[Text]:
        """Head and rows."""
        return [*self.head, *(line for row in self.rows for line in row)]


class _Column(NamedTuple):
    """A column as text, and how wide it is where nothing is cut."""

    column: document.Column
    title: str
    texts: Sequence[str]
    size: int
    clip: Callable[[str, int], str] | None

    @property
    def right(self) -> bool:
        return self.column.kind is Kind.FIGURES

    @property
    def rank(self) -> int:
        return -1 if self.column.rank is None else self.column.rank

    def titled(self, title: str) -> "_Column":
        return self._replace(title=title, size=max(map(_size, (title, *self.texts))))


def laid(table: Table, width: int) -> Laid:
    """A table for a width; columns without a rank that stand first name the rows."""
    columns = [_as_text(column) for column in table.columns]
    if table.bare:
        columns = [column.titled("") for column in columns]
    elif head := table.head or table.title:
        columns[0] = columns[0].titled(head)
    columns = [_apart(column, columns, width) for column in columns]
    below = [column for column in columns if column.column.place is Place.BELOW]
    ranks = {c.rank for c in columns if c.column.place is Place.FALLS}
    for limit in (math.inf, *sorted(ranks, reverse=True)):
        falls = [c for c in columns if c.column.place is Place.FALLS and c.rank >= limit]
        made = _laid([c for c in columns if c not in (*below, *falls)], width)
        if not made.hidden and made.needed <= width:
            break
    rows = [[*row, *_under(number, falls, below, width)] for number, row in enumerate(made.rows)]
    return made._replace(head=[] if table.bare else made.head, rows=rows)


def _under(
    number: int, fallen: Sequence[_Column], below: Sequence[_Column], width: int
) -> list[Text]:
    """What stands below a row; sentences that are too long are wrapped later."""
    said = [column.texts[number] for column in fallen if column.texts[number]]
    if _INDENT + _size(", ".join(said)) <= width:
        said = [", ".join(said)] if said else []
    lines = [Text(" " * _INDENT + text, "dim") for text in said]
    for column in below:
        cell = column.column.cells[number]
        fits = not cell.short or _BELOW + len(cell.text) <= width
        text = cell.text if fits else cell.short
        lines += [Text(" " * _BELOW + text, STYLES[cell.tone])] if text else []
    return lines


def _as_text(column: document.Column) -> _Column:
    texts: list[str]
    if column.kind is Kind.BARS:
        texts = [bar(cell) for cell in column.cells]
    else:
        most = max((len(cell.mark) for cell in column.cells), default=0)
        # Digits stay below digits: what has no mark has a blank in its place.
        texts = [f"{cell.text}{cell.mark:<{most}}" for cell in column.cells]
    return _Column(column, "", texts, 0, _CUTS[column.cut]).titled(column.title)


def _apart(column: _Column, columns: Sequence[_Column], width: int) -> _Column:
    """A column whose texts differ also in the room that all others leave."""
    if column.column.cut is not Cut.ALIKE:
        return column
    used = sum(other.size + GAP for other in columns) - column.size - GAP
    return column._replace(texts=told_apart(column.texts, max(width - used, _LEAST)))


def _size(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _laid(columns: Sequence[_Column], width: int) -> Laid:
    enough = _ENOUGH_WHERE_WIDE if width > _WIDE else _ENOUGH
    kept = _fitting(columns, width, enough, ESSENTIAL)
    if _width(kept, _LEAST) <= width:
        return _of(columns, kept, [_grid(kept, width)], width)
    first = next((i for i, c in enumerate(columns) if c.column.rank is not None), len(columns))
    above, below = columns[:first], columns[first:]
    kept = _fitting(below, width - _INDENT, _LEAST, -1)
    grids = [_grid(above, width), _grid(kept, width - _INDENT, _INDENT if above else 0)]
    return _of(columns, [*above, *kept], grids, width)


class _Grid(NamedTuple):
    """Columns with their widths, as lines of a table."""

    columns: Sequence[_Column]
    widths: Sequence[int]
    indent: int

    @property
    def width(self) -> int:
        return self.indent + sum(self.widths) + GAP * (len(self.widths) - 1)

    def head(self) -> Text:
        return self._line([column.title for column in self.columns], ["bold"] * len(self.columns))

    def row(self, number: int) -> Text:
        return self._line(
            [column.texts[number] for column in self.columns],
            [STYLES[column.column.cells[number].tone] for column in self.columns],
        )

    def _line(self, texts: Sequence[str], styles: Sequence[str]) -> Text:
        pieces, spans, at = [" " * self.indent], [], self.indent
        last = len(texts) - 1
        cells = zip(texts, styles, self.columns, self.widths, strict=True)
        for i, (whole, style, column, width) in enumerate(cells):
            text = whole if column.clip is None else column.clip(whole, width)
            blank = " " * (width - _size(text))
            before, after = (blank, "") if column.right else ("", blank)
            pieces += (before, text, "" if i == last else after + " " * GAP)
            if style:
                start = at + len(before)
                spans.append(Styled(start, start + len(text), style))
            at += sum(map(len, pieces[-3:]))
        # What stands in a table is never folded: the text of a name is there to be copied.
        return Text("".join(pieces), spans=spans, no_wrap=True, end="")


def _of(
    columns: Sequence[_Column], kept: Sequence[_Column], grids: Sequence[_Grid], width: int
) -> Laid:
    """The lines of grids that stand one above the other in each row."""
    grids = [grid for grid in grids if grid.columns]
    count = len(columns[0].texts) if columns else 0
    size = min(max((grid.width for grid in grids), default=0), width)
    stand = {id(column) for column in kept}
    rule = Text("─" * size, style="dim", no_wrap=True)
    hidden = [column.column.called or column.title for column in columns if id(column) not in stand]
    return Laid(
        head=[*(grid.head() for grid in grids if any(c.title for c in grid.columns)), rule],
        rows=[[grid.row(number) for grid in grids] for number in range(count)],
        marks={cell.mark for column in kept for cell in column.column.cells},
        hidden=[title for title in hidden if title],
        needed=_needed(columns),
    )


def _fitting(columns: Sequence[_Column], width: int, enough: int, kept_rank: int) -> list[_Column]:
    """The columns that fit; those up to a rank stay, also where they do not."""
    kept = list(columns)
    while _width(kept, enough) > width:
        ranks = [column.rank for column in kept]
        highest = max(ranks, default=-1)
        if highest <= kept_rank:
            break
        del kept[ranks.index(highest)]
    return kept


def _width(columns: Sequence[_Column], enough: int) -> int:
    """How wide a table is of which no name takes more than enough."""
    sizes = [
        min(column.size, _asked(column.column, enough)) if column.clip else column.size
        for column in columns
    ]
    return sum(sizes) + GAP * (len(sizes) - 1)


def _asked(column: document.Column, enough: int) -> int:
    """How much a text may ask for: less where it can be hidden, and no more than the least."""
    if enough <= _LEAST:
        return enough
    return column.enough or (enough if column.rank is None else _LEAST)


def _needed(columns: Sequence[_Column]) -> int:
    narrow = _width(columns, _ENOUGH)
    return narrow if narrow <= _WIDE else max(_width(columns, _ENOUGH_WHERE_WIDE), _WIDE + 1)


def _grid(columns: Sequence[_Column], width: int, indent: int = 0) -> _Grid:
    """Columns with widths, of which the widest names are cut where there is no room for them."""
    widths = [min(column.size, width) if column.clip else column.size for column in columns]
    names = [i for i, column in enumerate(columns) if column.clip]
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    while excess > 0 and names and max(widths[i] for i in names) > 1:
        widest = max(names, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    return _Grid(columns, widths, indent)
