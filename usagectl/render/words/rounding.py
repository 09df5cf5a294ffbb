"""Values of reports for programs: floats without digits that say nothing, times as text."""

import math
from datetime import datetime
from typing import Any

import polars as pl

_MICRO, _NANO = 6, 9
# Up to here a double tells 1e-9 apart from the noise of its last digits.
_NANO_BELOW = 100_000
_NOISE = 4
_SIGNIFICANT = 12


def tidy(value: float) -> float:
    """A float as the number it stands for.

    What is whole millionths (microseconds as seconds) or billionths (amounts) but for the last bits
    is just that; a quotient has 12 significant digits.
    """
    if value == round(value, _MICRO):
        # Most are, and a report of many runs has many.
        return value
    noise = _NOISE * math.ulp(value)
    for places in (_MICRO, _NANO) if abs(value) < _NANO_BELOW else (_MICRO,):
        near = round(value, places)
        if near and abs(near - value) <= noise:
            return near
    return float(f"{value:.{_SIGNIFICANT}g}")


def tidied(value: Any) -> Any:
    """A value of JSON with all of its floats tidy and its times as text."""
    if isinstance(value, float):
        return tidy(value)
    if isinstance(value, dict):
        return {key: tidied(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidied(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value


def tidied_frame(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with all floats tidy."""
    floats = [column for column in rows.get_columns() if column.dtype == pl.Float64]
    return rows.with_columns(
        pl.Series(column.name, [None if v is None else tidy(v) for v in column], pl.Float64)
        for column in floats
    )
