"""What Typer makes of a word, without its machinery where there is nothing to make.

Typer checks every value with pydantic, which takes a quarter of the time of a small command to
import; a text that is to be a text needs none. Whatever else it is, is left to Typer.
"""

from collections.abc import Iterable
from typing import Any

_ATTRIBUTE = "_runtime_param"
_TEXTS = list[str]


def spared(params: Iterable[Any]) -> None:
    """Have plain values of some parameters taken as they are, where Typer is one that lets us."""
    for param in params:
        if getattr(param, _ATTRIBUTE, param) is None:
            setattr(param, _ATTRIBUTE, _Plain())


class _Plain:
    """In the place of Typer's own check, until there is something to check."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value as the command gets it."""
        if value is None:
            return () if param.multiple or param.nargs == -1 else None
        wanted, settings = param.type_descriptor.annotation, param.type_descriptor.parameter_info
        if wanted == _TEXTS and isinstance(value, list | tuple) and settings.parser is None:
            return list(value)
        is_there = isinstance(wanted, type) and isinstance(value, wanted)
        # Numbers that stand there are defaults; those of users are texts until Typer reads them, as
        # is a word that is parsed.
        if is_there and not (settings.parser is not None and type(value) is str):
            return value
        # Typer makes its own, and is asked from here on.
        setattr(param, _ATTRIBUTE, None)
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)
