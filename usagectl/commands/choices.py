"""Options that take one of some names: read in any case, by their aliases, with the nearest."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

import typer

from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import choice_named

Name = TypeVar("Name", bound=StrEnum)
_NONE: Mapping[str, str] = MappingProxyType({})


def choice(
    known: type[Name], what: str, aliases: Mapping[str, str] = _NONE
) -> Callable[[str], Name]:
    """A parser of an option.

    Args:
        known: The names that there are.
        what: What such a name is one of, in a message.
        aliases: Other names for them.
    """

    def parse(text: str) -> Name:
        try:
            return known(choice_named(text, list(known), what, aliases))
        except WrongUsageError as error:
            raise typer.BadParameter(str(error)) from None

    return parse
