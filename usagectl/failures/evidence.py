"""Raw error texts for failures of which the usage file keeps no more than a label.

They are looked for in the run's other files: by the id of the error, else by the task and the time
of its stage or of a line of a log, else not at all. What is found judges the failure anew.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from usagectl.failures import judge
from usagectl.failures.logs import (
    Line,
    failed_at,
    files_of,
    lines_with,
    names,
    told,
    told_beside,
)
from usagectl.readers.times import instants
from usagectl.schema import FAILURE_COLUMNS, INSTANT

if TYPE_CHECKING:
    from usagectl.failures.rules import Rules
    from usagectl.usage import Usage

RECORD, BY_ID, BY_TIME, NOWHERE = "record", "error_id", "task and time", "nowhere"

_QUARTER_US = 15 * 60 * 1_000_000
_NEAR_US = 3_000_000
_FARTHEST = 14 * 4
# A shorter name of a task may be any word.
_SHORTEST = 4
_FOUND = pl.Schema(
    {"row": pl.UInt32(), "text": pl.String(), "found_by": pl.String(), "found_in": pl.String()}
)


def with_evidence(usage: "Usage", rules: "Rules") -> "Usage":
    """The usage with the texts that were found, judged by them.

    The calls get three more columns, null where the call did not fail: `found_by` says where the
    text is from (`RECORD`, `BY_ID`, `BY_TIME`, `NOWHERE`), `found_in` its file and line,
    `line` the line of the record in its own file where the id told it.
    """
    calls = usage.calls.collect().with_row_index("row")
    failed = calls.filter(pl.col("status") == "failed")
    if failed.is_empty():
        nothing = (pl.lit(None, kind).alias(name) for name, kind in _ADDED.items())
        return usage._replace(calls=calls.drop("row").with_columns(nothing).lazy())
    ids = failed.get_column("error_id").drop_nulls().unique(maintain_order=True).to_list()
    lines = list(lines_with(ids, files_of(usage)))
    found = _texts(usage, failed.filter(pl.col("message").is_null()), ids, lines)
    places = pl.DataFrame(
        [(line.id, line.path, line.number) for line in lines],
        schema={"error_id": pl.String, "source": pl.String, "line": pl.Int64},
        orient="row",
    ).unique(["error_id", "source"], keep="first", maintain_order=True)
    told_ = (
        failed.select("row", "message", "http_status", "outcome", "error_id", "source")
        .join(found, on="row", how="left", maintain_order="left")
        .join(places, on=["error_id", "source"], how="left", maintain_order="left")
        .with_columns(
            found_by=pl.when(pl.col("message").is_not_null())
            .then(pl.lit(RECORD))
            .otherwise(pl.col("found_by").fill_null(NOWHERE)),
            message=pl.coalesce("message", "text"),
        )
    )
    judged = pl.concat([told_, judge(told_, rules)], how="horizontal")
    new = judged.select("row", "message", *_ADDED, *FAILURE_COLUMNS)
    joined = calls.drop(*FAILURE_COLUMNS, "message").join(
        new, on="row", how="left", maintain_order="left"
    )
    other = calls.filter(pl.col("status") != "failed").select("row", said="message")
    whole = joined.join(other, on="row", how="left", maintain_order="left").with_columns(
        message=pl.coalesce("message", "said")
    )
    return usage._replace(calls=whole.drop("row", "said").lazy())


_ADDED = {"found_by": pl.String, "found_in": pl.String, "line": pl.Int64}


def _texts(
    usage: "Usage", bare: pl.DataFrame, ids: Sequence[str], lines: Sequence[Line]
) -> pl.DataFrame:
    """The text of each failure that keeps none itself, in the columns of `_FOUND`."""
    by_id = _by_id(bare, lines)
    left = bare.join(by_id, on="row", how="anti")
    by_stage = _by_time(left, _failed_stages(usage.stages.collect()), ids)
    left = left.join(by_stage, on="row", how="anti")
    by_line = _by_time(left, _failed_lines(left, files_of(usage), usage.zone), ids)
    return pl.concat([by_id, by_stage, by_line])


def _by_id(failed: pl.DataFrame, lines: Sequence[Line]) -> pl.DataFrame:
    texts: dict[str, tuple[str, str]] = {}
    ranks: dict[str, tuple[int, int]] = {}
    sources = dict(failed.select("error_id", "source").drop_nulls("error_id").iter_rows())
    for line in lines:
        if line.id not in sources:
            continue
        record = "\n".join(line.record)
        text = told(line.id, record)
        says = 0 if text is None else _says(line.id, text)
        if text is None and line.path != sources[line.id]:
            text, says = told_beside(record), 1
        if text is None or (not says and any(i != line.id and names(text, i) for i in sources)):
            continue
        rank = (says, len(text))
        if rank > ranks.get(line.id, (0, 0)):
            texts[line.id], ranks[line.id] = (text, f"{line.path}:{line.number}"), rank
    rows = [
        (row, *texts[error_id][:1], BY_ID, texts[error_id][1])
        for row, error_id in failed.select("row", "error_id").iter_rows()
        if error_id in texts
    ]
    return pl.DataFrame(rows, schema=_FOUND, orient="row")


def _says(error_id: str, text: str) -> int:
    """1 for a text that says what the failure was, 0 for one that only mentions its id."""
    return int(re.search(rf"{re.escape(error_id)}[\])]?\s*:\s*\S", text) is not None)


# A task that several folders share is named by its whole path; what tells of it stands above them.
_PLAN = pl.col("task").str.replace(r"^.*/", "")
_CAUSES = ("run", "plan", "started_at", "ended_at", "message", "source", "above")


def _folder(path: str) -> pl.Expr:
    return pl.col(path).str.replace(r"[^/]*$", "")


def _failed_stages(stages: pl.DataFrame) -> pl.DataFrame:
    return (
        stages.filter(pl.col("status") == "failed")
        .with_columns(plan=_PLAN, above=_folder("source"))
        .select(_CAUSES)
    )


def _failed_lines(failed: pl.DataFrame, paths: Sequence[str], zone: str) -> pl.DataFrame:
    """The lines of logs that name a task of which a call failed, and say when and that it did."""
    plans = failed.select(_PLAN).to_series().drop_nulls().unique(maintain_order=True)
    rows = [
        (line.id, time, "\n".join(line.record), f"{line.path}:{line.number}", line.path)
        for line in lines_with(plans.filter(plans.str.len_chars() >= _SHORTEST).to_list(), paths)
        if (time := failed_at(line.record[0])) is not None
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
        failed.select("row", "run", "source", "ended_at", "duration_us", plan=_PLAN)
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
