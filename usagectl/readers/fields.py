"""Kinds of raw field, and what a value must look like to be taken for one.

The strict path lets Polars check the type and then checks the range; the salvage path checks both
here, so that a record is accepted by one exactly when it is accepted by the other.
"""

import json
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

import polars as pl

from usagectl.readers.times import instants

MAX_COUNT = 10**12
MAX_MEASURE = 1e9


class Kind(Enum):
    """What a field holds.

    TEXT: any string, other values as JSON. COUNT: an integer from 0. MEASURE: a number from 0.
    FLAG: true or false. TIME: ISO 8601, which becomes an instant; one that cannot be read is null.
    """

    TEXT = "text"
    TIME = "time"
    COUNT = "count"
    MEASURE = "measure"
    FLAG = "flag"


Fields: TypeAlias = Mapping[str, "Kind | Fields"]

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.TIME: pl.String(),
    Kind.COUNT: pl.Int64(),
    Kind.MEASURE: pl.Float64(),
    Kind.FLAG: pl.Boolean(),
}


class FieldError(ValueError):
    """A value that cannot be read; the message names the field and says why."""


def schema(fields: Fields) -> pl.Schema:
    """The Polars schema of a record with these fields, times still as text."""
    return pl.Schema({name: _dtype(kind) for name, kind in fields.items()})


def _dtype(kind: "Kind | Fields") -> pl.DataType:
    return _DTYPES[kind] if isinstance(kind, Kind) else pl.Struct(schema(kind))


def with_times(frame: pl.DataFrame, fields: Fields, zone: str) -> pl.DataFrame:
    """The frame with its TIME columns as instants; `zone` is for those without an offset."""
    times = [name for name, kind in fields.items() if kind is Kind.TIME]
    return frame.with_columns(instants(frame.get_column(name), zone) for name in times)


def out_of_range(fields: Fields) -> pl.Expr:
    """Whether any number of the frame lies outside its range: one row, one Boolean."""
    checks = [*_range_checks(fields, pl.col)]
    return pl.any_horizontal(checks) if checks else pl.lit(False)


def _range_checks(fields: Fields, column: Any) -> list[pl.Expr]:
    checks: list[pl.Expr] = []
    for name, kind in fields.items():
        value = column(name)
        if isinstance(kind, Kind):
            if kind in (Kind.COUNT, Kind.MEASURE):
                limit = MAX_COUNT if kind is Kind.COUNT else MAX_MEASURE
                checks += [value.min() < 0, value.max() > limit]
        else:
            checks += _range_checks(kind, value.struct.field)
    return [check.fill_null(False) for check in checks]


def convert(fields: Fields, record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one record as Python values of their kinds.

    Raises:
        FieldError: A value is of the wrong type or out of range.
    """
    return {name: _value(name, kind, record.get(name)) for name, kind in fields.items()}


def _value(name: str, kind: "Kind | Fields", value: Any) -> Any:
    if value is None:
        return None
    if not isinstance(kind, Kind):
        if not isinstance(value, dict):
            raise FieldError(f"{name} is {_shown(value)}, not an object")
        return {inner: _value(f"{name}.{inner}", k, value.get(inner)) for inner, k in kind.items()}
    if kind in (Kind.TEXT, Kind.TIME):
        return _text(value)
    if kind is Kind.FLAG:
        return _flag(name, value)
    return _number(name, kind, value)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A lone surrogate is no character; Polars could not hold it.
    return text.encode("utf-8", "replace").decode("utf-8")


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"  # type: ignore[no-any-return]
    raise FieldError(f"{name} is {_shown(value)}, not true or false")


def _number(name: str, kind: Kind, value: Any) -> int | float:
    wanted = "a whole number" if kind is Kind.COUNT else "a number"
    if isinstance(value, str):
        try:
            value = int(value) if value.strip().isdecimal() else float(value)
        except ValueError:
            raise FieldError(f"{name} is {_shown(value)}, not {wanted}") from None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(f"{name} is {_shown(value)}, not {wanted}")
    if not math.isfinite(value):
        raise FieldError(f"{name} is {value}, not {wanted}")
    if value < 0:
        raise FieldError(f"{name} is negative ({_shown(value)})")
    if value > (MAX_COUNT if kind is Kind.COUNT else MAX_MEASURE):
        raise FieldError(f"{name} is too large to be true ({_shown(value)})")
    if kind is Kind.MEASURE:
        return float(value)
    if value != int(value):
        raise FieldError(f"{name} is {value}, not a whole number")
    return int(value)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004
