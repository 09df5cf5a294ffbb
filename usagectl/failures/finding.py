"""What the text files of a run say about one failure, with the lines around it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from usagectl.failures.logs import begins, has, told
from usagectl.failures.secrets import masked_text
from usagectl.inputs.file import SourceFile

_KEY_LINE = "***"


class Excerpt(NamedTuple):
    """Lines of a file around one that names an id.

    `lines` are numbers and texts, secrets masked; `hits` are the numbers of those that name it.
    `said` is the error text of a JSON record, with real line ends.
    """

    path: str
    hits: tuple[int, ...]
    lines: tuple[tuple[int, str], ...]
    said: str | None


def excerpts(error_id: str, paths: Sequence[str], context: int) -> Iterator[Excerpt]:
    """Every place that names an id, file by file.

    Args:
        error_id: The id.
        paths: Files of any kind; what is no text is left out.
        context: How many lines to show before and after each place; a traceback is shown whole.
    """
    for path in dict.fromkeys(paths):
        file = SourceFile("", path, "")
        if path == "-" or not file.head().is_text:
            continue
        before = 0
        for block in file.blocks():
            if has(block, error_id):
                lines = block.decode("utf-8", "replace").rstrip("\n").split("\n")
                yield from _of_block(error_id, path, lines, before, context)
            before += block.count(b"\n")


def _of_block(
    error_id: str, path: str, lines: Sequence[str], before: int, context: int
) -> Iterator[Excerpt]:
    shown_to = -1
    lines = list(_without_keys(lines))
    for at, line in enumerate(lines):
        if error_id not in line or at <= shown_to:
            continue
        end = at
        while end + 1 < len(lines) and not begins(lines[end + 1]) and not line.startswith("{"):
            end += 1
        first, last = max(at - context, shown_to + 1, 0), min(end + context, len(lines) - 1)
        shown_to = last
        said = told(error_id, line) if line.startswith("{") else None
        yield Excerpt(
            path,
            tuple(before + i + 1 for i in range(at, last + 1) if error_id in lines[i]),
            tuple((before + i + 1, masked_text(lines[i])) for i in range(first, last + 1)),
            masked_text(said) if said else None,
        )


def _without_keys(lines: Sequence[str]) -> Iterator[str]:
    """The lines with those inside a private key masked, of which each alone says nothing."""
    inside = False
    for line in lines:
        yield _KEY_LINE if inside and "-----" not in line else line
        if "-----BEGIN " in line and "PRIVATE KEY" in line:
            inside = True
        if "-----END " in line:
            inside = False
