"""Commands as a shell reads them."""

import shlex
from collections.abc import Sequence

from usagectl.render.words import values


def command(words: Sequence[str]) -> str:
    """A command to type."""
    return " ".join(quoted(words))


def quoted(words: Sequence[str]) -> list[str]:
    """The words of a command, each as a shell reads it."""
    return [values.name(shlex.quote(word)) for word in words]
