from datetime import UTC, datetime

import polars as pl
import pytest

from usagectl.readers.core.times import instants


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-03-20T10:00:00.123456", "UTC", utc(2026, 3, 20, 10, 0, 0, 123456)),
        ("2026-03-20T10:00:00", "UTC", utc(2026, 3, 20, 10)),
        ("2026-03-20T10:00:00", "Europe/Berlin", utc(2026, 3, 20, 9)),
        ("2026-03-20T10:00:00Z", "Europe/Berlin", utc(2026, 3, 20, 10)),
        ("2026-03-20T10:00:00.5+02:00", "Europe/Berlin", utc(2026, 3, 20, 8, 0, 0, 500000)),
        ("2026-10-25T02:30:00", "Europe/Berlin", utc(2026, 10, 25, 0, 30)),
        ("2026-03-29T02:30:00", "Europe/Berlin", utc(2026, 3, 29, 1, 30)),
        ("1970-01-01T00:00:00", "UTC", None),
        ("9999-12-31T23:59:59", "UTC", None),
        ("soon", "UTC", None),
        ("", "UTC", None),
        (None, "UTC", None),
    ],
)
def test_instants(text, zone, expected):
    """Of an hour that occurs twice the first is taken, of one that never was the next."""
    series = pl.Series("at", [text, "2026-01-01T00:00:00"], dtype=pl.String)
    found = instants(series, zone)
    assert found.dtype == pl.Datetime("us", "UTC")
    assert found.to_list()[0] == expected
    assert found.to_list()[1] is not None
