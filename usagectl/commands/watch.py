"""`usagectl watch`: the summary of runs that still go on, told anew as their files grow."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from usagectl.commands import options
from usagectl.commands.frames import Frames
from usagectl.commands.reading import Reading
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import EngineName
from usagectl.model.urls import is_url

if TYPE_CHECKING:
    from usagectl.dataset.usage import Usage
    from usagectl.reports.summary import SummaryReport

_LEAST_SECONDS, _MOST_SECONDS = 0.1, 3600


def watch(
    operands: options.Operands,
    *,
    by: Annotated[
        str | None,
        options.by("Group by these keys instead of by task and by model.", show_default=False),
    ] = None,
    filters: options.Filters,
    top: Annotated[int, options.rows("Rows of a table; 0 for as many as fit.")] = 10,
    every: Annotated[
        float,
        typer.Option(
            min=_LEAST_SECONDS, max=_MOST_SECONDS, metavar="SECONDS", help="How often to look."
        ),
    ] = 1.0,
    prices: options.Prices,
    reading: Reading,
) -> None:
    """Show what runs consume while they go on, until Ctrl-C.

    The summary stands on the screen and is told anew whenever a file grew, was rotated, cut or
    made; of a file that grew only its end is read. On a pipe each change is one line.
    """
    keys = options.keys(by)
    filters.read()  # A mistake shows before anything is loaded.
    wanted = prices.wanted()

    from usagectl.dataset.growth import Files
    from usagectl.inputs.operands import STANDARD_INPUT, split_label
    from usagectl.pricing.chain import Chain
    from usagectl.reports.summary import summary_report

    if any(is_url(path) or path == STANDARD_INPUT for _, path in map(split_label, operands)):
        raise WrongUsageError("watch looks at files and directories, not at - or at URLs")
    if reading.engine is not EngineName.LOCAL:
        raise WrongUsageError("watch reads what was appended itself: leave --engine out")
    chain = Chain(wanted.tables)
    files = Files(operands)
    frames = Frames()
    while True:
        if files.have_changed():
            try:
                usage = _read(operands, reading)
                report = summary_report(
                    usage,
                    by=keys,
                    chosen=filters.read(usage.zone),
                    top=top or None,
                    wanted=wanted,
                    chain=chain,
                )
                _show(frames, report)
            except NoAnswerError as error:
                frames.wait(str(error))
        time.sleep(every)


def _read(operands: Sequence[str], reading: Reading) -> "Usage":
    from usagectl.dataset import spill
    from usagectl.dataset.cache.store import Cache
    from usagectl.dataset.load import load
    from usagectl.dataset.shard import Sizes

    spill.empty()
    return load(
        *operands,
        timezone=reading.timezone,
        evidence=False,
        sizes=Sizes.growing(),
        cache=Cache(enabled=not reading.no_cache),
    )


def _show(frames: Frames, report: "SummaryReport") -> None:
    from usagectl.commands import output
    from usagectl.commands.screen import rendered
    from usagectl.model.names import OutputFormat

    if not frames.on_screen:
        frames.line(report.totals)
        return
    colour = output.coloured()
    frames.show(rendered("summary", report, OutputFormat.TEXT, output.width(), colour=colour))
