"""A Typer app whose commands take several options as one value.

A parameter that is a named tuple stands for an option per field: `Filters` for `--where`, `--since`
and `--until`. Typer sees the options, in the order of the fields; the command gets the tuple.
"""

from collections.abc import Callable, Sequence
from functools import cache, wraps
from inspect import Parameter, signature
from typing import Any, TypeVar

import typer

from usagectl.commands.command import Command, Commands

Function = TypeVar("Function", bound=Callable[..., Any])


class App(typer.Typer):
    """Commands of ours, or those below one of their names."""

    def __init__(self, **settings: Any) -> None:
        """Take the settings of `typer.Typer`."""
        super().__init__(**{"cls": Commands, "rich_markup_mode": None, **settings})

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """Make a function a command; it stays what it is."""
        register = super().command(name, cls=Command, **settings)

        def registered(function: Function) -> Function:
            register(_with_options_apart(function))
            return function

        return registered


def _with_options_apart(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same command with an option for each field of its named tuples."""
    kinds = function.__annotations__
    groups = {name: kind for name, kind in kinds.items() if hasattr(kind, "_fields")}
    if not groups:
        return function
    declared = signature(function)

    @wraps(function)
    def command(**options: Any) -> Any:
        for name, group in groups.items():
            options[name] = group(*(options.pop(field) for field in group._fields))
        return function(**options)

    apart = [
        option
        for name, parameter in declared.parameters.items()
        for option in (_options(groups[name]) if name in groups else [parameter])
    ]
    # What Typer asks for the parameters of a function.
    vars(command)["__signature__"] = declared.replace(parameters=apart)
    return command


@cache
def _options(group: type) -> Sequence[Parameter]:
    fields = signature(group).parameters.values()
    return [field.replace(kind=Parameter.KEYWORD_ONLY) for field in fields]
