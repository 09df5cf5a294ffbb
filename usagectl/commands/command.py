"""What all commands share: how a format is named, and what is said of a name that is none."""

import os
import shlex
from pathlib import PurePath
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from usagectl.commands.coercion import spared
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import nearest

_FORMAT = "form"
_RUNS = ("operands", "root")
_FORMATS = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
}
# What other tools write to files that end so, and nobody expects text in.
_OTHERS = frozenset(".html .htm .pdf .xlsx .xls .xml .tsv .parquet .arrow .docx .png .svg".split())
_MEANT = {
    **dict.fromkeys(("cost", "costs", "report", "stats", "show", "usage", "total"), "summary"),
    **dict.fromkeys(("compare", "delta"), "diff"),
    **dict.fromkeys(("check", "gate", "test"), "regress"),
    **dict.fromkeys(("ls", "list"), "runs"),
    **dict.fromkeys(("validate", "inspect"), "doctor"),
    **dict.fromkeys(("failures", "failed"), "errors"),
    **dict.fromkeys(("pricing", "price"), "prices"),
    "help": "--help",
    "version": "--version",
}


def path_of(ctx: Any) -> str:
    """A command with those above it, as one types it, however the program was started."""
    return str(ctx.command_path).replace(str(ctx.find_root().info_name), "usagectl", 1)


class Command(TyperCommand):
    """A command, whose `--format` may be said as `--json` or by the name of its file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words, and tell the format."""
        spared(self.get_params(ctx))
        if any(param.name in _RUNS for param in self.params):
            _refuse_empty(args)
        option = next((param for param in self.params if param.name == _FORMAT), None)
        if option is None:
            return super().parse_args(ctx, args)
        end = args.index("--") if "--" in args else len(args)
        words = ["--format=json" if word == "--json" else word for word in args[:end]]
        rest = super().parse_args(ctx, [*words, *args[end:]])
        source = ctx.get_parameter_source(_FORMAT)
        if source is None or source.name != "COMMANDLINE":
            form = _format_of(ctx.params.get("path"))
            if form is not None:
                ctx.params[_FORMAT] = option.process_value(ctx, form)
        return rest


def _refuse_empty(args: list[str]) -> None:
    """Refuse an empty operand, which would leave a side out.

    Raises:
        WrongUsageError: There is one.
    """
    for before, word in zip(["", *args], args, strict=False):
        if not word.strip() and not before.startswith("-"):
            said = " ".join(shlex.quote(each) for each in args)
            raise WrongUsageError(
                f"an operand is empty, as an unset variable leaves it: {said}; name a run, or leave"
                " it out"
            )


def _format_of(path: object) -> str | None:
    """The format that the name of a file says, null where it says none.

    Raises:
        WrongUsageError: It says one that is not written.
    """
    ending = path.suffix.lower() if isinstance(path, PurePath) else ""
    if ending in _OTHERS:
        raise WrongUsageError(
            f"--output {str(path)!r}: {ending} is not written; end it in"
            f" {', '.join(_FORMATS)}, or name what is written with --format"
        )
    return _FORMATS.get(ending)


class Commands(TyperGroup):
    """Commands with a name, which by itself shows what they are."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Show the help where nothing is asked for."""
        spared(self.get_params(ctx))
        if not args and not ctx.resilient_parsing and not self.invoke_without_command:
            typer.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a command.

        Raises:
            WrongUsageError: There is none of this name; the message says what was likely meant.
        """
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            raise WrongUsageError(self._none(path_of(ctx), name, args[1:]))
        return super().resolve_command(ctx, args)

    def _none(self, path: str, name: str, others: list[str]) -> str:
        meant = _MEANT.get(name.lower())
        if meant in self.commands or (meant or "").startswith("--"):
            return f"no command {name!r}; did you mean `{path} {meant}`?"
        if self.invoke_without_command and _is_run(name):
            command = "diff" if len(others) == 1 and _is_run(others[0]) else "summary"
            typed = " ".join((path, command, name, *others))
            return f"no command {name!r}: it is a run; type `{typed}`"
        return f"no command {name!r}{nearest(name, [*self.commands])}"


def _is_run(text: str) -> bool:
    """Whether a word is a path or a URL, and no name of a command."""
    return os.path.exists(text) or "/" in text or "\\" in text
