"""The command line: which commands there are, and the one place where an exception ends."""

import gc
import os
import sys
from typing import Annotated

import typer

from usagectl._version import __version__
from usagectl.commands.doctor import doctor
from usagectl.commands.export import export
from usagectl.commands.summary import summary
from usagectl.exceptions import UsagectlError

app = typer.Typer(
    name="usagectl",
    help="Tell what LLM pipelines consume, from the usage files that their runs leave behind.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (summary, doctor, export):
    app.command()(command)


def _print_version(wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        typer.echo(f"usagectl {__version__}")
        raise typer.Exit


@app.callback()
def usagectl(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Tell what LLM pipelines consume, from the usage files that their runs leave behind."""


def main() -> None:
    """Run a command. Exit codes: 0 fine, 2 wrong usage, 3 no answer, 130 interrupted."""
    # A command lives for a moment: looking for reference cycles in half-loaded modules would cost
    # a tenth of it.
    gc.set_threshold(100_000)
    try:
        app()
    except UsagectlError as error:
        sys.stderr.write(f"usagectl: {_one_line(str(error))}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Who reads has seen enough; the interpreter must not complain when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _one_line(text: str) -> str:
    from usagectl.render.values import name

    return name(text)
