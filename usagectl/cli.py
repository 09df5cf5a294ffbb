"""The command line: which commands there are, and the one place where an exception ends."""

import gc
import re
import sys
from typing import Annotated

import typer

from usagectl._version import __version__
from usagectl.commands import errors, mistakes, streams
from usagectl.commands.app import App
from usagectl.commands.baseline import baseline
from usagectl.commands.cache import cache
from usagectl.commands.diff import diff
from usagectl.commands.doctor import doctor
from usagectl.commands.export import export
from usagectl.commands.prices import prices
from usagectl.commands.regress import regress
from usagectl.commands.runs import runs
from usagectl.commands.summary import summary
from usagectl.commands.watch import watch
from usagectl.model.exceptions import UsagectlError, WrongUsageError

# A number that nobody can read.
_SHOWN_DIGITS = 20
_ABSURD = re.compile(rf"\d{{{_SHOWN_DIGITS + 1},}}")
_HELP = {"-h", "--help"}

app = App(
    name="usagectl",
    help="Tell what LLM pipelines consume, from the usage files that their runs leave behind.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": sorted(_HELP)},
)
for command in (summary, diff, regress, runs, watch, doctor, export):
    app.command()(command)
app.add_typer(baseline)
app.add_typer(prices)
app.add_typer(cache)
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
    streams.guard()
    sys.exit(_code())


def _code() -> int:
    """The exit code of the command; what cannot be written never changes that of a verdict."""
    code, is_verdict = _ending()
    lost = streams.lost_output()
    if lost is None or isinstance(lost, BrokenPipeError):
        # Who reads has seen enough.
        return code
    _tell(f"cannot write to standard output: {lost.strerror}")
    return code if code or is_verdict else WrongUsageError.exit_code


def _ending() -> tuple[int, bool]:
    """Run the command: its exit code, and whether it ended by saying it, which is a verdict."""
    try:
        return app(standalone_mode=False) or 0, False
    except SystemExit as ending:
        return int(ending.code or 0), True
    except UsagectlError as error:
        _tell(str(error), error.excerpt)
        return error.exit_code, True
    except KeyboardInterrupt:
        # Polars raises it in its own way.
        return 130, True
    except Exception as error:
        # A mistake on the command line, of which Typer keeps the class to itself.
        if not hasattr(error, "format_message"):
            raise
        _tell(mistakes.words(error))
        return WrongUsageError.exit_code, True


def _tell(message: str, excerpt: str = "") -> None:
    from usagectl.model.escaping import logged, shown

    short = _ABSURD.sub(lambda found: f"{found[0][:_SHOWN_DIGITS]}…", message)
    lines = [f"usagectl: {shown(short)}", *map(shown, excerpt.splitlines())]
    sys.stderr.write("".join(f"{logged(line)}\n" for line in lines))
