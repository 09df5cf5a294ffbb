"""Where the findings of `usagectl regress` go: the screen, files, and what a CI system reads."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from usagectl.commands.screen import show_page
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import FORMAT_ALIASES, OutputFormat

if TYPE_CHECKING:
    from usagectl.reports.regress import RegressReport

_SUMMARY = "GITHUB_STEP_SUMMARY"
FORMATS = (*OutputFormat, "junit", "gitlab")
_WIDTH = 100
_MOST = 50
"""Findings of a kind in a file of Markdown, which GitHub refuses where it is too long."""


def targets(texts: list[str] | None) -> list[tuple[str, Path]]:
    """The formats and files of `--report`.

    Raises:
        WrongUsageError: One has another form, or its file cannot be written.
    """
    from usagectl.commands import output
    from usagectl.model.nearest import nearest

    found = []
    for text in texts or ():
        form, equals, file = text.partition("=")
        if not equals or not file:
            raise WrongUsageError(f"--report {text!r}: expected FORMAT=FILE, as in junit=out.xml")
        form = FORMAT_ALIASES.get(form, form)
        if form not in FORMATS:
            raise WrongUsageError(f"--report: no format {form!r}{nearest(form, FORMATS)}")
        output.check_target(Path(file))
        found.append((form, Path(file)))
    return found


def show(report: "RegressReport", form: OutputFormat, path: Path | None, top: int | None) -> None:
    """Write the report to the screen or a file."""
    from usagectl.commands import output
    from usagectl.render.pages.regress import page

    if form is OutputFormat.TEXT:
        show_page(page(report, top), path)
    else:
        output.write(_rendered(report, form, top), path)


def write_reports(report: "RegressReport", wanted: list[tuple[str, Path]]) -> None:
    """Write the files that were asked for, and add to the summary of a job on GitHub.

    Raises:
        WrongUsageError: A file cannot be written.
    """
    from usagectl.commands import output

    for form, path in wanted:
        most = _MOST if form == OutputFormat.MARKDOWN else None
        output.write(_rendered(report, form, most), path)
    summary = os.environ.get(_SUMMARY)
    if summary:
        try:
            with open(summary, "a", encoding="utf-8", errors="replace") as file:
                file.write(_rendered(report, OutputFormat.MARKDOWN, _MOST) + "\n")
        except OSError as error:
            output.note(f"{_SUMMARY} cannot be written: {error.strerror}")


def tell_ci(report: "RegressReport") -> None:
    """Annotations on GitHub, on standard error so that the report stays what it is."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from usagectl.commands import output
        from usagectl.render.formats import ci
        from usagectl.render.pages.regress import cases

        for line in ci.annotations(cases(report), report.checked.notices):
            # The one place that means to tell a build system something.
            output.note_lines(line)


def _rendered(report: "RegressReport", form: str, top: int | None = None) -> str:
    from usagectl.render.formats import ci, machine
    from usagectl.render.formats.markdown import markdown
    from usagectl.render.formats.text import text
    from usagectl.render.pages.regress import cases, page, records

    renderers: Mapping[str, Callable[[], str]] = {
        OutputFormat.TEXT: lambda: text(page(report, top), _WIDTH),
        OutputFormat.MARKDOWN: lambda: markdown(page(report, top)),
        OutputFormat.JSON: lambda: machine.json(records(report)),
        OutputFormat.NDJSON: lambda: machine.ndjson(records(report)),
        OutputFormat.CSV: lambda: machine.csv(records(report)),
        "junit": lambda: ci.junit(cases(report), "usagectl regress"),
        "gitlab": lambda: ci.gitlab(cases(report)),
    }
    return renderers[form]()
