"""Where findings of `usagectl regress` go beside the screen: files, and what CI systems read."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from usagectl.commands.screen import rendered
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import FORMAT_ALIASES, OutputFormat

if TYPE_CHECKING:
    from usagectl.reports.regress import RegressReport

_SUMMARY = "GITHUB_STEP_SUMMARY"
_CHECKS = ("junit", "gitlab")
FORMATS = (*OutputFormat, *_CHECKS)
_WIDTH = 100
_MOST = 50
"""Findings of a kind in a file of Markdown, which GitHub refuses where it is too long."""


def targets(texts: list[str] | None) -> list[tuple[str, Path]]:
    """The formats and files of `--report`.

    Raises:
        WrongUsageError: One has another form, or its file cannot be written.
    """
    from usagectl.commands import output
    from usagectl.model.wording import nearest

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


def write_reports(report: "RegressReport", wanted: list[tuple[str, Path]]) -> None:
    """Write the files that were asked for, and add to the summary of a job on GitHub.

    Raises:
        WrongUsageError: A file cannot be written.
    """
    from usagectl.commands import output

    for form, path in wanted:
        output.write(_rendered(report, form), path)
    summary = os.environ.get(_SUMMARY)
    if summary:
        try:
            with open(summary, "a", encoding="utf-8", errors="replace") as file:
                file.write(_rendered(report, OutputFormat.MARKDOWN) + "\n")
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


def _rendered(report: "RegressReport", form: str) -> str:
    if form in _CHECKS:
        from usagectl.render.formats import ci
        from usagectl.render.pages.regress import cases

        written: str = getattr(ci, form)(cases(report))
        return written
    most = _MOST if form == OutputFormat.MARKDOWN else None
    return rendered("regress", report._replace(top=most), OutputFormat(form), _WIDTH)
