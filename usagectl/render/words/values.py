"""Figures and names as people read them. Absent is `-`, never 0; a figure is never cut."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from usagectl.model.escaping import shown

ABSENT = "-"
_MINUTE, _HOUR = 60, 3600
_THOUSAND = 1000
_LEAST_SHOWN = 0.0000005


def count(value: int | None) -> str:
    """A whole number with separators for thousands."""
    return ABSENT if value is None else f"{value:,}"


def rate(value: float | None) -> str:
    """A throughput with one digit after the point."""
    return ABSENT if value is None else f"{value:,.1f}"


def percent(value: float | None) -> str:
    """A fraction of 1 as percent; what is more than nothing never shows as 0 %."""
    if value is None:
        return ABSENT
    if 0 < value < 0.001:  # noqa: PLR2004
        return "<0.1%"
    return f"{value * 100:.1f}%"


def change(value: float | None) -> str:
    """A change as a fraction of what was before, with its sign."""
    if value is None:
        return ABSENT
    text = f"{value * 100:+.1f}%"
    return "0.0%" if text in ("+0.0%", "-0.0%") else text


def seconds(value: float | None) -> str:
    """A duration in the unit that suits it."""
    if value is None:
        return ABSENT
    if value == 0:
        return "0 s"
    if value < 0.9995:  # noqa: PLR2004
        return f"{value * 1000:.0f} ms" if value >= 0.001 else "<1 ms"  # noqa: PLR2004
    if value < 59.95:  # noqa: PLR2004
        return f"{value:.1f} s"
    whole = round(value)
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR:,}h {whole % _HOUR // _MINUTE:02d}m"


def usd(value: float | None) -> str:
    """An amount in USD, to the millionth wherever it stands: calls cost that little."""
    if value is None:
        return ABSENT
    if 0 < abs(value) < _LEAST_SHOWN:
        return "<$0.000001"
    return f"${value:,.6f}" if value else "$0"


def amount(value: float | None) -> str:
    """An amount in a currency that the heading names."""
    return usd(value).replace("$", "")


def size(value: int) -> str:
    """Bytes in the unit that suits them, of a thousand each."""
    if value < _THOUSAND:
        return f"{value} B"
    number = float(value)
    for unit in ("kB", "MB", "GB"):
        number /= _THOUSAND
        if number < 999.95:  # noqa: PLR2004
            return f"{number:.1f} {unit}"
    return f"{number / _THOUSAND:,.1f} TB"


def moment(value: datetime | None, zone: str) -> str:
    """A time to the second, in a zone."""
    if value is None:
        return ABSENT
    return value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def span(first: datetime | None, last: datetime | None, zone: str) -> str:
    """From when to when; a day is not said twice."""
    if first is None or last is None:
        return "no times"
    begin, end = moment(first, zone), moment(last, zone)
    return f"{begin} to {end[11:] if begin[:10] == end[:10] else end}"


def name(value: Any) -> str:
    """Text from the data, with everything that could steer a terminal made visible."""
    return ABSENT if value is None else shown(str(value))
