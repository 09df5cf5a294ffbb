"""What a user may have meant by a name that there is not."""

import difflib
from collections.abc import Mapping, Sequence

from usagectl.exceptions import WrongUsageError
from usagectl.names import Key

_SHOWN = 40


def nearest(name: str, names: Sequence[str]) -> str:
    """The end of an error message: `; did you mean 'x'?` or the list of what there is."""
    close = difflib.get_close_matches(name, names, n=1) or [
        other for other in names if other.lower() == name.lower()
    ]
    if close:
        return f"; did you mean {str(close[0])!r}?"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return "; there are " + ", ".join(str(n) for n in names[:_SHOWN]) + more


def key_named(name: str, said: str = "") -> Key:
    """The key of a name.

    Args:
        name: What the user wrote.
        said: Where they wrote it, in front of the message.

    Raises:
        WrongUsageError: There is none; the message names the nearest.
    """
    if name not in {key.value for key in Key}:
        raise WrongUsageError(f"{said}no key {name!r}{nearest(name, list(Key))}")
    return Key(name)


def nearest_ways(name: str, known: Mapping[str, str]) -> str:
    """The up to three nearest names as the end of a message, each by the way to it; or nothing."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = ", ".join(repr(known[other]) for other in near)
    return f"; the nearest: {hint}" if hint else ""
