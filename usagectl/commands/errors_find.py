"""`usagectl errors find`: the log lines and tracebacks of one failure."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.screen import show_page


def find(
    error_id: Annotated[
        str, typer.Argument(metavar="ERROR_ID", help="The id of a failure.", show_default=False)
    ],
    operands: options.Operands,
    context: Annotated[
        int,
        typer.Option(
            "--context", "-C", min=0, max=options.MOST_ROWS, help="Lines before and after each."
        ),
    ] = 2,
    output: options.Output = None,
) -> None:
    """Show every line of a run's text files that names a failure, with its traceback.

    Files of any kind are searched, whether usagectl can read usage from them or not.
    """
    from usagectl.commands import output as target
    from usagectl.dataset.load import files_of
    from usagectl.failures.finding import excerpts
    from usagectl.model.exceptions import NoAnswerError
    from usagectl.render.pages.errors_find import page

    target.check_target(output)
    files = files_of(operands)
    found = list(excerpts(error_id, files, context))
    if not found:
        raise NoAnswerError(f"none of {len(files):,} files names {error_id!r}")
    show_page(page(found), output)
