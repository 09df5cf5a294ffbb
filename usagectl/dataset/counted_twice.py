"""Doubts that calls are counted twice: files that are copies, and files of two runs."""

from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Notice


def copies(beginnings: Sequence[tuple[SourceFile, str]]) -> Iterator[Notice]:
    """Line files of one run that begin alike to the last microsecond: one is a copy."""
    seen: dict[tuple[str, str], str] = {}
    pairs = []
    for file, beginning in beginnings:
        first = seen.setdefault((file.run, beginning), file.path)
        if first != file.path:
            pairs.append((first, file.path))
    if pairs:
        more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
        yield Notice(
            "copied-file",
            f"{pairs[0][1]}{more} begins like {pairs[0][0]}: if it is a copy, its calls are"
            " counted twice",
            len(pairs),
        )


def in_two_formats(calls: pl.LazyFrame) -> Iterator[Notice]:
    """Sessions of a run of which two formats have calls, as an agent's files and its telemetry."""
    views = (
        calls.filter(pl.col("session").is_not_null())
        .select("run", "session", "format")
        .unique()
        .group_by("run", "session")
        .agg(pl.col("format").sort())
        .filter(pl.col("format").list.len() > 1)
        .collect()
    )
    if not views.is_empty():
        formats = " and ".join(views["format"].explode().unique().sort())
        yield Notice(
            "two-views",
            f"sessions that stand in files of more than one format ({formats}): {views.height:,};"
            " if these are views of the same calls, they are counted twice: leave one out with"
            " --where format=...",
            views.height,
        )


def in_two_runs(files: Iterable[SourceFile]) -> Iterator[Notice]:
    """Files that belong to two runs of one report, whose total then holds their calls twice."""
    runs: dict[str, set[str]] = {}
    for file in files:
        runs.setdefault(file.path, set()).add(file.run)
    shared = sum(len(of) > 1 for of in runs.values())
    if shared:
        yield Notice(
            "file-in-two-runs",
            f"files that belong to more than one run: {shared}; their calls are counted in each,"
            " and in the total more than once",
            shared,
        )
