"""Arguments of the library's functions: what may be written shorter, and what is none in words."""

import os
from collections.abc import Iterable, Sequence

from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key
from usagectl.model.wording import key_named


def keys_of(by: object) -> list[Key]:
    """The keys of `by`: one name, several with commas between them, or a list of names.

    Raises:
        WrongUsageError: It is none of these, or one of them is no key.
    """
    names: object = by.split(",") if isinstance(by, str) else by
    if not isinstance(names, Iterable) or isinstance(names, bytes):
        raise WrongUsageError(f"by={by!r}: expected the name of a key, or a list such as ['task']")
    found = []
    for name in names:
        if not isinstance(name, str):
            raise WrongUsageError(f"by={by!r}: {name!r} is no name of a key, such as 'task'")
        if name.strip():
            found.append(key_named(name))
    return list(dict.fromkeys(found))


def expect(value: object, kinds: type | tuple[type, ...], call: str) -> None:
    """Refuse an argument of another kind.

    Args:
        value: The argument.
        kinds: What it must be.
        call: How the function is called, such as `summarize(load("runs/a"))`.

    Raises:
        WrongUsageError: It is something else.
    """
    if not isinstance(value, kinds):
        found = "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
        raise WrongUsageError(f"write {call}; found {found}")


def expect_operands(operands: Sequence[object]) -> None:
    """Refuse what names no run.

    Raises:
        WrongUsageError: Nothing is named, or something that is neither a path nor a text.
    """
    if not operands:
        raise WrongUsageError('load() names no run: write load("runs/a"), or load(*paths)')
    for operand in operands:
        if not isinstance(operand, (str, os.PathLike)):
            many = "; of several write load(*paths)" if isinstance(operand, Iterable) else ""
            raise WrongUsageError(
                f"load({operand!r}): a run is named by a path or a text, not by"
                f" {type(operand).__name__}{many}"
            )
