"""What a terminal gets: the page of a report, and the doubts about it on standard error."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from usagectl.model.names import OutputFormat
from usagectl.model.notices import Notice

if TYPE_CHECKING:
    from usagectl.render.terminal.lines import Lines


def show_page(page: "Callable[[int], Lines]", path: Path | None) -> None:
    """Write a page, made for a width in columns, to a file or as wide as the terminal."""
    from usagectl.commands import output
    from usagectl.render.terminal import lines

    width = output.width()
    colour = path is None and output.coloured()
    output.write(lines.written(page(width), width=width, colour=colour), path)


def show_report(name: str, report: object, form: OutputFormat, path: Path | None) -> None:
    """Write a report in a format.

    Args:
        name: Of a module `usagectl.render.NAME`, which has a function per format: `text` for a
            width, the others without.
        report: What it renders.
        form: The format.
        path: The file to write to, instead of the screen.
    """
    from importlib import import_module

    from usagectl.commands import output

    module = import_module(f"usagectl.render.{name}")
    if form is OutputFormat.TEXT:
        show_page(lambda width: module.text(report, width), path)
    else:
        output.write(getattr(module, form.value)(report), path)


def show_notices(notices: Sequence[Notice]) -> None:
    """Write the notices, each with a line of its own, as wide as the terminal."""
    from usagectl.commands import output
    from usagectl.model.escaping import logged
    from usagectl.render.terminal import lines

    if notices:
        width = output.width()
        noted = lines.notices(notices, width)
        colour = output.coloured(sys.stderr)
        output.note_lines("\n" + logged(lines.written(noted, width=width, colour=colour)))
