"""Documents as text for a terminal: as wide as it is, and nothing in it is cut but names."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from usagectl.model.notices import Notice
from usagectl.render import document as parts
from usagectl.render.document import Document, Span, Tone
from usagectl.render.terminal.clipping import clipped
from usagectl.render.terminal.continued import continued
from usagectl.render.terminal.lines import MIN_TEXT, Lines, written
from usagectl.render.terminal.styles import STYLES
from usagectl.render.terminal.table import GAP, Laid, laid
from usagectl.render.terminal.wrapping import spans
from usagectl.render.words import values

_BESIDE = 26
"""The least room in which a text stands beside what it is about."""


def text(document: Document, width: int, *, colour: bool = False) -> str:
    """A page for so many columns; its notices are none of it."""
    return written(lines(document, width), width=width, colour=colour)


def notices(found: Sequence[Notice], width: int, *, colour: bool) -> str:
    """The doubts about the numbers, one after the other."""
    notes = parts.Listing(
        [parts.Line([Span(values.name(n.text))]) for n in found], mark=Span("note: ", Tone.DOUBT)
    )
    return written(_Page(width).block(notes), width=width, colour=colour)


def lines(document: Document, width: int) -> Lines:
    """The lines of a page; an empty one between sections."""
    page = _Page(width)
    out: Lines = []
    for section in document.sections:
        if section.instead is not None:
            out += [Text(section.instead, "dim")] if section.instead else []
            continue
        made = page.section(section)
        out += [Text(), *made] if out and made else made
    return out


class _Page:
    """A page that is made from its top to its end, since a legend tells of what stands above it."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._tables: list[Laid] = []
        self._marks: set[str] = set()

    def section(self, section: parts.Section) -> Lines:
        title = [Text(section.title, STYLES[section.tone])] if section.title else []
        return [*title, *(line for block in section.blocks for line in self.block(block))]

    def block(self, block: parts.Block) -> Lines:  # noqa: PLR0911
        match block:
            case parts.Line():
                return [_styled(block.spans)]
            case parts.Listing():
                return self._listing(block)
            case parts.Terms():
                return self._terms(block)
            case parts.Findings():
                return [line for one in block.found for line in self._finding(one)]
            case parts.Table():
                return self._table(block)
            case parts.Command():
                return [Text(line) for line in continued(block.words, self._width)]
            case parts.Verbatim():
                return [Text(line, no_wrap=True) for line in block.lines]
            case parts.Legend():
                return self._legend(block)

    def _listing(self, listing: parts.Listing) -> Lines:
        out = []
        for number, line in enumerate(listing.lines, 1):
            mark = Span(f"  {number}. ") if listing.numbered else listing.mark
            out += self._hanging(_styled([mark]), _styled(line.spans))
        return out

    def _terms(self, terms: parts.Terms) -> Lines:
        self._marks |= {about.mark for about, _ in terms.rows}
        most = max((len(about.mark) for about, _ in terms.rows), default=0)
        labels = [f"{about.text}{about.mark:<{most}}" for about, _ in terms.rows]
        size = terms.room or max(map(cell_len, labels), default=0)
        room = self._width - size - terms.indent - GAP
        out: Lines = []
        for label, (about, said) in zip(labels, terms.rows, strict=True):
            before = " " * (size - cell_len(label) if terms.figures else 0)
            after = " " * max(size + GAP - len(before) - cell_len(label), 1)
            styled = (before + label, STYLES[about.tone])
            head = Text.assemble(" " * terms.indent, styled, after)
            if not terms.figures and room < _BESIDE:
                out.append(head)
                head = Text(" " * (terms.indent + GAP))
            text = (
                clipped(said.text, self._width - cell_len(head.plain)) if terms.cut else said.text
            )
            out += self._hanging(head, Text(text, STYLES[said.tone]))
        return out

    def _hanging(self, head: Text, said: Text) -> Lines:
        """A text behind its head, whose other lines stand below its beginning."""
        used = cell_len(head.plain)
        ends = spans(said.plain, max(self._width - used, MIN_TEXT))
        blank = Text(" " * used)
        parts = [said[start:end] for start, end in ends] or [Text()]
        return [head + parts[0], *(blank + part for part in parts[1:])]

    def _finding(self, finding: parts.Finding) -> Lines:
        said = f": {finding.said}" if finding.said else ""
        first = Text.assemble("  ", (finding.name, "bold"), said)
        under = (Text(text, STYLES[finding.tone]) for text in finding.below if text)
        return [first, *(line for text in under for line in self._hanging(Text(" " * 6), text))]

    def _table(self, table: parts.Table) -> Lines:
        made = laid(table, self._width)
        self._tables.append(made)
        self._marks |= made.marks
        return made.lines

    def _legend(self, legend: parts.Legend) -> Lines:
        """What its marks mean, and which columns have no room."""
        said = [f"{m.strip()} {text}" for m, text in legend.marks.items() if m in self._marks]
        said += legend.said
        hidden = [title for table in self._tables for title in table.hidden]
        if hidden:
            needed = max(table.needed for table in self._tables if table.hidden)
            titles = ", ".join(dict.fromkeys(hidden))
            said.append(f"hidden at this width: {titles}; COLUMNS={needed} shows them")
        return [Text(text, "dim") for text in said]


def _styled(spans_: Sequence[Span]) -> Text:
    return Text.assemble(*((span.text, STYLES[span.tone]) for span in spans_))
