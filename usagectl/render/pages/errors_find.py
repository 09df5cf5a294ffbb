"""`usagectl errors find`: excerpts of log files, as grep shows them."""

from collections.abc import Iterator, Sequence

from usagectl.failures.finding import Excerpt
from usagectl.render.document import Document, Section, Span, Verbatim
from usagectl.render.words import values


def page(excerpts: Sequence[Excerpt]) -> Document:
    """Each excerpt below its file and line, with `>` at the line that was looked for."""
    sections = [Section([Verbatim([*_lines(excerpt)])]) for excerpt in excerpts]
    return Document(Span("Lines that name the failure"), sections)


def _lines(excerpt: Excerpt) -> Iterator[str]:
    yield f"{values.name(excerpt.path)}:{excerpt.hits[0]}"
    for number, line in excerpt.lines:
        mark = ">" if number in excerpt.hits else " "
        if number == excerpt.hits[0] and excerpt.said is not None:
            # The text of a JSON record is easier to read than its line.
            for part in excerpt.said.splitlines():
                yield f"{mark} {number:>5}  {values.name(part)}"
        else:
            yield f"{mark} {number:>5}  {values.name(line)}"
