"""What a terminal gets: a report in the format that was asked for, and the doubts about it."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from usagectl.model.names import OutputFormat
from usagectl.model.notices import Notice

if TYPE_CHECKING:
    from usagectl.render.document import Document


def show_page(page: "Document", path: Path | None) -> None:
    """Write a page as text to a file, or as wide as the terminal."""
    from usagectl.commands import output
    from usagectl.render.formats.text import text

    colour = path is None and output.coloured()
    output.write(text(page, output.width(), colour=colour), path)


def show_report(name: str, report: object, form: OutputFormat, path: Path | None) -> None:
    """Write a report in a format.

    Args:
        name: Of a module of `usagectl.render.pages`, which has its `page` and its `records`.
        report: What they are made of.
        form: The format.
        path: The file to write to, instead of the screen.
    """
    from importlib import import_module

    from usagectl.commands import output
    from usagectl.render.formats import machine
    from usagectl.render.formats.markdown import markdown

    made = import_module(f"usagectl.render.pages.{name}")
    if form is OutputFormat.TEXT:
        show_page(made.page(report), path)
    elif form is OutputFormat.MARKDOWN:
        output.write(markdown(made.page(report)), path)
    else:
        output.write(getattr(machine, form.value)(made.records(report)), path)


def show_notices(notices: Sequence[Notice], form: OutputFormat = OutputFormat.TEXT) -> None:
    """Write the notices to standard error, where the format of the report does not hold them."""
    from usagectl.commands import output
    from usagectl.model.escaping import logged
    from usagectl.render.formats.text import notices as shown

    if notices and form not in (OutputFormat.JSON, OutputFormat.MARKDOWN):
        colour = output.coloured(sys.stderr)
        output.note_lines("\n" + logged(shown(notices, output.width(), colour=colour)))
