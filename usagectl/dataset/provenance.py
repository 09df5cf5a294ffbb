"""What follows of calls from the files that they stand in, and the table of these files."""

from collections.abc import Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.readers.core.format import Format
from usagectl.readers.core.reading import Reading

FILES = pl.Schema(
    {
        "run": pl.String(),
        "path": pl.String(),
        "format": pl.String(),
        "reason": pl.String(),
        "convention": pl.String(),
        "records": pl.Int64(),
        "merged": pl.Int64(),
        "ignored": pl.Int64(),
        "rejected": pl.Int64(),
    }
)


def completed(
    frame: pl.LazyFrame,
    reader: Format,
    files: Sequence[SourceFile],
    folder_tasks: Sequence[str | None],
    schema: pl.Schema,
) -> pl.LazyFrame:
    """Fill in what follows from the file: its run, its path, and the task where none is stated."""
    table = pl.DataFrame(
        {
            "run": [file.run for file in files],
            "path": [file.path for file in files],
            "folder": folder_tasks,
        },
        schema={"run": pl.String, "path": pl.String, "folder": pl.String},
    )

    def of_file(column: str) -> pl.Expr:
        return pl.lit(table.get_column(column)).gather(pl.col("file"))

    return frame.with_columns(
        run=of_file("run"),
        source=of_file("path"),
        format=pl.lit(reader.name),
        task=pl.coalesce("task", of_file("folder")),
    ).select(schema.names())


def folder_tasks(files: Sequence[SourceFile]) -> list[str | None]:
    """The directory below the operand, by its name; by its whole path where names repeat."""
    folders: dict[tuple[str, str], set[str]] = {}
    for file in files:
        folders.setdefault((file.run, file.folder.rpartition("/")[2]), set()).add(file.folder)
    return [
        None
        if not file.folder
        else name
        if len(folders[file.run, name := file.folder.rpartition("/")[2]]) == 1
        else file.folder
        for file in files
    ]


def files_table(reader: Format, files: Sequence[SourceFile], r: Reading) -> pl.DataFrame:
    """The files of a reader with what became of their records, in the columns of `FILES`."""
    table = pl.DataFrame(
        {
            "run": [file.run for file in files],
            "path": [file.path for file in files],
            "format": [reader.name] * len(files),
            "reason": [f"{f.part}, by its name" if f.by_name else f.part for f in files],
            "convention": [r.conventions.get(i, reader.convention) for i in range(len(files))],
        }
    ).with_row_index("file")
    return table.join(r.fates, on="file", how="left", maintain_order="left").select(FILES.names())


def whole_files(table: pl.DataFrame) -> pl.DataFrame:
    """The table with one row for each file, where some were read in stretches."""
    by = ("run", "path", "format")
    if not table.select(by).is_duplicated().any():
        return table
    return (
        table.group_by(by, maintain_order=True)
        .agg(
            pl.col("reason", "convention").first(),
            pl.col("records", "merged", "ignored", "rejected").sum(),
        )
        .select(FILES.names())
    )
