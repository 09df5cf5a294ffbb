"""What a reader returns, and the few steps by which every reader gets there."""

from collections.abc import Container, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Doubt, Reject
from usagectl.model.schema import CALLS, MICROSECONDS_PER_SECOND, NANOUSD_PER_USD, STAGES, conform
from usagectl.readers.core.fields import was_measured
from usagectl.readers.core.lines import Records

FILLED_LATER = ("run", "source", "format")
"""Columns that follow from the file and are filled in for all readers at once."""

CALL_COLUMNS = pl.Schema(
    {"file": pl.UInt32(), **{k: v for k, v in CALLS.items() if k not in FILLED_LATER}}
)
STAGE_COLUMNS = pl.Schema(
    {"file": pl.UInt32(), **{k: v for k, v in STAGES.items() if k not in FILLED_LATER}}
)
FATES = pl.Schema(
    {
        "file": pl.UInt32(),
        "records": pl.Int64(),
        "merged": pl.Int64(),
        "ignored": pl.Int64(),
        "rejected": pl.Int64(),
    }
)
"""Per file: how many records it holds, and what became of those that are no call of their own."""


Taken: TypeAlias = Mapping[str, Records]
"""The records of the line files of a reader, by their part."""


class Reading(NamedTuple):
    """The outcome of one reader over its files; `file` is the index into them."""

    calls: pl.LazyFrame
    stages: pl.LazyFrame
    fates: pl.DataFrame
    rejects: list[Reject]
    doubts: list[Doubt]
    conventions: dict[int, str]
    """How a file counts tokens where it does not follow the convention of its format."""


def reading(
    *,
    calls: pl.LazyFrame | None = None,
    stages: pl.LazyFrame | None = None,
    fates: Sequence[pl.DataFrame] = (),
    rejects: Sequence[Reject] = (),
    doubts: Sequence[Doubt] = (),
    conventions: Mapping[int, str] | None = None,
) -> Reading:
    """Bring the parts of a reading to their declared columns, without usage nobody measured."""
    none = pl.DataFrame(schema={"file": pl.UInt32()}).lazy()
    stated = conform(none if calls is None else calls, CALL_COLUMNS)
    zeros = int(stated.select(pl.col("calls").filter(~was_measured()).sum()).collect().item())
    return Reading(
        _as_measured(stated) if zeros else stated,
        conform(none if stages is None else stages, STAGE_COLUMNS),
        pl.concat([pl.DataFrame(schema=FATES), *(part.select(FATES.names()) for part in fates)]),
        list(rejects),
        [*doubts, _unmeasured(zeros)],
        dict(conventions or {}),
    )


def _as_measured(calls: pl.LazyFrame) -> pl.LazyFrame:
    """The calls, of which those with 0 and 0 tokens have no known usage, nor a cost of 0."""
    unknown = ~was_measured().fill_null(True)
    free = unknown & (pl.col("recorded_cost_nanousd") == 0)
    return calls.with_columns(
        *(pl.when(~unknown).then(name).alias(name) for name in CALLS if name.endswith("_tokens")),
        recorded_cost_nanousd=pl.when(~free.fill_null(False)).then("recorded_cost_nanousd"),
    )


def _unmeasured(calls: int) -> Doubt:
    return Doubt(
        "zero-usage",
        "{n:,} call{s} with 0 input and 0 output tokens: nobody measured them, so"
        " their usage is unknown",
        calls,
    )


def per_file(flags: pl.DataFrame, name: str) -> pl.DataFrame:
    """Count the rows of a frame with a `file` column, per file, under a name."""
    return flags.group_by("file").agg(pl.len().cast(pl.Int64).alias(name))


def fates_of(counts: pl.DataFrame, **parts: pl.DataFrame) -> pl.DataFrame:
    """Join what became of records to the counts of a file.

    Args:
        counts: `file`, `records`, `rejected` and `foreign` of `records.read`.
        parts: For `merged` and `ignored`, the rows with a `file` column that it happened to.
    """
    fates = counts
    for name, rows in parts.items():
        fates = fates.join(per_file(rows, name), on="file", how="left", maintain_order="left")
    absent = [name for name in ("merged", "ignored") if name not in parts]
    return fates.with_columns(pl.lit(0, pl.Int64).alias(name) for name in absent).with_columns(
        pl.col("merged").fill_null(0),
        pl.col("ignored").fill_null(0) + pl.col("foreign"),
    )


def microseconds(seconds: str | pl.Expr, *, per_second: int = 1) -> pl.Expr:
    """A duration as exact microseconds; `per_second` 1000 takes milliseconds."""
    value = pl.col(seconds) if isinstance(seconds, str) else seconds
    return (value * (MICROSECONDS_PER_SECOND // per_second)).round().cast(pl.Int64)


def nanousd(usd: pl.Expr) -> pl.Expr:
    """An amount in USD as exact 1e-9 USD."""
    return (usd * NANOUSD_PER_USD).round().cast(pl.Int64)


def no_time(times: pl.Series) -> Doubt:
    """How many records have no time; they are counted all the same."""
    return Doubt(
        "no-time",
        "{n} record{s} without a readable timestamp: counted, but no time filter finds them",
        times.null_count(),
    )


def of_part(files: Sequence[SourceFile], *parts: str) -> dict[int, SourceFile]:
    """The files of these parts, by their index."""
    return {i: file for i, file in enumerate(files) if file.part in parts}


def nearest_folder(file: SourceFile, places: Container[tuple[str, str]]) -> str | None:
    """The folder of a file, or the nearest above it, that is one of these of its run."""
    folder = file.folder
    while (file.run, folder) not in places:
        if not folder:
            return None
        folder = folder.rpartition("/")[0]
    return folder
