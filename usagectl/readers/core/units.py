"""Units that a raw value is written in, and times and durations out of them."""

from enum import Enum
from typing import Any

_MICROSECONDS_PER_SECOND = 1_000_000


class Unit(Enum):
    """What a number counts; of a time, since 1970.

    UTC is a text without an offset that is in UTC, whatever time zone others are read in; a number
    in its place counts seconds.
    """

    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    NANOSECONDS = "ns"
    UTC = "utc"
    USD = "usd"
    CENTS = "cents"
    NANOUSD = "nanousd"


PER_SECOND = {
    Unit.SECONDS: 1,
    Unit.MILLISECONDS: 10**3,
    Unit.MICROSECONDS: 10**6,
    Unit.NANOSECONDS: 10**9,
}
PER_USD = {Unit.USD: 1, Unit.CENTS: 10**2, Unit.NANOUSD: 10**9}
_YEAR_2100 = 4_102_444_800
_MOST_DIGITS = 30
_LARGEST = 10**30


def instant_text(value: Any, unit: Unit | None) -> Any:
    """A raw time as ISO 8601 text; what is none is left as it is, for whoever refuses it.

    Args:
        value: A number since 1970, or a text.
        unit: What a number counts; UTC for a text without an offset that is in UTC.
    """
    if unit is Unit.UTC:
        if isinstance(value, str):
            return in_utc(value)
        unit = Unit.SECONDS
    per_second = PER_SECOND.get(unit) if unit else None
    if per_second is None:
        return value
    microseconds = _microseconds(value, per_second)
    return value if microseconds is None else _iso(microseconds)


def in_utc(text: str) -> str:
    """A timestamp, of which one without an offset is said to be in UTC."""
    time = text.strip()
    has_offset = time.endswith(("Z", "z")) or "+" in time[10:] or "-" in time[10:]
    return time if has_offset or not time else f"{time}Z"


def seconds_of(value: Any, unit: Unit) -> Any:
    """A duration in seconds; what is no number is left as it is."""
    return _divided(value, PER_SECOND[unit])


def usd_of(value: Any, unit: Unit) -> Any:
    """An amount in USD; what is no number is left as it is."""
    return _divided(value, PER_USD[unit])


def _divided(value: Any, by: int) -> Any:
    if by == 1 or isinstance(value, bool) or (isinstance(value, int) and value > _LARGEST):
        return value
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    return value / by if isinstance(value, int | float) else value


def _microseconds(value: Any, per_second: int) -> int | None:
    """Exactly, where it is a whole number; null where it is none, or no time."""
    if isinstance(value, str) and len(value) < _MOST_DIGITS:
        try:
            value = int(value) if value.isdigit() else float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < _YEAR_2100 * per_second:
        return None
    if isinstance(value, int):
        return value * _MICROSECONDS_PER_SECOND // per_second
    return round(value * (_MICROSECONDS_PER_SECOND / per_second))


def _iso(microseconds: int) -> str:
    from datetime import UTC, datetime, timedelta

    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return at.isoformat().replace("+00:00", "Z")
