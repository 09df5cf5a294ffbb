"""Excerpts of log files as text: as grep shows them, with `>` at the line that was looked for."""

from collections.abc import Iterator, Sequence

from usagectl.failures.finding import Excerpt
from usagectl.render.words import values


def text(excerpts: Sequence[Excerpt]) -> str:
    """The excerpts, each below its file and line."""
    return "\n\n".join("\n".join(_lines(excerpt)) for excerpt in excerpts)


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
