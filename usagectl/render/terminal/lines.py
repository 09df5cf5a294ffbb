"""Lines of a terminal, coloured or plain and wrapped at its width."""

import io

from rich.cells import cell_len
from rich.text import Text

from usagectl.model.escaping import shown
from usagectl.render.terminal.wrapping import spans

Lines = list[Text]
MIN_TEXT = 22
"""The least width that text is wrapped to, however narrow the terminal."""


def written(lines: Lines, *, width: int, colour: bool) -> str:
    """The text of some lines, for a terminal of some width.

    Sentences that are too long are wrapped; a line of a table stays as it was laid out.
    """
    pieces = [piece for line in lines for piece in _folded(_safe(line), width)]
    if not colour:
        return "\n".join(piece.plain.rstrip() for piece in pieces)
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
        for piece in pieces:
            console.print(piece, soft_wrap=True)
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n"))


def _safe(line: Text) -> Text:
    """A line in which nothing is left that steers a terminal, whoever made it."""
    if line.plain.isprintable():
        return line
    return Text(shown(line.plain), line.style, no_wrap=line.no_wrap)


def _folded(line: Text, width: int) -> Lines:
    text = line.plain
    if line.no_wrap or cell_len(text) <= width:
        return [line]
    indent = " " * min(len(text) - len(text.lstrip()), width // 2)
    return [Text(indent) + line[start:end] for start, end in spans(text, width - len(indent))]
