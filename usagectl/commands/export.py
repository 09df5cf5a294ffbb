"""`usagectl export`: the canonical calls or stages, for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import CostMode
from usagectl.model.wording import plural

_SUFFIXES = (".parquet", ".csv", ".ndjson", ".arrow")


def export(
    operands: options.Operands,
    *,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Ends in .parquet, .csv, .ndjson or .arrow."
        ),
    ],
    stages: Annotated[
        bool, typer.Option("--stages", help="Write the stages instead of the calls.")
    ] = False,
    with_messages: Annotated[
        bool,
        typer.Option("--with-messages", help="Keep raw error texts, which can carry model output."),
    ] = False,
    filters: options.Filters,
    tables: options.Tables = None,
    cost_mode: options.CostFrom = CostMode.AUTO,
    reading: Reading,
) -> None:
    """Write the calls (or the stages) of runs as one table, a row for each.

    The columns are those that the README describes. Raw error texts are left out unless asked for.
    """
    if output.suffix not in _SUFFIXES:
        raise WrongUsageError(
            f"--output {str(output)!r}: the name must end in one of {', '.join(_SUFFIXES)}"
        )
    target.check_target(output)

    from usagectl.commands.loading import load
    from usagectl.reports.export import encoded

    filters.read()  # A mistake shows before anything is loaded.
    wanted = options.Prices(tables, cost_mode).wanted()
    usage = load(operands, reading)
    data, rows, notices = encoded(
        usage,
        output.suffix,
        stages=stages,
        with_messages=with_messages,
        chosen=filters.read(usage.zone),
        wanted=wanted,
    )
    target.replace(output, data, private=with_messages)
    what = "stage" if stages else "call"
    show_notices(notices)
    target.note(f"{rows:,} {what}{plural(rows)} written to {output}")
