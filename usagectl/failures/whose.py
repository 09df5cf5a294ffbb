"""Whose text it is: what lines of logs and failed stages say, given to the failures they are of."""

import re
from collections.abc import Sequence

import polars as pl

from usagectl.failures.logs import Line, Lines, failed_at, named_in, told, told_beside
from usagectl.model.schema import INSTANT
from usagectl.readers.core.times import instants

BY_ID, BY_TIME = "error_id", "task and time"
# A task that several folders share is named by its whole path; what tells of it stands above them.
PLAN = pl.col("task").str.replace(r"^.*/", "")

_QUARTER_US = 15 * 60 * 1_000_000
_NEAR_US = 3_000_000
_FARTHEST = 14 * 4
_CAUSES = ("run", "plan", "started_at", "ended_at", "message", "source", "above")
_FOUND = pl.Schema(
    {"row": pl.UInt32(), "text": pl.String(), "found_by": pl.String(), "found_in": pl.String()}
)


def texts_of(
    bare: pl.DataFrame, lines: Lines, ids: Sequence[str], stages: pl.LazyFrame, zone: str
) -> pl.DataFrame:
    """The text of each failure that keeps none itself.

    Args:
        bare: Those failures, each with a number in `row`.
        lines: What the files of the runs say.
        ids: The ids of failures.
        stages: The stages of the runs, of which some failed.
        zone: The time zone of lines without one.

    Returns:
        `row`, `text`, `found_by` and `found_in`, for those of which there is a text.
    """
    found = [_by_id(bare, lines.ids, ids)]
    for causes in (_failed_stages(stages), _failed_lines(lines.tasks, zone)):
        left = bare.join(pl.concat(found), on="row", how="anti")
        if not left.is_empty() and not causes.is_empty():
            found.append(_by_time(left, causes, ids))
    return pl.concat(found)


def _by_id(failed: pl.DataFrame, lines: Sequence[Line], ids: Sequence[str]) -> pl.DataFrame:
    """The best text of those that name the id of each failure, of the ids that were looked for."""
    with_id = failed.select("error_id", "source").filter(pl.col("error_id").is_in(list(ids)))
    sources = dict(with_id.iter_rows())
    said = [(line, *_said(line, sources[line.name])) for line in lines if line.name in sources]
    told_ = [(line, text, says) for line, text, says in said if text is not None]
    texts = pl.Series([text for _, text, _ in told_], dtype=pl.String)
    best: dict[str, tuple[tuple[int, int], str, str]] = {}
    for (line, text, says), named in zip(told_, named_in(texts, [*sources]), strict=True):
        if not says and any(name != line.name for name in named):
            continue
        rank = (says, len(text))
        if rank > best.get(line.name, ((0, 0),))[0]:
            best[line.name] = (rank, text, f"{line.path}:{line.number}")
    rows = [
        (row, best[error_id][1], BY_ID, best[error_id][2])
        for row, error_id in failed.select("row", "error_id").iter_rows()
        if error_id in best
    ]
    return pl.DataFrame(rows, schema=_FOUND, orient="row")


def _said(line: Line, source: str) -> tuple[str | None, int]:
    """The text of a line that names an id; 1 where it says what the failure was, else 0."""
    record = "\n".join(line.record)
    text = told(line.name, record)
    if text is not None:
        pattern = rf"{re.escape(line.name)}[\])]?\s*:\s*\S"
        return text, int(re.search(pattern, text) is not None)
    return (None, 0) if line.path == source else (told_beside(record), 1)


def _folder(path: str) -> pl.Expr:
    return pl.col(path).str.replace(r"[^/]*$", "")


def _failed_stages(stages: pl.LazyFrame) -> pl.DataFrame:
    return (
        stages.filter(pl.col("status") == "failed")
        .with_columns(plan=PLAN, above=_folder("source"))
        .select(_CAUSES)
        .collect()
    )


def _failed_lines(lines: Sequence[Line], zone: str) -> pl.DataFrame:
    """The lines of logs that name a task, and say when and that it failed."""
    rows = [
        (
            line.name,
            failed_at(line.record[0]),
            "\n".join(line.record),
            f"{line.path}:{line.number}",
            line.path,
        )
        for line in lines
    ]
    columns = ("plan", "time", "message", "source", "path")
    found = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return found.with_columns(
        run=pl.lit(None, pl.String),
        started_at=pl.lit(None, INSTANT),
        ended_at=instants(found.get_column("time"), zone),
        above=_folder("path"),
    ).select(_CAUSES)


def _by_time(failed: pl.DataFrame, causes: pl.DataFrame, ids: Sequence[str]) -> pl.DataFrame:
    """A stage or line that failed right after a call of its task did, where no other did then.

    Clocks may differ by an offset of whole quarters of an hour: usage rows are in local time.
    """
    causes = causes.filter(pl.col("message").is_not_null() & _names_none(ids)).with_row_index(
        "stage"
    )
    apart = (pl.col("ended_at_stage") - pl.col("ended_at")).dt.total_microseconds()
    quarters = (apart / _QUARTER_US).round().cast(pl.Int64)
    offset = quarters * _QUARTER_US
    begins = pl.col("ended_at") - pl.duration(microseconds=pl.col("duration_us"))
    pairs = (
        failed.select("row", "run", "source", "ended_at", "duration_us", plan=PLAN)
        .join(causes, on="plan", suffix="_stage")
        .filter(
            (pl.col("run") == pl.col("run_stage")).fill_null(True)
            & pl.col("source").str.starts_with(pl.col("above"))
            & (quarters.abs() <= _FARTHEST)
            & ((apart - offset).abs() <= _NEAR_US)
            & (
                pl.col("started_at") - pl.duration(microseconds=offset)
                <= begins + pl.duration(microseconds=_NEAR_US)
            ).fill_null(True)
        )
    )
    only = (pl.len().over("row") == 1) & (pl.len().over("stage") == 1)
    return pairs.filter(only).select(
        "row", text="message", found_by=pl.lit(BY_TIME), found_in="source_stage"
    )


def _names_none(ids: Sequence[str]) -> pl.Expr:
    # A text that names another failure is that one's.
    return ~pl.col("message").str.contains_any(list(ids)) if ids else pl.lit(True)
