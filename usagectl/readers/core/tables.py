"""Tables in text: rows of CSV as objects, whose values are texts."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.salvage import Found

_MOST_FIELD = 64 * 1024 * 1024
_SEPARATORS = (",", ";", "\t")


def header(head: Head) -> tuple[str, ...]:
    """The names of the columns of a CSV file; nothing where it does not look like one."""
    if not head.is_text:
        return ()
    first = head.data.split(b"\n", 1)[0].decode("utf-8", "replace").strip().replace("\r", "")
    separator = max(_SEPARATORS, key=first.count)
    if first.startswith(("{", "[")) or separator not in first:
        return ()
    try:
        return tuple(name.strip() for name in next(csv.reader([first], delimiter=separator), ()))
    except csv.Error:
        return ()


def rows_in(file: SourceFile) -> Iterator[Found]:
    """The rows of a CSV file, an empty field of which is left out."""
    csv.field_size_limit(_MOST_FIELD)
    text = file.read().decode("utf-8-sig", "replace").replace("\0", "")
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    yield from _objects(rows)


def _objects(rows: Any) -> Iterator[Found]:
    names: Sequence[str] = ()
    line = 1
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Found(rows.line_num, None, f"no row of a table: {error}")
            return
        start, line = line, rows.line_num + 1
        if not any(row):
            continue
        if not names:
            names = [name.strip() for name in row]
        elif len(row) != len(names):
            yield Found(start, None, f"{len(row)} fields, {len(names)} columns")
        else:
            yield Found(start, {n: v for n, v in zip(names, row, strict=True) if v != ""})
