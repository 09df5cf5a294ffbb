"""Records as JSON, NDJSON and CSV, with full precision and units in the keys."""

import json as plain
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from usagectl.model.escaping import as_json, csv_cell, json_text
from usagectl.render.records import Records
from usagectl.render.words.rounding import tidied, tidied_frame


def json(records: Records) -> str:
    """One document, indented down to the rows, of which each has a line of its own."""
    if records.single:
        return json_text(plain.dumps(tidied(records.whole), indent=2))
    return _object(records.whole, "")


def ndjson(records: Records) -> str:
    """An object a line."""
    return "\n".join(map(_one_line, records.rows))


def csv(records: Records) -> str:
    """A line a row, below its columns; what a row does not have is empty."""
    rows = records.rows if records.lines is None else records.lines
    lines = ([tidied(row.get(name)) for name in records.columns] for row in rows)
    return "\n".join(",".join(map(csv_cell, line)) for line in (records.columns, *lines))


def _object(value: Mapping[str, Any], indent: str) -> str:
    inner = f"{indent}  "
    parts = (f"{as_json(key)}: {_value(part, inner)}" for key, part in value.items())
    return f"{{\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}}}"


def _value(value: Any, indent: str) -> str:
    if isinstance(value, pl.DataFrame):
        return _list(_rows(value), indent)
    if isinstance(value, Iterator):
        value = list(value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _list(map(_one_line, value), indent)
    if isinstance(value, dict) and any(isinstance(part, pl.DataFrame) for part in value.values()):
        return _object(value, indent)
    return _one_line(value)


def _list(texts: Iterable[str], indent: str) -> str:
    joined = f",\n{indent}  ".join(texts)
    return f"[\n{indent}  {joined}\n{indent}]" if joined else "[]"


def _one_line(value: Any) -> str:
    """A value without line ends, its floats without digits that say nothing."""
    return as_json(tidied(value))


def _rows(rows: pl.DataFrame) -> list[str]:
    """Each row as an object: by Polars, which is fast, where that needs no escaping to ASCII."""
    times = pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")
    rows = tidied_frame(rows).with_columns(times)
    text = rows.write_ndjson()
    if text.isascii():
        return json_text(text).splitlines()
    return [as_json(row) for row in rows.iter_rows(named=True)]
