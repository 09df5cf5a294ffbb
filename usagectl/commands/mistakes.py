"""Mistakes on the command line in one line: what, where, what to type."""

import re
from typing import Any

from usagectl.commands.command import path_of
from usagectl.model.wording import nearest

_EXTRA = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)")
_PLAIN = (
    (re.compile(r"Value error, "), ""),
    (re.compile(r"Input should be a valid integer.*"), "expected a whole number"),
    (re.compile(r"Input should be a valid number.*"), "expected a number"),
    (re.compile(r"Input should be greater than or equal to (\S+)"), r"expected \1 or more"),
    (re.compile(r"Input should be less than or equal to (\S+)"), r"expected \1 or less"),
)


def words(error: Any) -> str:
    """What is wrong.

    Args:
        error: A usage error of Typer, which keeps its classes to itself.
    """
    command = path_of(error.ctx) if getattr(error, "ctx", None) else "usagectl COMMAND"
    extra = _EXTRA.fullmatch(str(error.message))
    match type(error).__name__:
        case "NoSuchOption":
            return f"no option {error.option_name!r} of `{command}`{_nearest_option(error)}"
        case "MissingParameter":
            return f"`{command}` needs {_shown(error.param)}; type `{_usage(error)}`"
        case "BadParameter":
            return f"{_shown(error.param)}: {plain(error.message)}"
        case "BadOptionUsage":
            needs = "needs a value" if "requires" in error.message else "takes no value"
            return f"{error.option_name} {needs}: `{command} --help` says more"
    if extra:
        return f"`{command}` does not take {extra[1]!r}; type `{_usage(error)}`"
    return str(error.format_message())


def plain(message: str) -> str:
    """What Typer says of a value, in our words."""
    for form, said in _PLAIN:
        message = form.sub(said, message)
    return message


def _shown(parameter: Any) -> str:
    """A parameter as a user types it."""
    if parameter is None:
        return "the command line"
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.human_readable_name)
    return str(next(opt for opt in parameter.opts if opt.startswith("--")))


def _usage(error: Any) -> str:
    """The command with its arguments and the options that it cannot do without."""
    context = error.ctx
    needed = [
        f"{_shown(option)} {option.metavar or 'VALUE'}"
        for option in context.command.params
        if option.param_type_name == "option" and option.required
    ]
    arguments = [_shown(p) for p in context.command.params if p.param_type_name == "argument"]
    return " ".join((path_of(context), *arguments, *needed))


def _nearest_option(error: Any) -> str:
    context, wrong = error.ctx, error.option_name
    own = [opt for param in context.command.params for opt in param.opts]
    below = getattr(context.command, "commands", {})
    if "--format" in own:
        own.append("--json")
    behind = [
        name
        for name, command in below.items()
        if any(wrong in param.opts for param in getattr(command, "params", ()))
    ]
    if behind:
        command = "COMMAND" if len(behind) > 1 else behind[0]
        return f"; it stands behind the command, as in `{path_of(context)} {command} {wrong}`"
    return nearest(wrong, [option for option in own if option.startswith("--")])
