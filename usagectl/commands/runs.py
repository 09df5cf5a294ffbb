"""`usagectl runs`: the runs below a root, newest first."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.exceptions import WrongUsageError

_TOP = 30


def runs(
    root: Annotated[
        str | None,
        typer.Argument(
            metavar="[ROOT]",
            help="The directory or URL that holds the runs. By default that of usagectl.yaml.",
            show_default=False,
        ),
    ] = None,
    *,
    top: Annotated[int, options.rows("Runs to show in text and markdown; 0 for all.")] = _TOP,
    reading: Reading,
    to: options.Output,
) -> None:
    """List the runs below a directory, the newest first, with what each consumed.

    A run is a directory that holds files. Its name here, or its beginning, is an operand of every
    command, and `latest` is the first of this list.
    """
    from usagectl.config.settings import find_config

    to.check()
    place = root or find_config().runs
    if place is None:
        raise WrongUsageError("name a directory, or say `runs: DIRECTORY` in usagectl.yaml")

    from usagectl.commands.loading import load
    from usagectl.pricing.apply import priced
    from usagectl.reports.runs import runs_report

    wanted = options.Prices().wanted()
    report = runs_report(
        place,
        lambda paths: priced(load(paths, reading, require=False), wanted)[0],
        top=top or None,
    )
    show_report("runs", report, to.form, to.path)
    show_notices(report.notices, to.form)
