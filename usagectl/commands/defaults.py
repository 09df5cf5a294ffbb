"""`defaults:` of `usagectl.yaml`: what options are where the command line does not say."""

from collections.abc import Iterator
from typing import Any

from usagectl.config.document import read
from usagectl.config.node import Node
from usagectl.config.settings import FILE_NAME, find_file
from usagectl.model.wording import nearest

# What has a key of its own, which knows where its paths start.
_ELSEWHERE = {
    "prices": "prices",
    "rules": "failures",
    "threshold": "gates",
    "timezone": "timezone",
}
# What a user does once; it must not happen by itself.
_ACTIONS = frozenset(
    "ack calibrate explain help install-completion output report self-test show-completion".split()
)


def default_map(group: Any) -> dict[str, Any]:
    """The values of options per command, in the form of Typer's `default_map`.

    An option stands for every command that has it, or below the name of a command.

    Raises:
        WrongUsageError: There is no such option or command, or the value is none for it.
    """
    path = find_file(FILE_NAME)
    root = read(path) if path else None
    if root is None or not isinstance(root.value, dict):
        return {}
    node = root.value.get("defaults")
    return _of(group, node) if node is not None and node.value not in (None, "") else {}


def _of(group: Any, node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    nodes = node.mapping()
    commands = getattr(group, "commands", {})
    # `prices` is a command and an option, which has its place elsewhere.
    inner = [
        name
        for name in nodes
        if name in commands and (name not in _ELSEWHERE or isinstance(nodes[name].value, dict))
    ]
    for name in nodes:
        if name not in inner:
            _set(found, group, nodes[name], name)
    for name in inner:
        _merge(found.setdefault(name, {}), _of(commands[name], nodes[name]))
    return found


def _set(found: dict[str, Any], group: Any, node: Node, name: str) -> None:
    """Put the value of an option where each command that has it looks."""
    if name in _ELSEWHERE:
        raise node.wrong(f"{name!r} is no default: write `{_ELSEWHERE[name]}:` beside `defaults:`")
    if name in _ACTIONS:
        raise node.wrong(f"{name!r} can be no default: name it where you want it")
    known: dict[str, None] = dict.fromkeys(getattr(group, "commands", {}))
    there = False
    for way, command in _commands(group, ()):
        options = {
            option.removeprefix("--"): parameter
            for parameter in command.params
            if parameter.param_type_name == "option"
            for option in parameter.opts
            if option.startswith("--")
        }
        known |= dict.fromkeys(key for key in options if key not in (*_ELSEWHERE, *_ACTIONS))
        if name in options:
            there = True
            place = found
            for step in way:
                place = place.setdefault(step, {})
            place[options[name].name] = _value(command, options[name], node)
    if not there:
        raise node.wrong(f"no option or command {name!r}{nearest(name, [*known])}")


def _commands(command: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The commands that do something, each with the names that lead to it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield way, command
        return
    for name, part in below.items():
        yield from _commands(part, (*way, name))


def _value(command: Any, option: Any, node: Node) -> Any:
    if option.is_flag:
        return node.truth()
    value: str | list[str] = node.texts() if option.multiple else ",".join(node.texts())
    try:
        option.process_value(command.make_context("", [], resilient_parsing=True), value)
    except Exception as error:
        # A value that does not fit, of which Typer keeps the class to itself.
        if not hasattr(error, "format_message"):
            raise
        raise node.wrong(getattr(error, "message", "").replace("Value error, ", "")) from None
    return value


def _merge(under: dict[str, Any], over: dict[str, Any]) -> None:
    for name, value in over.items():
        if isinstance(value, dict):
            _merge(under.setdefault(name, {}), value)
        else:
            under[name] = value
