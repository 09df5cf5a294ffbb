"""Documents as GitHub-flavoured Markdown, for a pull request or a wiki."""

import re
from collections.abc import Iterable, Iterator, Sequence

from usagectl.model.escaping import markdown as escaped
from usagectl.render import document as page
from usagectl.render.document import Document, Span, Tone
from usagectl.render.words import values
from usagectl.render.words.shell import command

_BOLD = (Tone.STRONG, Tone.NAME, Tone.PASSED, Tone.FAILED, Tone.OPEN)
_LIGHTS = {
    Tone.PASSED: "🟢 ",
    Tone.GOOD: "🟢 ",
    Tone.FAILED: "🔴 ",
    Tone.BAD: "🔴 ",
    Tone.OPEN: "🟡 ",
}
"""What stands for a colour that tells a verdict."""


def markdown(document: Document) -> str:
    """All of a page: nothing of it is hidden, what is folded can be opened, and notices end it."""
    marks: set[str] = set()
    title = f"## {_LIGHTS.get(document.title.tone, '')}{escaped(document.title.text)}"
    parts = [title, *(part for section in document.sections for part in _section(section, marks))]
    parts += _list(escaped(values.name(notice.text)) for notice in document.notices)
    return "\n\n".join(_apart(parts))


def _apart(parts: Sequence[str]) -> Iterator[str]:
    """The parts; a list behind a list has other marks, which keep the two from being one."""
    before = ""
    for part in parts:
        lists = part.startswith("- ") and before.startswith("- ")
        before = re.sub(r"(?m)^- ", "* ", part) if lists else part
        yield before


def _section(section: page.Section, marks: set[str]) -> list[str]:
    parts = [part for block in section.blocks for part in _block(block, marks)]
    title = escaped(" ".join(section.title.split()))
    if section.folded and parts:
        joined = "\n\n".join(_apart(parts))
        return [f"<details><summary>{title}</summary>\n\n{joined}\n\n</details>"]
    return [*([f"### {title}"] if title and parts else []), *parts]


def _block(block: page.Block, marks: set[str]) -> list[str]:  # noqa: PLR0911
    match block:
        case page.Line():
            return [_said(block.spans)]
        case page.Listing():
            return _list((_said(line.spans) for line in block.lines), numbered=block.numbered)
        case page.Terms():
            marks |= {about.mark for about, _ in block.rows}
            colon = "" if block.figures else ":"
            return _list(
                f"**{escaped(about.text.strip() + about.mark)}**{colon} {escaped(said.text)}"
                for about, said in block.rows
            )
        case page.Findings():
            return _list(
                f"**{escaped(one.name)}** "
                + "; ".join(escaped(text) for text in (one.said, *one.below) if text)
                for one in block.found
            )
        case page.Table():
            return _table(block, marks)
        case page.Command():
            fenced = command(block.words).replace("```", "'''")
            return [f"```sh\n{fenced}\n```"]
        case page.Verbatim():
            fenced = "\n".join(block.lines).replace("```", "'''")
            return [f"```\n{fenced}\n```"]
        case page.Legend():
            said_ = [f"{m.strip()} {text}" for m, text in block.marks.items() if m in marks]
            return [*map(escaped, (*said_, *block.said))]


def _said(spans: Sequence[Span]) -> str:
    return "".join(map(_span, spans))


def _span(span: Span) -> str:
    """A text with the blanks around it, which no bold letters may have inside."""
    text = span.text.strip(" ")
    before, _, after = span.text.partition(text) if text else ("", "", span.text)
    shown = f"**{escaped(text)}**" if span.tone in _BOLD and text else escaped(text)
    return " " * len(before) + shown + " " * len(after)


def _list(texts: Iterable[str], *, numbered: bool = False) -> list[str]:
    items = [f"{f'{i}.' if numbered else '-'} {text}" for i, text in enumerate(texts, 1)]
    return ["\n".join(items)] if items else []


def _table(table: page.Table, marks: set[str]) -> list[str]:
    """A table with all columns that say something, but bars, which are drawn."""
    columns = [
        column
        for column in table.columns
        if column.kind is not page.Kind.BARS and any(cell.text for cell in column.cells)
    ]
    marks |= {cell.mark for column in columns for cell in column.cells}
    rule = ["---:" if column.kind is page.Kind.FIGURES else "---" for column in columns]
    rows = zip(*(_cells(column) for column in columns), strict=True)
    lines = [[escaped((column.title or column.called).strip()) for column in columns], rule, *rows]
    shown = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return [*([f"### {escaped(table.title)}"] if table.title else []), shown]


def _cells(column: page.Column) -> list[str]:
    lights = _LIGHTS if column.judged else {}
    return [
        lights.get(cell.tone, "") + escaped((cell.text + cell.mark).strip())
        for cell in column.cells
    ]
