"""Raw fields to the fields of a call, of records that are no table: one row of a table a field.

`Pick("input_tokens", "usage.prompt_tokens", "usage.input_tokens")` is what a format says, and what
a user's map says. Of several paths the first counts at which something stands.
"""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from usagectl.readers.core.units import PER_SECOND, PER_USD, Unit, instant_text, seconds_of, usd_of

TIMES = ("started_at", "ended_at")
DURATIONS = ("duration", "first_token")
COSTS = ("cost",)
# A text that holds an object is looked into up to here.
_MOST_TEXT = 4 * 1024 * 1024
_MOST_ELEMENTS = 100_000


class Pick:
    """A field of a call and where a record has it.

    A path is keys with dots between; a key that has dots itself is found as well, and so is what
    stands in a text that is a JSON object. A number is the place in a list. `unit` is what a time,
    a duration or a cost is written in, `of` makes of the value what it means.
    """

    def __init__(
        self,
        column: str,
        *paths: str,
        unit: Unit | None = None,
        of: Callable[[Any], Any] | None = None,
    ) -> None:
        self.column = column
        self.paths = paths
        self.unit = unit
        self._of = of
        self._convert = _conversion(column, unit)

    def value(self, record: Mapping[str, Any]) -> Any:
        """What the record has for it; null where it has nothing."""
        for path in self.paths:
            found = value_at(record, path)
            if found is None or found == "":
                continue
            if self._of is not None:
                found = self._of(found)
                if found is None:
                    continue
            return self._convert(found) if self._convert else found
        return None


class Picks:
    """The rows of a format, for one kind of its records."""

    def __init__(self, *picks: Pick, **constants: Any) -> None:
        """Take rows, and what all records of the kind have in common."""
        self.rows = picks
        self._constants = constants

    def of(self, record: Mapping[str, Any], **known: Any) -> dict[str, Any]:
        """The fields of a call; what is `known` besides counts where the record has nothing."""
        found = {**self._constants, **known}
        for pick in self.rows:
            value = pick.value(record)
            if value is not None:
                found[pick.column] = value
        return found


def _conversion(column: str, unit: Unit | None) -> Callable[[Any], Any] | None:
    if column in TIMES:
        return lambda value: instant_text(value, unit)
    if column in DURATIONS and unit in PER_SECOND:
        return lambda value: seconds_of(value, unit)
    if column in COSTS and unit in PER_USD:
        return lambda value: usd_of(value, unit)
    if unit is not None:
        raise ValueError(f"{column!r} cannot be written in {unit.value!r}")
    return None


def value_at(record: Any, path: str) -> Any:
    """The value at a path of a record, null where there is none."""
    if type(record) is dict and path in record:
        return record[path]
    parts = _parts(path)
    return None if len(parts) == 1 and isinstance(record, dict) else _at(record, parts)


@lru_cache(maxsize=4096)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _at(value: Any, parts: tuple[str, ...]) -> Any:
    if not parts:
        return value
    if isinstance(value, str):
        value = object_in(value)
    if isinstance(value, dict):
        for end in range(1, len(parts) + 1):
            key = parts[0] if end == 1 else ".".join(parts[:end])
            if key in value:
                found = _at(value[key], parts[end:])
                if found is not None:
                    return found
        return None
    if isinstance(value, list) and parts[0].isdigit() and int(parts[0]) < len(value):
        return _at(value[int(parts[0])], parts[1:])
    return None


def object_in(text: Any) -> Any:
    """What a text that is a JSON object or list holds; null where it is none."""
    if not isinstance(text, str):
        return text if isinstance(text, dict | list) else None
    if text.lstrip()[:1] not in ("{", "[") or len(text) > _MOST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list, which may stand in a text; nothing where it is none."""
    found = object_in(value) if isinstance(value, str) else value
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def total(*values: Any) -> int | None:
    """The sum of the counts among some values; null where none is one."""
    counts = [v for v in values if isinstance(v, int) and not isinstance(v, bool)]
    return sum(counts) if counts else None


def label(value: Any) -> str | None:
    """A value as a label: a text, a number, a truth value, or a list of such; else nothing."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        parts = [label(part) if not isinstance(part, list) else None for part in value]
        return ", ".join(part for part in parts if part is not None) or None
    return json.dumps(value) if isinstance(value, int | float) else None


class Labels(NamedTuple):
    """Free labels of a record, as the text in which a call carries them."""

    found: Mapping[str, Any]

    def text(self) -> str | None:
        """A JSON object of texts, its keys in order; null where there are none."""
        plain = {
            str(name): text
            for name, value in sorted(self.found.items(), key=lambda each: str(each[0]))
            if (text := label(value)) is not None
        }
        return json.dumps(plain, ensure_ascii=False) if plain else None
