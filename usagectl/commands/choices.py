"""Options that take one of some names: read in any case, by their aliases, with the nearest."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import typer

from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import choice_named

_NONE: Mapping[str, str] = MappingProxyType({})


def choice(
    known: type[StrEnum],
    what: str,
    *options: str,
    aliases: Mapping[str, str] = _NONE,
    **settings: Any,
) -> Any:
    """An option, as the metadata of a parameter.

    Args:
        known: The names that there are.
        what: What such a name is one of, in a message.
        options: How the option is called, where not as its parameter.
        aliases: Other names for them.
        settings: Those of `typer.Option`.
    """

    def parse(text: str) -> StrEnum:
        try:
            return known(choice_named(text, list(known), what, aliases))
        except WrongUsageError as error:
            raise typer.BadParameter(str(error)) from None

    return typer.Option(*options, parser=parse, **{"metavar": "|".join(known), **settings})
