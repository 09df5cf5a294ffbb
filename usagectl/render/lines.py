"""Lines of a terminal, coloured or plain and wrapped at its width, and the notes among them."""

import io
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from usagectl.notices import Notice
from usagectl.render import values

Lines = list[Text]
MIN_TEXT = 22
"""The least width that text is wrapped to, however narrow the terminal."""
_NOTE = "note: "


def written(lines: Lines, *, width: int, colour: bool) -> str:
    """The text of some lines, for a terminal of some width.

    Sentences that are too long are wrapped; a line of a table stays as it was laid out.
    """
    if not colour:
        return "\n".join(piece.rstrip() for line in lines for piece in _folded(line, width))
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        for line in lines:
            console.print(line, overflow="fold", no_wrap=line.no_wrap, soft_wrap=line.no_wrap)
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n"))


def _folded(line: Text, width: int) -> list[str]:
    text = line.plain
    if line.no_wrap or cell_len(text) <= width:
        return [text]
    indent = " " * (len(text) - len(text.lstrip()))
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def notices(found: Sequence[Notice], width: int) -> Lines:
    """The doubts about the numbers, one after the other."""
    out = []
    for notice in found:
        first, *others = textwrap.wrap(values.name(notice.text), max(width - len(_NOTE), MIN_TEXT))
        out.append(Text.assemble((_NOTE, "yellow"), first))
        out += [Text(" " * len(_NOTE) + other) for other in others]
    return out


def more(hidden: int, what: str) -> Lines:
    """How many entries are not shown, where there are any."""
    return [Text(f"… {hidden:,} more {what}", style="dim")] if hidden > 0 else []
