"""The command line: which commands there are, and the one place where an exception ends."""

import gc
import os
import sys
from typing import Annotated

import typer

from usagectl._version import __version__
from usagectl.commands import errors
from usagectl.commands.baseline import baseline
from usagectl.commands.diff import diff
from usagectl.commands.doctor import doctor
from usagectl.commands.export import export
from usagectl.commands.prices import prices
from usagectl.commands.regress import regress
from usagectl.commands.runs import runs
from usagectl.commands.summary import summary
from usagectl.exceptions import UsagectlError

_HELP = {"-h", "--help"}

app = typer.Typer(
    name="usagectl",
    help="Tell what LLM pipelines consume, from the usage files that their runs leave behind.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": sorted(_HELP)},
)
for command in (summary, diff, regress, runs, doctor, export):
    app.command()(command)
app.add_typer(baseline)
app.add_typer(prices)
app.add_typer(errors.app)


def _print_version(wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        typer.echo(f"usagectl {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def usagectl(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Tell what LLM pipelines consume, from the usage files that their runs leave behind."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    elif not _HELP & {*sys.argv}:
        # Who asks for help may have to mend the file.
        from usagectl.commands.defaults import default_map

        context.default_map = default_map(context.command)


def main() -> None:
    """Run a command. Exit codes: 0 fine, 1 a gate broke, 2 wrong usage, 3 no answer, 130 stop."""
    # A command lives for a moment: looking for reference cycles in half-loaded modules would cost
    # a tenth of it.
    gc.set_threshold(100_000)
    try:
        sys.exit(app(standalone_mode=False))
    except UsagectlError as error:
        _end(str(error), error.exit_code, error.excerpt)
    except BrokenPipeError:
        _end_quietly()
    except SystemExit as ending:
        if isinstance(ending.__context__, BrokenPipeError):
            _end_quietly()
        raise
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        # A mistake on the command line, of which Typer keeps the class to itself.
        if not hasattr(error, "format_message"):
            raise
        _end(error.format_message().replace("Value error, ", ""), 2)


def _end(message: str, code: int, excerpt: str = "") -> None:
    from usagectl.escaping import logged, shown

    if sys.stderr is not None:
        lines = [f"usagectl: {shown(message)}", *map(shown, excerpt.splitlines())]
        sys.stderr.write("".join(f"{logged(line)}\n" for line in lines))
    sys.exit(code)


def _end_quietly() -> None:
    # Who reads has seen enough; the interpreter must not complain when it closes the pipe.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(0)
