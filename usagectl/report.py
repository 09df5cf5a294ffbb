"""Finished figures as values: what a renderer gets, and all that it gets."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl import filters, summary
from usagectl.exceptions import NoAnswerError
from usagectl.filters import Filters
from usagectl.names import Key, Metric
from usagectl.notices import Notice, Reject
from usagectl.schema import MICROSECONDS_PER_SECOND, in_units
from usagectl.usage import Usage

DEFAULT_BY = (Key.TASK, Key.MODEL)


class RunInfo(NamedTuple):
    """One run of a report: its label, how many files it has, their formats, and its period."""

    run: str
    files: int
    formats: tuple[str, ...]
    first: datetime | None
    last: datetime | None


class Section(NamedTuple):
    """A table of a report: its keys and its rows, of which the first `top` are shown as text."""

    keys: tuple[Key, ...]
    rows: pl.DataFrame
    top: int | None

    @property
    def name(self) -> str:
        """The keys as the user would write them."""
        return ",".join(self.keys)


class SummaryReport(NamedTuple):
    """What `usagectl summary` says.

    `totals` is a row of metrics, `failures` has `failure`, metrics and `share` of all failed
    calls, `stages` a row per stage in seconds. `records`, `merged` and `rejected` say what the
    calls of all files were made of, `filtered` whether only some of the calls were looked at.
    """

    runs: tuple[RunInfo, ...]
    totals: dict[str, Any]
    sections: tuple[Section, ...]
    failures: pl.DataFrame
    stages: pl.DataFrame
    records: int
    merged: int
    rejected: int
    notices: tuple[Notice, ...]
    zone: str
    top: int | None
    filtered: bool


def summary_report(
    usage: Usage,
    *,
    by: Sequence[Key] = (),
    chosen: Filters = Filters(),  # noqa: B008
    top: int | None = None,
    sort: Metric | None = None,
) -> SummaryReport:
    """Put a summary together.

    Args:
        usage: What was loaded.
        by: The keys of the one table wanted; by default there are two, by task and by model.
        chosen: Which calls to look at.
        top: How many rows of a table to show as text; None for all.
        sort: The metric that rows are sorted by, instead of total tokens.

    Raises:
        NoAnswerError: Nothing could be read, or nothing meets the filters.
    """
    wanted = [tuple(by)] if by else [(key,) for key in DEFAULT_BY]
    groupings = [_with_run(keys, usage.runs) for keys in wanted]
    if not by and len(usage.runs) > 1:
        groupings.insert(0, (Key.RUN,))
    calls = filters.apply(usage.calls, chosen, usage.zone)
    stages = filters.apply_to_stages(usage.stages, chosen, usage.zone).collect()
    keys = list(dict.fromkeys([key for keys in groupings for key in keys] + [Key.FAILURE, Key.RUN]))
    base = summary.prepared(calls, keys, usage.zone, "ended_at").collect().lazy()
    frames = pl.collect_all(
        [
            summary.grouped(base, ()),
            summary.grouped(base.filter(pl.col("status") == "failed"), [Key.FAILURE]),
            base.group_by("key_run").agg(
                first=pl.col("ended_at").min(), last=pl.col("ended_at").max()
            ),
            *(summary.grouped(base, keys) for keys in groupings),
        ]
    )
    totals, failures, periods, *tables = frames
    figures = totals.row(0, named=True)
    if not figures[Metric.CALLS] and stages.is_empty():
        raise NoAnswerError(_nothing(usage, chosen))
    sections = tuple(
        Section(keys, summary.sorted_rows(rows, sort, keys) if sort else rows, top)
        for keys, rows in zip(groupings, tables, strict=True)
    )
    counts = usage.files.select(pl.col("records", "merged").sum()).row(0)
    failed_calls = figures[Metric.FAILED] or 1
    failures = failures.with_columns(share=pl.col(Metric.CALLS) / failed_calls).sort(
        Metric.CALLS, Key.FAILURE, descending=[True, False]
    )
    return SummaryReport(
        _runs(usage, periods),
        figures,
        sections,
        failures,
        _stage_rows(stages),
        counts[0],
        counts[1],
        len(usage.rejects),
        (*usage.notices, *_rejected(usage.rejects), *_untimed(chosen, usage)),
        usage.zone,
        top,
        chosen != Filters(),
    )


def _with_run(keys: tuple[Key, ...], runs: Sequence[str]) -> tuple[Key, ...]:
    return keys if len(runs) == 1 or Key.RUN in keys else (Key.RUN, *keys)


def _runs(usage: Usage, periods: pl.DataFrame) -> tuple[RunInfo, ...]:
    spans = {run: (first, last) for run, first, last in periods.iter_rows()}
    files = {
        run: (count, tuple(formats))
        for run, count, formats in usage.files.group_by("run")
        .agg(pl.len(), pl.col("format").unique().sort())
        .iter_rows()
    }
    return tuple(
        RunInfo(run, *files.get(run, (0, ())), *spans.get(run, (None, None))) for run in usage.runs
    )


def _stage_rows(stages: pl.DataFrame) -> pl.DataFrame:
    """Stages in the order in which they began, durations in seconds."""
    durations = {"wall": "wall_us", "cpu_user": "cpu_user_us", "cpu_system": "cpu_system_us"}
    return (
        stages.sort("run", "started_at", "task", nulls_last=True, maintain_order=True)
        .with_columns(
            in_units(column, MICROSECONDS_PER_SECOND).alias(f"{name}_seconds")
            for name, column in durations.items()
        )
        .drop(durations.values())
        .select(
            "run",
            "task",
            "session",
            "module",
            pl.col("status").cast(pl.String),
            "started_at",
            "ended_at",
            "wall_seconds",
            "cpu_user_seconds",
            "cpu_system_seconds",
            "attempt",
        )
    )


def _rejected(rejects: Sequence[Reject]) -> Iterable[Notice]:
    if rejects:
        count = len(rejects)
        first = rejects[0]
        place = f"{first.source}:{first.line}" if first.line else first.source
        yield Notice(
            "rejected-records",
            f"{count} record{'' if count == 1 else 's'} could not be read, the first at {place}:"
            f" {first.reason} (usagectl doctor lists them)",
            count,
        )


def _untimed(chosen: Filters, usage: Usage) -> Iterable[Notice]:
    if chosen.since is None and chosen.until is None:
        return
    without = usage.calls.select(pl.col("ended_at").is_null().sum()).collect().item()
    if without:
        yield Notice(
            "untimed-calls",
            f"{without} call{'' if without == 1 else 's'} without a time cannot meet a time filter"
            " and are left out",
            without,
        )


def _nothing(usage: Usage, chosen: Filters) -> str:
    if chosen != Filters() and not usage.calls.limit(1).collect().is_empty():
        return "no call meets the filters"
    if usage.rejects:
        (notice,) = _rejected(usage.rejects)
        return f"nothing could be read: {notice.text}"
    return "the files hold no calls: " + ", ".join(usage.files.get_column("path").head(3).to_list())


class FileInfo(NamedTuple):
    """What became of one file: `records` = `calls` + `merged` + `ignored` + `rejected`.

    `calls` are the rows of the calls frame that come from it.
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
        "ended_at",
        "model",
        "request_model",
        "input_tokens",
        "output_tokens",
        "duration_us",
    ).collect()
    of_file = calls.group_by("run", "source").agg(
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
    ).with_columns(pl.col("calls").fill_null(0))
    files = tuple(FileInfo(*row) for row in table.select(FileInfo._fields).iter_rows())
    sums = table.select(
        pl.len().alias("files"),
        pl.col("records", "calls", "merged", "ignored", "rejected").sum(),
    )
    return DoctorReport(
        usage.runs,
        files,
        sums.row(0, named=True),
        {file.format: file.convention for file in files},
        usage.rejects,
        usage.unclaimed,
        _overlaps(calls),
        usage.notices,
        usage.zone,
        top,
    )


def _overlaps(calls: pl.DataFrame) -> tuple[str, ...]:
    """Pairs of files of a run that hold the same calls, to the microsecond and the token."""
    same = [name for name in calls.columns if name != "source"]
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
