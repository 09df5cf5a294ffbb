"""The records of a file of any layout that can hold some: JSON, JSON lines, CSV, Parquet."""

from collections.abc import Iterator
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.readers.core import tables
from usagectl.readers.core.containers import on_disk
from usagectl.readers.core.objects import by_line, objects_in
from usagectl.readers.core.salvage import Found


def raw_records(file: SourceFile) -> Iterator[Found]:
    """The objects of a file of JSON, or the rows of a table."""
    if file.path.lower().endswith(".parquet"):
        yield from _rows_of_parquet(file)
    elif file.path.lower().endswith((".csv", ".tsv")) or (
        not by_line(file) and tables.header(file.head())
    ):
        yield from tables.rows_in(file)
    else:
        yield from objects_in(file)


def _rows_of_parquet(file: SourceFile) -> Iterator[Found]:
    import polars as pl

    with on_disk(file) as path:
        try:
            frame = pl.read_parquet(path)
        except (pl.exceptions.PolarsError, OSError) as error:
            yield Found(0, None, f"the Parquet file is damaged: {str(error).splitlines()[0]}")
            return
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield Found(number, {name: _plain(value) for name, value in row.items()})


def _plain(value: Any) -> Any:
    """A value of a table as JSON would have it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
