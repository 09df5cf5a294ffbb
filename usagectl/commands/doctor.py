"""`usagectl doctor`: what each file was read as, and what became of its records."""

import sys
from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_report

_SHOWN = 20


def doctor(
    operands: options.Operands,
    *,
    every: Annotated[
        bool, typer.Option("--all", help="List every file and every rejected record.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a record was rejected.")
    ] = False,
    suggest_map: Annotated[
        bool,
        typer.Option(
            "--suggest-map", help="Print a map for a file that no reader knows, as it is guessed."
        ),
    ] = False,
    reading: Reading,
    to: options.Output,
) -> None:
    """Show for every file what it was read as and what became of its records.

    Records = calls + merged + ignored + rejected, for each file: the page to look at when a number
    differs from somebody else's.
    """
    to.check()
    if suggest_map:
        _suggest(operands, to)
        return

    from usagectl.commands.loading import load
    from usagectl.reports.doctor import doctor_report

    usage = load(operands, reading, require=False)
    report = doctor_report(usage, top=None if every else _SHOWN)
    show_report("doctor", report, to.form, to.path)
    if strict:
        sys.exit(3 if report.rejects else 0)


def _suggest(operands: list[str], to: options.Output) -> None:
    """Print a map.

    Raises:
        WrongUsageError: It is not asked for one file.
    """
    from usagectl.commands.output import write
    from usagectl.dataset.load import files_of
    from usagectl.model.exceptions import WrongUsageError
    from usagectl.readers.guessing import suggested_map

    files = files_of(operands)
    if len(files) != 1:
        raise WrongUsageError(f"--suggest-map is for one file, not for {len(files):,}")
    write(suggested_map(files[0]), to.path)
