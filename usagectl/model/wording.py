"""Words of messages: plurals, lists, and what a user may have meant by a name that is none."""

from collections.abc import Mapping, Sequence

from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import TAG, Key

_SHOWN = 40


def plural(count: int, ending: str = "s") -> str:
    """The ending of a noun of which there are so many."""
    return "" if count == 1 else ending


def nearest(name: str, names: Sequence[str]) -> str:
    """The end of an error message: `; did you mean 'x'?` or the list of what there is."""
    import difflib

    lower = {str(other).lower(): str(other) for other in reversed(names)}
    close = difflib.get_close_matches(name.lower(), lower, n=1)
    if close:
        return f"; did you mean {lower[close[0]]!r}?"
    return f"; there are {some_of(names, _SHOWN)}"


def some_of(names: Sequence[str], most: int = 3) -> str:
    """The first of some names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def choice_named(name: str, known: Sequence[str], what: str, aliases: Mapping[str, str]) -> str:
    """One of some names, which is written in any case, with dashes, or by an alias.

    Raises:
        WrongUsageError: It is none of them; the message names the nearest.
    """
    written = name.strip().lower().replace("-", "_")
    found = aliases.get(written, written)
    if found in known:
        return found
    others = [alias for alias, of in aliases.items() if of in known]
    near = nearest(name, [*known, *others])
    if near.startswith("; did"):
        raise WrongUsageError(f"no {what} {name!r}{near}")
    raise WrongUsageError(f"{name!r} is not one of {', '.join(map(repr, map(str, known)))}")


def key_named(name: str, said: str = "") -> Key:
    """The key of a name.

    Args:
        name: What the user wrote.
        said: Where they wrote it, in front of the message.

    Raises:
        WrongUsageError: There is none; the message names the nearest.
    """
    written = name.strip()
    is_tag = written.lower().startswith(TAG)
    written = TAG + written[len(TAG) :] if is_tag else written.lower()
    if not Key.known(written):
        raise WrongUsageError(f"{said}no key {name!r}{nearest(name, list(Key))}")
    return Key(written)


def nearest_ways(name: str, known: Mapping[str, str]) -> str:
    """The up to three nearest names as the end of a message, each by the way to it; or nothing."""
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = ", ".join(repr(known[other]) for other in near)
    return f"; the nearest: {hint}" if hint else ""
