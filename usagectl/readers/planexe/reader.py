"""PlanExe: `usage_metrics.jsonl`, the `usage_metrics.json` of its proposal, and what lies beside.

Rows are read as their writer means them: timestamps are naive local times at the end of a call,
an absent cost is unknown, tokens belong to the row that states them. Sources: PlanExe's
`usage_metrics.py`, `track_activity.py` and `llm_executor.py`, and its self-improvement runner.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL
from usagectl.readers.core import lines
from usagectl.readers.core.fields import Kind
from usagectl.readers.core.format import About, Apart, Format
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields, same
from usagectl.readers.core.provider_names import split_providers
from usagectl.readers.core.reading import Reading, Taken, fates_of, of_part, reading
from usagectl.readers.core.shape import A_DOCUMENT, Shape
from usagectl.readers.planexe import attempts
from usagectl.readers.planexe import track as planexe_track
from usagectl.readers.planexe import tree as planexe_tree
from usagectl.readers.planexe.cutting import cut
from usagectl.readers.planexe.document import DOCUMENT, calls_of, is_cut, mirrors
from usagectl.readers.planexe.doubts import doubts, from_executor, reasoning_outside_output
from usagectl.readers.planexe.machines import machines_in

ROWS = "usage rows"

_LABELS = (
    "rate_limit",
    "auth_error",
    "server_error",
    "timeout",
    "empty_response",
    "connection_error",
    "invalid_json",
    "model_not_found",
    "unknown",
)
_LABELLED = pl.col("error").is_in(_LABELS)
_UNLABELLED = pl.when(~_LABELLED).then("error")
_FAILED = ~pl.col("success")
_THINKING = pl.when(reasoning_outside_output()).then("thinking_tokens").otherwise(0)
_CALL = Table(
    CALL,
    Row("granularity", Word("call")),
    Row("calls", pl.lit(1)),
    *computed("ended_at", "duration_us", "cache_read_tokens", "cache_write_tokens", "provider"),
    *same("input_tokens", "error_id"),
    Row("task", pl.coalesce("task_name", "tracked_task")),
    Row("model", pl.col("answered_by")),
    Row("request_model", pl.coalesce("key", "executed_by", "configured")),
    Row("output_tokens", pl.col("output_tokens") + _THINKING),
    Row("reasoning_tokens", pl.coalesce("thinking_tokens", "tracked_reasoning_tokens")),
    Row("recorded_cost_nanousd", "cost_usd"),
    Row("status", Word("ok", failed=_FAILED)),
    Row("outcome", "error", when=_FAILED & _LABELLED),
    Row("message", pl.coalesce("error_detail", _UNLABELLED), when=_FAILED),
)
_SHAPE = Shape(
    raw_fields(
        _CALL,
        also={
            Kind.TIME: "timestamp",
            Kind.FLAG: "success",
            Kind.SECONDS: "duration_seconds",
            Kind.COUNT: "output_tokens thinking_tokens total_tokens",
            Kind.TEXT: "model error_detail task_name upstream_provider upstream_model",
        },
    ),
    required=("success",),
)


# Fields of a call that others write under these names, which here would be passed over.
_OF_OTHERS = {"prompt_tokens", "completion_tokens", "usage", "provider", "event_type"}


def detect(head: Head) -> Mapping[str, int]:
    """How many records of which kind of PlanExe file there are."""
    told = Counter(part for record in head.objects if (part := _part_of(record)))
    return Counter({DOCUMENT: A_DOCUMENT}) if is_cut(head) else told


def _part_of(record: Mapping[str, Any]) -> str | None:
    if "success" in record and ("duration_seconds" in record or "timestamp" in record):
        is_row = ("model" in record or "llm_model" in record) and not record.keys() & _OF_OTHERS
        return ROWS if is_row else None
    if isinstance(record.get("calls"), list) and "summary" in record:
        return DOCUMENT
    return planexe_tree.part_of(record) or planexe_track.part_of(record)


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read all PlanExe files of all runs.

    Args:
        files: The files that `detect` claimed.
        taken: The records of the line files among them, by their part.
        zone: The time zone of timestamps without an offset.
    """
    rows = taken[ROWS]
    documents = lines.read_documents(of_part(files, DOCUMENT), _SHAPE, zone, calls_of)
    mirrored = mirrors(files, ROWS)
    counted = documents.frame.filter(~pl.col("file").is_in(mirrored))
    frame = attempts.prepared(pl.concat([rows.frame, counted]))
    pairs = attempts.pair(frame)
    merged = pl.concat(
        [
            documents.frame.filter(pl.col("file").is_in(mirrored)).select("file"),
            frame.filter(pairs["merged"]).select("file"),
        ]
    )
    answers = _with_attempts(frame, pairs)
    track = planexe_track.match(files, taken[planexe_track.TRACK], answers)
    tree = planexe_tree.read(files, taken, answers)
    return reading(
        calls=_CALL.of(_named(track.answers, tree.configured_models)),
        stages=tree.stages,
        fates=[
            fates_of(rows.counts, merged=merged),
            fates_of(documents.counts, merged=merged),
            track.fates,
            tree.fates,
        ],
        rejects=[*rows.rejects, *documents.rejects, *track.rejects, *tree.rejects],
        doubts=[*doubts(frame, answers), *tree.doubts],
    )


def _with_attempts(frame: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """One row a call: answers with what their attempt adds, and attempts without an answer."""
    if not pairs["merged"].any():
        return frame.with_columns(key=pl.when(~pl.col("has_tokens")).then("model"))
    from_attempt = pl.col("attempt")
    closing = pl.when("closes").then("attempt")
    both = frame.hstack(pairs).with_columns(
        key=pl.when(pl.col("has_tokens"))
        .then(pl.col("model").gather(from_attempt))
        .otherwise("model"),
        success=pl.col("success") & pl.col("success").gather(closing).fill_null(True),
        duration_us=pl.when(pl.col("duration_us") == 0)
        .then(pl.col("duration_us").gather(closing).fill_null(0))
        .otherwise("duration_us"),
        **{
            name: pl.coalesce(name, pl.col(name).gather(closing))
            for name in ("error", "error_detail", "error_id", "task_name")
        },
    )
    return _return_leaks(both).filter(~pl.col("merged")).drop(pairs.columns)


def _return_leaks(frame: pl.DataFrame) -> pl.DataFrame:
    """Give tokens that an attempt row carries for another call back to that call."""
    leaks = frame.filter(pl.col("leaked_to").is_not_null())
    if leaks.is_empty():
        return frame.with_columns(leaked=pl.lit(False))
    names = ["input_tokens", "output_tokens", "thinking_tokens", "total_tokens", "cost_usd"]
    theirs = leaks.select(pl.col("leaked_to").alias("row"), *names, leaked=pl.lit(True))
    return (
        frame.with_row_index("row")
        .update(theirs.select("row", *names), on="row")
        .join(theirs.select("row", "leaked"), on="row", how="left", maintain_order="left")
        .with_columns(pl.col("leaked").fill_null(False))
        .drop("row")
    )


def _named(answers: pl.DataFrame, configured: Mapping[int, str]) -> pl.LazyFrame:
    """The answers with the names of who answered, null where nobody did, and of who was asked."""
    answered = pl.col("has_tokens") & ~from_executor()
    names = split_providers(answers.get_column("model"))
    # The few names are split once, and each row finds its own by a number: a text that two columns
    # may give is put together much more slowly.
    number = pl.col("model").cast(pl.Enum(names["model"])).to_physical()

    def named(column: str, upstream: str) -> pl.Expr:
        split = pl.lit(names[column]).gather(pl.col("number"))
        if answers[upstream].null_count() == len(answers):
            return split
        return pl.coalesce(pl.when(answered).then(upstream), split)

    by_file = pl.col("file").replace_strict(configured, default=None, return_dtype=pl.String)
    return (
        answers.lazy()
        .with_columns(number=pl.when(answered).then(number))
        .with_columns(
            provider=named("provider_name", "upstream_provider"),
            answered_by=named("model_name", "upstream_model"),
            executed_by=pl.when(from_executor() | pl.col("upstream_model").is_not_null()).then(
                "model"
            ),
            configured=by_file if configured else pl.lit(None, pl.String),
        )
    )


FORMAT = Format(
    name="planexe",
    about=About(
        files="`usage_metrics.jsonl`, `usage_metrics.json`, `track_activity.jsonl`; `events.jsonl`,"
        " `outputs.jsonl`, `meta.json`, `activity_overview.json` of a run tree",
        special="the row of an answer and the row of its attempt are one call; a failed attempt"
        " whose"
        " answer arrived is a failure that was billed; the overview counts other plans' calls"
        " too and is only compared",
        unknown="cached tokens, except in `track_activity.jsonl`; the task, where the run is not a"
        " tree",
    ),
    convention=(
        "input and output as the provider states them, cache and reasoning inside; "
        "Anthropic's input is without cache"
    ),
    detect=detect,
    read=read,
    lines={ROWS: _SHAPE, **planexe_track.LINES, **planexe_tree.LINES},
    file_names={
        "usage_metrics.jsonl": ROWS,
        "usage_metrics.json": DOCUMENT,
        "activity_overview.json": planexe_tree.OVERVIEW,
    },
    counted_twice=(ROWS,),
    apart={ROWS: Apart.FILE},
    cut=partial(cut, shape=_SHAPE),
    machines=machines_in,
)
