"""Timestamps as text to instants in UTC."""

from datetime import UTC, datetime

import polars as pl

from usagectl.model.schema import INSTANT

_NAIVE = "%Y-%m-%dT%H:%M:%S%.f"
_AWARE = "%Y-%m-%dT%H:%M:%S%.f%#z"
# As microseconds, since Python cannot hold the year that a damaged timestamp may name.
_FIRST = int(datetime(2015, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
_LAST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)


def instants(text: pl.Series, zone: str) -> pl.Series:
    """Timestamps as UTC instants; null where there is none or it cannot be true.

    Args:
        text: ISO 8601 timestamps, with or without an offset.
        zone: The time zone that a timestamp without an offset is read in.
    """
    naive = _believable(text.str.to_datetime(_NAIVE, time_unit="us", strict=False))
    # A clock that was set back gives the hour twice: the first is taken. An hour that the clock
    # jumped over never was: the hour after it is taken.
    at = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    if at.null_count() > naive.null_count():
        later = naive.dt.offset_by("1h").dt.replace_time_zone(
            zone, ambiguous="earliest", non_existent="null"
        )
        at = at.zip_with(at.is_not_null(), later)
    at = at.dt.convert_time_zone("UTC")
    if at.null_count() > text.null_count():
        spaced = text.str.replace(" ", "T", literal=True).str.replace(",", ".", literal=True)
        aware = _believable(spaced.str.to_datetime(_AWARE, time_unit="us", strict=False))
        at = at.zip_with(at.is_not_null(), aware.dt.convert_time_zone("UTC"))
    return at.cast(INSTANT).alias(text.name)


def _believable(at: pl.Series) -> pl.Series:
    """The same without times that cannot be true."""
    value = at.to_physical()
    least, most = value.min(), value.max()
    if isinstance(least, int) and isinstance(most, int) and least >= _FIRST and most <= _LAST:
        return at
    return at.set(~value.is_between(_FIRST, _LAST), None)
