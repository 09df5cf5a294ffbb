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
    """Write a report in a format to the screen or a file, as `rendered` has it."""
    from usagectl.commands import output

    colour = path is None and output.coloured()
    output.write(rendered(name, report, form, output.width(), colour=colour), path)


def rendered(
    name: str, report: object, form: OutputFormat, width: int, *, colour: bool = False
) -> str:
    """A report in a format.

    Args:
        name: Of a module of `usagectl.render.pages`, which has its `page` and its `records`.
        report: What they are made of.
        form: The format.
        width: Columns of text.
        colour: Whether text is coloured.
    """
    from importlib import import_module

    from usagectl.render.formats import machine
    from usagectl.render.formats.markdown import markdown
    from usagectl.render.formats.text import text

    made = import_module(f"usagectl.render.pages.{name}")
    if form is OutputFormat.TEXT:
        return text(made.page(report), width, colour=colour)
    if form is OutputFormat.MARKDOWN:
        return markdown(made.page(report))
    written: str = getattr(machine, form.value)(made.records(report))
    return written


def show_notices(notices: Sequence[Notice], form: OutputFormat = OutputFormat.TEXT) -> None:
    """Write the notices to standard error, where the format of the report does not hold them."""
    from usagectl.commands import output
    from usagectl.model.escaping import logged
    from usagectl.render.formats.text import notices as shown

    if notices and form not in (OutputFormat.JSON, OutputFormat.MARKDOWN):
        colour = output.coloured(sys.stderr)
        output.note_lines("\n" + logged(shown(notices, output.width(), colour=colour)))
