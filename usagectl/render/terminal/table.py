"""Tables as lines of text, laid out for a width: nothing wraps, and no figure is ever cut.

Names lose their middle where the room asks for it. Then columns are hidden, those of the highest
rank first, and the page says which. Where even then the names have no room, they stand above their
figures.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from rich.text import Span, Text

from usagectl.render.terminal.clipping import clipped

GAP = 2
ESSENTIAL = 2
"""The highest rank of columns for which names rather move to a line of their own."""
_INDENT = 2
_LEAST = 12
_ENOUGH, _ENOUGH_WHERE_WIDE = 22, 48
_WIDE = 100
Clip = Callable[[str, int], str]


class Cell(NamedTuple):
    """What stands in one place of a table, and how."""

    text: str
    style: str = ""


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: What stands above it.
        cells: One for each row.
        size: How wide it is where nothing is cut.
        rank: The place at which it is hidden, the highest first; without one it always stands.
        right: It stands to the right, as figures do.
        clip: How its texts lose a part where there is no room; without it they never do.
        enough: The width up to which others are rather hidden than a text of it is cut.
        called: Its name where it is hidden, if not its title; nobody misses one that has neither.
    """

    title: str
    cells: Sequence[Cell]
    size: int
    rank: int | None = None
    right: bool = True
    clip: Clip | None = None
    enough: int | None = None
    called: str = ""


class Laid(NamedTuple):
    """A table for a width.

    Attributes:
        head: The titles and a rule.
        rows: The lines of each row.
        shown: The columns that stand.
        hidden: The titles of those that do not fit.
        needed: The width at which nothing would be hidden.
    """

    head: list[Text]
    rows: list[list[Text]]
    shown: list[Column]
    hidden: list[str]
    needed: int

    @property
    def body(self) -> list[Text]:
        """The lines of all rows."""
        return [line for row in self.rows for line in row]

    @property
    def lines(self) -> list[Text]:
        """Head and rows."""
        return [*self.head, *self.body]


def names(
    title: str,
    cells: Iterable[Cell | str],
    rank: int | None = None,
    clip: Clip = clipped,
    enough: int | None = None,
) -> Column:
    """A column of texts that lose a part where there is no room, by default their middle."""
    return _column(title, cells, rank)._replace(right=False, clip=clip, enough=enough)


def words(
    title: str, cells: Iterable[Cell | str], rank: int | None = None, called: str = ""
) -> Column:
    """A column of texts that are never cut."""
    return _column(title, cells, rank)._replace(right=False, called=called)


def figures(
    title: str, cells: Iterable[Cell | str], rank: int | None = None, called: str = ""
) -> Column:
    """A column of figures, which are never cut."""
    return _column(title, cells, rank)._replace(called=called)


def _column(title: str, cells: Iterable[Cell | str], rank: int | None) -> Column:
    whole = [Cell(cell) if isinstance(cell, str) else cell for cell in cells]
    size = max(_size(title), *(_size(cell.text) for cell in whole), 0)
    return Column(title, whole, size, rank)


def _size(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def laid(columns: Sequence[Column], width: int) -> Laid:
    """The columns for a width; those without a rank that stand first name the rows."""
    enough = _ENOUGH_WHERE_WIDE if width > _WIDE else _ENOUGH
    kept = _fitting(columns, width, enough, ESSENTIAL)
    if _width(kept, _LEAST) <= width:
        return _of(columns, kept, [_grid(kept, width)], width)
    first = next((i for i, c in enumerate(columns) if c.rank is not None), len(columns))
    above, below = columns[:first], columns[first:]
    kept = _fitting(below, width - _INDENT, _LEAST, -1)
    grids = [_grid(above, width), _grid(kept, width - _INDENT, _INDENT if above else 0)]
    return _of(columns, [*above, *kept], grids, width)


class _Grid(NamedTuple):
    """Columns with their widths, as lines of a table."""

    columns: Sequence[Column]
    widths: Sequence[int]
    indent: int

    @property
    def width(self) -> int:
        return self.indent + sum(self.widths) + GAP * (len(self.widths) - 1)

    def head(self) -> Text:
        return self._line([Cell(column.title, "bold") for column in self.columns])

    def row(self, number: int) -> Text:
        return self._line([column.cells[number] for column in self.columns])

    def _line(self, cells: Sequence[Cell]) -> Text:
        pieces, spans, at = [" " * self.indent], [], self.indent
        last = len(cells) - 1
        for i, (cell, column, width) in enumerate(
            zip(cells, self.columns, self.widths, strict=True)
        ):
            text = cell.text if column.clip is None else column.clip(cell.text, width)
            blank = " " * (width - _size(text))
            before, after = (blank, "") if column.right else ("", blank)
            pieces += (before, text, "" if i == last else after + " " * GAP)
            if cell.style:
                start = at + len(before)
                spans.append(Span(start, start + len(text), cell.style))
            at += sum(map(len, pieces[-3:]))
        # What stands in a table is never folded: the text of a name is there to be copied.
        return Text("".join(pieces), spans=spans, no_wrap=True, end="")


def _of(
    columns: Sequence[Column], kept: Sequence[Column], grids: Sequence[_Grid], width: int
) -> Laid:
    """The lines of grids that stand one above the other in each row."""
    grids = [grid for grid in grids if grid.columns]
    count = len(columns[0].cells) if columns else 0
    size = min(max((grid.width for grid in grids), default=0), width)
    stand = {id(column) for column in kept}
    rule = Text("─" * size, style="dim", no_wrap=True)
    return Laid(
        head=[*(grid.head() for grid in grids if any(c.title for c in grid.columns)), rule],
        rows=[[grid.row(number) for grid in grids] for number in range(count)],
        shown=list(kept),
        hidden=[column.called or column.title for column in columns if id(column) not in stand],
        needed=_needed(columns),
    )


def _fitting(columns: Sequence[Column], width: int, enough: int, kept_rank: int) -> list[Column]:
    """The columns that fit; those up to a rank stay, also where they do not."""
    kept = list(columns)
    while _width(kept, enough) > width:
        ranks = [-1 if column.rank is None else column.rank for column in kept]
        highest = max(ranks, default=-1)
        if highest <= kept_rank:
            break
        del kept[ranks.index(highest)]
    return kept


def _width(columns: Sequence[Column], enough: int) -> int:
    """How wide a table is of which no name takes more than enough."""
    sizes = [
        min(column.size, _asked(column, enough)) if column.clip else column.size
        for column in columns
    ]
    return sum(sizes) + GAP * (len(sizes) - 1)


def _asked(column: Column, enough: int) -> int:
    """How much a text may ask for: less where it can be hidden, and no more than the least."""
    if enough <= _LEAST:
        return enough
    return column.enough or (enough if column.rank is None else _LEAST)


def _needed(columns: Sequence[Column]) -> int:
    narrow = _width(columns, _ENOUGH)
    return narrow if narrow <= _WIDE else max(_width(columns, _ENOUGH_WHERE_WIDE), _WIDE + 1)


def _grid(columns: Sequence[Column], width: int, indent: int = 0) -> _Grid:
    """Columns with widths, of which the widest names are cut where there is no room for them."""
    widths = [min(column.size, width) if column.clip else column.size for column in columns]
    names = [i for i, column in enumerate(columns) if column.clip]
    excess = sum(widths) + GAP * (len(widths) - 1) - width
    while excess > 0 and names and max(widths[i] for i in names) > 1:
        widest = max(names, key=lambda i: widths[i])
        widths[widest] -= 1
        excess -= 1
    return _Grid(columns, widths, indent)
