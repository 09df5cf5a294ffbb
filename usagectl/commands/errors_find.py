"""`usagectl errors find`: the log lines and tracebacks of one failure."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.screen import show_page
from usagectl.model.exceptions import NoAnswerError


def find(
    error_id: Annotated[
        str, typer.Argument(metavar="ERROR_ID", help="The id of a failure.", show_default=False)
    ],
    operands: options.Operands,
    context: Annotated[int, options.rows("Lines before and after each.", "--context", "-C")] = 2,
    path: options.File = None,
) -> None:
    """Show every line of a run's text files that names a failure, with its traceback.

    Files of any kind are searched, whether usagectl can read usage from them or not.
    """
    from usagectl.dataset.load import files_of
    from usagectl.failures.finding import excerpts
    from usagectl.render.pages.errors_find import page

    target.check_target(path)
    files = files_of(operands)
    found = list(excerpts(error_id, files, context))
    if not found:
        raise NoAnswerError(f"none of {len(files):,} files names {error_id!r}")
    show_page(page(found), path)
