"""A column of a guessed map: what is written of a field that may be one, with its unit or words."""

import re
import statistics
from collections import Counter
from typing import Any, NamedTuple

from usagectl.readers.core.picking import COSTS, DURATIONS, TIMES
from usagectl.readers.core.units import Unit
from usagectl.readers.core.usual_names import UNIT_ENDS, status_of

SHOWN = 40
_MOST_VALUES = 8
_TIME_UNITS = (
    (1e9, 1e10, Unit.SECONDS),
    (1e12, 1e13, Unit.MILLISECONDS),
    (1e15, 1e16, Unit.MICROSECONDS),
    (1e18, 1e19, Unit.NANOSECONDS),
)
_SECONDS_AT_MOST = 600
_PLAIN = re.compile(r"[A-Za-z_][\w.\-]*")


class Field(NamedTuple):
    """A field of some records: where it is, and what stands there."""

    path: str
    values: list[Any]

    @property
    def numbers(self) -> list[float]:
        """Those of its values that are numbers, or texts of one."""
        found = []
        for value in self.values:
            if isinstance(value, bool):
                continue
            try:
                found.append(float(value))
            except (TypeError, ValueError):
                continue
        return found

    @property
    def is_numeric(self) -> bool:
        return len(self.numbers) == len(self.values) > 0


def column_text(column: str, field: Field) -> tuple[str, str]:
    """A column as YAML, and what more is to be said of it."""
    path = quoted(field.path)
    if column in TIMES:
        unit = _time_unit(field)
        return (f"{{path: {path}, unit: {unit.value}}}", "") if unit else (path, "")
    if column in DURATIONS:
        unit, why = _duration_unit(field)
        return f"{{path: {path}, unit: {unit.value}}}", why
    if column in COSTS:
        return f"{{path: {path}, unit: usd}}", "; taken for USD"
    if column == "status":
        return _status(path, field)
    return path, ""


def _time_unit(field: Field) -> Unit | None:
    if not field.is_numeric:
        return None
    middle = statistics.median(field.numbers)
    return next((unit for low, high, unit in _TIME_UNITS if low <= middle < high), Unit.SECONDS)


def _duration_unit(field: Field) -> tuple[Unit, str]:
    name = field.path.rpartition(".")[2]
    for end, unit in UNIT_ENDS.items():
        if end and name.endswith(end):
            return unit, ""
    if statistics.median(field.numbers) > _SECONDS_AT_MOST:
        return Unit.MILLISECONDS, "; the name has no unit: too much for seconds"
    return Unit.SECONDS, "; the name has no unit: taken for seconds"


def _status(path: str, field: Field) -> tuple[str, str]:
    name = field.path.rpartition(".")[2]
    values = [value for value, _ in Counter(map(word, field.values)).most_common(_MOST_VALUES)]
    told = {value: status_of({name: value}) or status_of({"status": value}) for value in values}
    pairs = ", ".join(f"{quoted(value)}: {told_as or 'ok'}" for value, told_as in told.items())
    unsure = [value for value, told_as in told.items() if told_as is None]
    more = f"; is {', '.join(unsure)} a success?" if unsure else ""
    return f"{{path: {path}, values: {{{pairs}}}}}", more


def word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def quoted(text: str) -> str:
    if _PLAIN.fullmatch(text) and text not in ("null", "yes", "no", "on", "off"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
