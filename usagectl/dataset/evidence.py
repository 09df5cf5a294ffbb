"""Raw error texts for failures of which the usage file keeps no more than a label.

They are looked for in the run's other files: by the id of the error, else by the task and the time
of its stage or of a line of a log, else not at all. What is found judges the failure anew.
"""

import os
from collections.abc import Sequence

import polars as pl

from usagectl.dataset.usage import Usage
from usagectl.failures.logs import Line, search
from usagectl.failures.whose import PLAN, texts_of
from usagectl.inputs.operands import STANDARD_INPUT
from usagectl.model.notices import Notice
from usagectl.model.urls import is_url
from usagectl.model.wording import plural

RECORD, NOWHERE = "record", "nowhere"

# So much is read once more without being asked to: ten thousand runs must not take twice as long.
_MOST_FILES = 500
_MOST_BYTES = 64 * 1024 * 1024

# A shorter name of a task may be any word, and a longer id is none.
_SHORTEST = 4
_LONGEST = 200

_CALL = ("run", "source", "task", "error_id", "outcome", "http_status", "ended_at", "duration_us")
"""What tells failures apart; those that have all of it in common have one text."""

_ADDED = pl.Schema({"found_by": pl.String(), "found_in": pl.String(), "line": pl.Int64()})


def looked_for(usage: Usage, *, everywhere: bool, bare: int) -> Usage:
    """The usage with the texts that were found as `message`, and `evidence` of where.

    Args:
        usage: What was read.
        everywhere: Read all files of the runs, however many; else only where that costs little, and
            a failure without a text has an id or a task that can be looked for.
        bare: How many failures keep no text themselves.

    Returns:
        The same usage where nobody looked, with a notice that says so. Else its `evidence` has a
        row for each failure, told apart by `_CALL`: `found_by` says how the text was found (by the
        id, or by task and time; null where it is in the record or nowhere), `found_in` is its file
        and line, `line` the line of the record in its own file where the id told it.
    """
    if not everywhere and usage.files.height > _MOST_FILES:
        return _unlooked(usage, bare)
    paths = _files_of(usage)
    if not everywhere and not _cheap(usage, paths):
        return _unlooked(usage, bare)
    failed = (
        usage.calls.filter(pl.col("status") == "failed")
        .filter(pl.lit(everywhere) | pl.col("message").is_null())
        .select(*_CALL, "message")
        .unique(maintain_order=True)
        .collect()
        .with_row_index("row")
    )
    if failed.is_empty():
        return usage
    bare_failures = failed.filter(pl.col("message").is_null())
    ids = failed.get_column("error_id").drop_nulls().unique(maintain_order=True)
    ids = ids.filter(ids.str.len_chars().is_between(1, _LONGEST))
    plans = bare_failures.select(PLAN).to_series().drop_nulls().unique(maintain_order=True)
    plans = plans.filter(plans.str.len_chars().is_between(_SHORTEST, _LONGEST))
    most = None if everywhere else _MOST_BYTES
    lines = search(ids.to_list(), plans.to_list(), paths, most)
    if lines is None:
        return _unlooked(usage, bare)
    texts = texts_of(bare_failures, lines, ids.to_list(), usage.stages, usage.zone)
    found = (
        failed.drop("message")
        .join(texts, on="row", how="left", maintain_order="left")
        .join(_places(lines.ids), on=["error_id", "source"], how="left", maintain_order="left")
        .drop("row")
        .unique(_CALL, keep="first", maintain_order=True)
    )
    usage = usage._replace(evidence=found.drop("text"))
    if not found["text"].count():
        return usage
    calls = _joined(usage.calls, found.select(*_CALL, "text"))
    failed_now = pl.col("status") == "failed"
    told_now = pl.when(failed_now).then(pl.coalesce("message", "text")).otherwise("message")
    return usage._replace(calls=calls.with_columns(message=told_now).drop("text"))


def where_found(usage: Usage) -> pl.LazyFrame:
    """The calls with `found_by`, `found_in` and `line`, null where the call did not fail.

    `found_by` is `RECORD` where no file had to be asked, and `NOWHERE` where none told.
    """
    none = pl.DataFrame(schema={**usage.calls.collect_schema(), **_ADDED}).select(*_CALL, *_ADDED)
    calls = _joined(usage.calls, none if usage.evidence is None else usage.evidence)
    itself = (
        pl.when(pl.col("message").is_not_null()).then(pl.lit(RECORD)).otherwise(pl.lit(NOWHERE))
    )
    failed = pl.when(pl.col("status") == "failed")
    return calls.with_columns(
        failed.then(pl.col("found_by").fill_null(itself)).alias("found_by"),
        *(failed.then(pl.col(name)).alias(name) for name in ("found_in", "line")),
    )


def _files_of(usage: Usage) -> list[str]:
    """Every file of the runs that may hold text, whether a reader knows it or not."""
    claimed = usage.files.get_column("path").to_list()
    # What can be read only once was read, and nobody may write to a pipe that was passed over.
    return [
        path
        for path in dict.fromkeys([*claimed, *(p for p, _ in usage.unclaimed)])
        if is_url(path) or os.path.isfile(path)
    ]


def _joined(calls: pl.LazyFrame, told_: pl.DataFrame) -> pl.LazyFrame:
    return calls.join(told_.lazy(), on=_CALL, how="left", nulls_equal=True, maintain_order="left")


def _cheap(usage: Usage, paths: Sequence[str]) -> bool:
    """Whether the files are few, small, and can be read once more."""
    if len(paths) > _MOST_FILES or usage.files["path"].is_in([STANDARD_INPUT]).any():
        return False
    return all(map(os.path.isfile, paths)) and sum(map(os.path.getsize, paths)) <= _MOST_BYTES


def _unlooked(usage: Usage, bare: int) -> Usage:
    notice = Notice(
        "labels-unchecked",
        f"{bare:,} failure{plural(bare)} told by the source's label alone: the text was not looked"
        " for, since that would mean to read much, or what cannot be read again; `usagectl errors`"
        " looks in all files of a run",
        bare,
    )
    return usage._replace(notices=(*usage.notices, notice)) if bare else usage


def _places(lines: Sequence[Line]) -> pl.DataFrame:
    """Where each id stands first in each file."""
    return pl.DataFrame(
        [(line.name, line.path, line.number) for line in lines],
        schema={"error_id": pl.String, "source": pl.String, "line": pl.Int64},
        orient="row",
    ).unique(["error_id", "source"], keep="first", maintain_order=True)
