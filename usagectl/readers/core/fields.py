"""Kinds of raw field, and what a value must look like to be taken for one.

The strict path lets Polars check the type and then checks the range; the salvage path checks both
here, so that a record is accepted by one exactly when it is accepted by the other.
"""

import json
import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeAlias

import polars as pl

from usagectl.readers.core.times import instants

# No call of a pipeline is beyond these, and sums of millions that are not stay exact.
MAX_COUNT = 10**12
MAX_SECONDS = 1e7
MAX_USD = 1e5
# More digits than any number of these has, and fewer than Python refuses to read.
_MAX_DIGITS = 1000
_NUMBER = re.compile(r"\s*[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\s*", re.ASCII)


class Kind(Enum):
    """What a field holds.

    TEXT: any string, other values as JSON. COUNT: an integer. SECONDS, MILLISECONDS, USD: a number.
    FLAG: true or false. TIME: ISO 8601, which becomes an instant; one that cannot be read is null.
    No number is negative.
    """

    TEXT = "text"
    TIME = "time"
    COUNT = "count"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    USD = "usd"
    FLAG = "flag"


Fields: TypeAlias = Mapping[str, "Kind | Fields"]

_DTYPES: dict[Kind, pl.DataType] = {
    Kind.TEXT: pl.String(),
    Kind.TIME: pl.String(),
    Kind.COUNT: pl.Int64(),
    Kind.SECONDS: pl.Float64(),
    Kind.MILLISECONDS: pl.Float64(),
    Kind.USD: pl.Float64(),
    Kind.FLAG: pl.Boolean(),
}


_LIMITS: dict[Kind, float] = {
    Kind.COUNT: MAX_COUNT,
    Kind.SECONDS: MAX_SECONDS,
    Kind.MILLISECONDS: MAX_SECONDS * 1000,
    Kind.USD: MAX_USD,
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


def doubtful(fields: Fields) -> pl.Expr:
    """Whether any value of the frame is one that `convert` may refuse: one row, one Boolean.

    That is a number outside its range, and a text with a zero character, into which Polars turns
    the first half of a surrogate pair that has no second.
    """
    checks = [*_checks(fields, pl.col)]
    return pl.any_horizontal(checks) if checks else pl.lit(False)


def _checks(fields: Fields, column: Any) -> list[pl.Expr]:
    checks: list[pl.Expr] = []
    for name, kind in fields.items():
        value = column(name)
        if not isinstance(kind, Kind):
            checks += _checks(kind, value.struct.field)
        elif kind in _LIMITS:
            checks += [value.min() < 0, value.max() > _LIMITS[kind]]
        elif kind in (Kind.TEXT, Kind.TIME):
            checks.append(value.str.contains("\0", literal=True).any())
    return [check.fill_null(False) for check in checks]


def was_measured(
    input_tokens: str = "input_tokens", output_tokens: str = "output_tokens"
) -> pl.Expr:
    """Whether somebody counted the tokens of a call, or null where it has no counts.

    No call takes nothing in and gives nothing out: 0 and 0 is what a source writes that was told
    nothing. A format that means it would have to say so here.
    """
    return pl.max_horizontal(input_tokens, output_tokens) > 0


def readable(fields: Fields, record: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a record that nobody uses: a value that would be refused is null."""
    values: dict[str, Any] = {}
    for name, kind in fields.items():
        try:
            values[name] = _value(name, kind, record.get(name))
        except FieldError:
            values[name] = None
    return values


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
        return _text(name, value)
    if kind is Kind.FLAG:
        return _flag(name, value)
    return _number(name, kind, value)


def _text(name: str, value: Any) -> str:
    """A text itself; what is none as Polars writes it, since both ways of reading must agree."""
    try:
        if isinstance(value, str):
            value.encode()
            return value
        line = json.dumps({"text": value}, ensure_ascii=False, allow_nan=False).encode()
        return str(pl.read_ndjson(line, schema={"text": pl.String}).item())
    except UnicodeEncodeError:
        raise FieldError(f"{name} holds one half of a surrogate pair, which is no text") from None
    except ValueError:
        raise FieldError(f"{name} is {_shown(value)}: JSON has no such number") from None
    except pl.exceptions.PolarsError:
        raise FieldError(f"{name} is {_shown(value)}, too long a number or too deep") from None


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"  # type: ignore[no-any-return]
    raise FieldError(f"{name} is {_shown(value)}, not true or false")


def _number(name: str, kind: Kind, value: Any) -> int | float:
    wanted = "a whole number" if kind is Kind.COUNT else "a number"
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        exact = len(value) < _MAX_DIGITS and not any(c in value for c in ".eE")
        value = int(value) if exact else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(f"{name} is {_shown(value)}, not {wanted}")
    if isinstance(value, float) and not math.isfinite(value):
        raise FieldError(f"{name} is {value}, not {wanted}")
    if value < 0:
        raise FieldError(f"{name} is negative ({_shown(value)})")
    if value > _LIMITS[kind]:
        raise FieldError(f"{name} is too large to be true ({_shown(value)})")
    if kind is not Kind.COUNT:
        return float(value)
    if value != int(value):
        raise FieldError(f"{name} is {value}, not a whole number")
    return int(value)


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value, ensure_ascii=True, default=str)
    except ValueError:
        # Python writes no integer of thousands of digits.
        return "a number of thousands of digits"
    except RecursionError:
        return "nested too deeply"
    return text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004
