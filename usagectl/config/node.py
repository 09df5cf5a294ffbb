"""A value of a file that a user wrote: it knows where it stands, and how it is asked for."""

import datetime as dt
import math
import os
import re
from collections.abc import Sequence
from typing import Any

from usagectl.config import json_lines
from usagectl.config.json_lines import Steps
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import nearest

_MOST = 10**12
"""No price, factor or count of tokens is larger."""
_SHOWN = 10**30
_POWER = re.compile(r"[-+]?[\d.]+[eE][-+]?\d+")
"""What YAML takes for text, although it looks like a number."""


class Node:
    """A value of a document, where it stands, and how it is asked for.

    `value` is text, a number, a truth value, a date, None, a list of nodes or of numbers, or a dict
    of nodes.
    Each method returns what its name says and raises WrongUsageError, with file, line and key,
    where the value is something else.
    """

    __slots__ = ("file", "line", "steps", "value")

    def __init__(self, value: Any, file: str, line: int, steps: Steps = ()) -> None:
        self.value = value
        self.file = file
        self.line = line
        self.steps = steps

    @property
    def key(self) -> str:
        """The way to this value from the root, such as `models[3].from`."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(parts).removeprefix(".")

    def wrong(self, message: str) -> WrongUsageError:
        """The exception that refuses the document because of this value."""
        line = self.line or json_lines.line_of(self.file, self.steps)
        place = f"{self.file}:{line}" if line else self.file
        return WrongUsageError(f"{place}: {f'{self.key}: ' if self.key else ''}{message}")

    @property
    def folder(self) -> str:
        """The directory of the document: relative paths in it start there."""
        return os.path.dirname(os.path.abspath(self.file))

    def plain(self) -> Any:
        """The value as lists and dicts without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.items()]
        return self.value

    def mapping(self, known: Sequence[str] | None = None) -> "dict[str, Node]":
        """Keys with values; where `known` is given, no other keys."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"expected keys with values, found {self._shown()}")
        if known is not None:
            for name, node in self.value.items():
                if name not in known:
                    raise node.wrong(f"no key {name!r}{nearest(name, known)}")
        return self.value

    def items(self) -> "list[Node]":
        """A list."""
        if not isinstance(self.value, list):
            raise self.wrong(f"expected a list, found {self._shown()}")
        return [
            part if isinstance(part, Node) else Node(part, self.file, self.line, (*self.steps, i))
            for i, part in enumerate(self.value)
        ]

    def text(self) -> str:
        """Text that is not empty, or a number as text."""
        if self.value is None or self.value == "" or isinstance(self.value, (list, dict, bool)):
            raise self.wrong(f"expected text, found {self._shown()}")
        return str(self.value)

    def texts(self) -> list[str]:
        """A list of texts, or one text."""
        several = isinstance(self.value, list)
        return [node.text() for node in self.items()] if several else [self.text()]

    def number(self, least: float = -math.inf, most: float = _MOST) -> int | float:
        """A number that is not below `least`, and neither it nor its negative above `most`."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            hint = "; write it out, or as 1.0e-6" if _POWER.fullmatch(str(value)) else ""
            raise self.wrong(f"expected a number, found {self._shown()}{hint}")
        if not abs(value) <= most or value < least:
            limit = f" from {least:g} on" if math.isfinite(least) else ""
            limit += f" up to {most:,}" if abs(value) > most else ""
            raise self.wrong(f"expected a number{limit}, found {self._shown()}")
        return value

    def whole(self, least: int, most: int = _MOST) -> int:
        """A whole number from `least` to `most`."""
        value = self.number(least, most)
        if value != int(value):
            raise self.wrong(f"expected a whole number, found {self._shown()}")
        return int(value)

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong(f"expected true or false, found {self._shown()}")
        return self.value

    def date(self) -> dt.date:
        """A date, such as 2026-03-20."""
        try:
            if isinstance(self.value, str):
                return dt.date.fromisoformat(self.value)
        except ValueError:
            pass
        raise self.wrong(f"expected a date such as 2026-03-20, found {self._shown()}")

    def one_of(self, names: Sequence[str]) -> str:
        """One of some names."""
        name = self.text()
        if name not in names:
            raise self.wrong(f"no {name!r}{nearest(name, names)}")
        return name

    def _shown(self) -> str:
        if isinstance(self.value, dict):
            return "keys with values"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        if isinstance(self.value, int) and abs(self.value) > _SHOWN:
            return "a number of more than 30 digits"
        return repr(self.value)
