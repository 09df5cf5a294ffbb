"""Raw fields to canonical columns, as the rows of a table.

A reader says `canonical column <- raw path, unit, condition`; what is parsed of a record and what
is made of it both follow from that. A table that cannot be true raises when it is imported.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import polars as pl

from usagectl.model.columns import MICROSECONDS, NANOUSD, Column, Type
from usagectl.model.schema import dtype
from usagectl.model.wording import nearest
from usagectl.readers.core.fields import Fields, Kind
from usagectl.readers.core.reading import microseconds, nanousd


class Word:
    """The first of some words of a column whose condition is true, else `otherwise`."""

    def __init__(self, otherwise: str, **conditions: pl.Expr) -> None:
        self._otherwise = otherwise
        self._conditions = conditions

    def of(self, column: Column) -> pl.Expr:
        """The expression; raises ValueError where the column has no such word."""
        known = () if isinstance(column.type, Type) else column.type
        for said in (self._otherwise, *self._conditions):
            if said not in known:
                raise ValueError(
                    f"column {column.name!r} never says {said!r}{nearest(said, known)}"
                )
        value = pl.lit(self._otherwise, dtype(column))
        for said, condition in reversed(self._conditions.items()):
            value = pl.when(condition).then(pl.lit(said, dtype(column))).otherwise(value)
        return value


class Row(NamedTuple):
    """What a canonical column is made of.

    `source` is the path of a raw field, such as `usage.input_tokens`, or of several, of which the
    first counts that is not null; an expression is a constant or takes columns that the reader has
    put into the frame. `unit` is what a duration is written in, SECONDS or MILLISECONDS. Where
    `when` is not true the column is null.
    """

    column: str
    source: str | tuple[str, ...] | pl.Expr | Word
    unit: Kind | None = None
    when: pl.Expr | None = None


def same(*names: str, when: pl.Expr | None = None) -> Iterator[Row]:
    """Rows of columns that are called in the file what they are called here."""
    return (Row(name, name, when=when) for name in names)


def computed(*names: str) -> Iterator[Row]:
    """Rows of columns that the reader has put into the frame as they are here."""
    return (Row(name, pl.col(name)) for name in names)


class Table:
    """The rows of a frame of calls or of stages."""

    def __init__(self, declared: Sequence[Column], *rows: Row) -> None:
        """Check the rows and keep what they say.

        Args:
            declared: The columns that there are, `columns.CALL` or `columns.STAGE`.
            rows: A row for each of those that the format knows.

        Raises:
            ValueError: A row is of no column, of a column that has one, or of a wrong unit.
        """
        columns = {column.name: column for column in declared}
        self.paths: list[tuple[str, Kind]] = []
        self._values: dict[str, pl.Expr] = {}
        for row in rows:
            column = columns.get(row.column)
            if column is None:
                raise ValueError(f"no column {row.column!r}{nearest(row.column, list(columns))}")
            if row.column in self._values:
                raise ValueError(f"column {row.column!r} has two rows")
            self._values[row.column] = _value(row, column).cast(dtype(column))
            self.paths += [(path, _kind(row, column)) for path in _paths(row)]

    def of(self, frame: pl.DataFrame | pl.LazyFrame) -> pl.LazyFrame:
        """The canonical columns of a frame of raw fields, and its `file`."""
        return frame.lazy().select("file", **self._values)


def raw_fields(*tables: Table, also: Mapping[Kind, str] | None = None) -> Fields:
    """The raw fields that some tables take; of several that are damaged the first is told.

    Args:
        tables: All that are filled from the same records.
        also: What no row names and the reader needs besides: paths with spaces between. They come
            first, since they tell what a record is; what stands inside objects comes last.

    Raises:
        ValueError: A field is said to be of two kinds.
    """
    paths = [(path, kind) for kind, names in (also or {}).items() for path in names.split()]
    paths += [each for table in tables for each in table.paths]
    fields: dict[str, Any] = {}
    for path, kind in sorted(paths, key=lambda each: "." in each[0]):
        *objects, name = path.split(".")
        if kind is Kind.TIME and objects:
            raise ValueError(f"raw field {path!r} is a time inside an object, which is not read")
        inner: Any = fields
        for each in objects:
            inner = inner.setdefault(each, {}) if isinstance(inner, dict) else inner
        if not isinstance(inner, dict) or inner.setdefault(name, kind) is not kind:
            raise ValueError(f"raw field {path!r} is of two kinds, one is {kind.value}")
    return fields


_DURATIONS = (Kind.SECONDS, Kind.MILLISECONDS)
_CONVERSIONS: Mapping[Kind | None, Callable[[pl.Expr], pl.Expr]] = {
    Kind.SECONDS: microseconds,
    Kind.MILLISECONDS: partial(microseconds, per_second=1000),
    Kind.USD: nanousd,
}


def _paths(row: Row) -> tuple[str, ...]:
    if isinstance(row.source, pl.Expr | Word):
        return ()
    return (row.source,) if isinstance(row.source, str) else row.source


def _kind(row: Row, column: Column) -> Kind:
    """What a raw field that becomes this column holds."""
    if column.unit == MICROSECONDS:
        if row.unit is None:
            raise ValueError(f"column {row.column!r} needs the unit of {row.source!r}")
        return row.unit
    if column.type is Type.INTEGER:
        return Kind.USD if column.unit == NANOUSD else Kind.COUNT
    return Kind.TIME if column.type is Type.INSTANT else Kind.TEXT


def _value(row: Row, column: Column) -> pl.Expr:
    unit = row.unit
    if unit is not None and (column.unit != MICROSECONDS or unit not in _DURATIONS):
        raise ValueError(f"column {row.column!r} cannot be made of {unit.value}")
    if isinstance(row.source, Word):
        value = row.source.of(column)
    elif isinstance(row.source, pl.Expr):
        value = row.source
    else:
        first, *others = map(_raw, _paths(row))
        value = pl.coalesce(first, *others) if others else first
        unit = _kind(row, column)
    convert = _CONVERSIONS.get(unit)
    value = convert(value) if convert else value
    return value if row.when is None else pl.when(row.when).then(value)


def _raw(path: str) -> pl.Expr:
    """The column of a path; of one into objects, the field of the innermost."""
    name, *inner = path.split(".")
    value = pl.col(name)
    for each in inner:
        value = value.struct.field(each)
    return value
