"""What `usagectl doctor` says, as values: what became of each file and of each record."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from usagectl.dataset.usage import Usage
from usagectl.model.notices import Notice, Reject

COUNTS = ("records", "calls", "merged", "ignored", "rejected")
"""What is counted of a file; the first is the sum of the others."""


class FileInfo(NamedTuple):
    """What became of one file: `records` = `calls` + `merged` + `ignored` + `rejected`.

    `calls` are the rows of the calls frame that come from it, `calls_counted` how many calls these
    stand for, which are more where the file has counters instead of calls.
    """

    path: str
    run: str
    format: str
    reason: str
    convention: str
    records: int
    calls: int
    merged: int
    ignored: int
    rejected: int
    calls_counted: int
    first: datetime | None
    last: datetime | None


class DoctorReport(NamedTuple):
    """What `usagectl doctor` says. `top` is how many entries of a list are shown as text."""

    runs: tuple[str, ...]
    files: tuple[FileInfo, ...]
    totals: dict[str, int]
    conventions: dict[str, str]
    rejects: tuple[Reject, ...]
    unclaimed: tuple[tuple[str, str], ...]
    overlaps: tuple[str, ...]
    notices: tuple[Notice, ...]
    zone: str
    top: int | None


def doctor_report(usage: Usage, *, top: int | None = None) -> DoctorReport:
    """Put together what was read out of which file, and what was not.

    Args:
        usage: What was loaded.
        top: How many entries of a list to show as text; None for all.
    """
    calls = usage.calls.select(
        "run",
        "source",
        "calls",
        "ended_at",
        "model",
        "request_model",
        "input_tokens",
        "output_tokens",
        "duration_us",
    ).collect()
    of_file = calls.group_by("run", "source").agg(
        calls_counted=pl.col("calls").sum(),
        calls=pl.len().cast(pl.Int64),
        first=pl.col("ended_at").min(),
        last=pl.col("ended_at").max(),
    )
    table = usage.files.join(
        of_file,
        left_on=["run", "path"],
        right_on=["run", "source"],
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("calls", "calls_counted").fill_null(0))
    files = tuple(FileInfo(*row) for row in table.select(FileInfo._fields).iter_rows())
    sums = table.select(
        pl.len().alias("files"),
        pl.col(*COUNTS, "calls_counted").sum(),
    )
    return DoctorReport(
        usage.runs,
        files,
        sums.row(0, named=True),
        _conventions(files),
        usage.rejects,
        usage.unclaimed,
        _overlaps(calls),
        usage.notices,
        usage.zone,
        top,
    )


def _conventions(files: Sequence[FileInfo]) -> dict[str, str]:
    """How each format counts tokens, and each file that does it in its own way."""
    usual: dict[str, Counter[str]] = {}
    for file in files:
        usual.setdefault(file.format, Counter())[file.convention] += 1
    found = {name: counts.most_common(1)[0][0] for name, counts in usual.items()}
    return found | {
        file.path: file.convention for file in files if file.convention != found[file.format]
    }


def _overlaps(calls: pl.DataFrame) -> tuple[str, ...]:
    """Pairs of files of a run that hold the same calls, to the microsecond and the token."""
    same = [name for name in calls.columns if name not in ("source", "run")]
    shared = (
        calls.filter(
            pl.col("ended_at").is_not_null()
            & (pl.col("input_tokens") > 0)
            & pl.struct(same).is_duplicated()
        )
        .group_by(same)
        .agg(pl.col("source").unique().sort())
        .filter(pl.col("source").list.len() > 1)
        .group_by("source")
        .len()
        .sort("len", descending=True)
    )
    return tuple(
        f"{count:,} calls stand in each of {' and '.join(sources)}: they are counted in each"
        for sources, count in shared.iter_rows()
    )
