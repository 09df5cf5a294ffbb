"""PlanExe: `usage_metrics.jsonl`, the `usage_metrics.json` of its proposal, and what lies beside.

Rows are read as their writer means them: timestamps are naive local times at the end of a call,
an absent cost is unknown, tokens belong to the row that states them. Sources: PlanExe's
`usage_metrics.py`, `track_activity.py` and `llm_executor.py`, and its self-improvement runner.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from usagectl.content import Head, SourceFile
from usagectl.notices import Notice
from usagectl.readers import planexe_attempts, planexe_track, planexe_tree, records, salvage
from usagectl.readers.fields import Kind
from usagectl.readers.model_names import split_providers
from usagectl.readers.reading import (
    Reading,
    Taken,
    fates_of,
    microseconds,
    nanousd,
    no_time,
    of_part,
    reading,
)
from usagectl.readers.shape import Shape
from usagectl.schema import GRANULARITY, STATUS
from usagectl.wording import plural

NAME = "planexe"
CONVENTION = (
    "input and output as the provider states them, cache and reasoning inside; "
    "Anthropic's input is without cache"
)

ROWS = "usage rows"
DOCUMENT = "usage document"

_SHAPE = Shape(
    fields={
        "timestamp": Kind.TIME,
        "success": Kind.FLAG,
        "model": Kind.TEXT,
        "duration_seconds": Kind.SECONDS,
        "error": Kind.TEXT,
        "error_detail": Kind.TEXT,
        "error_id": Kind.TEXT,
        "input_tokens": Kind.COUNT,
        "output_tokens": Kind.COUNT,
        "thinking_tokens": Kind.COUNT,
        "total_tokens": Kind.COUNT,
        "cost_usd": Kind.USD,
        "task_name": Kind.TEXT,
        "upstream_provider": Kind.TEXT,
        "upstream_model": Kind.TEXT,
    },
    required=("success",),
)
COUNTED_TWICE: tuple[str, ...] = (ROWS,)
FILE_NAMES = {"usage_metrics.jsonl": ROWS, "activity_overview.json": planexe_tree.OVERVIEW}
MARKERS: dict[bytes, str] = {}
# The proposal spelt two names otherwise; no row was ever written like that.
_DOCUMENT_NAMES = {"llm_model": "model", "error_message": "error"}
LINES = {ROWS: _SHAPE, **planexe_track.LINES, **planexe_tree.LINES}
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
_CALLS_LIST = re.compile(rb'"calls"\s*:\s*\[')
# A pause of this length between two calls of a file is taken for a run that was resumed.
_PAUSE_US = 10 * 60 * 1_000_000


def detect(head: Head) -> str | None:
    """Which kind of PlanExe file this is, or None."""
    if _is_long_document(head):
        return DOCUMENT
    for record in head.objects:
        if "success" in record and ("duration_seconds" in record or "timestamp" in record):
            if "model" in record or "llm_model" in record:
                return ROWS
        elif isinstance(record.get("calls"), list) and "summary" in record:
            return DOCUMENT
        else:
            part = planexe_tree.part_of(record) or planexe_track.part_of(record)
            if part:
                return part
    return None


def _is_long_document(head: Head) -> bool:
    """Told by its text, since a document longer than the head cannot be parsed there."""
    return (
        head.data.startswith((b"{\n", b"{\r\n"))
        and b'"summary"' in head.data
        and _CALLS_LIST.search(head.data) is not None
    )


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read all PlanExe files of all runs.

    Args:
        files: The files that `detect` claimed.
        taken: The records of the line files among them, by their part.
        zone: The time zone of timestamps without an offset.
    """
    rows = taken[ROWS]
    documents = records.read_documents(of_part(files, DOCUMENT), _SHAPE, zone, _calls_of_document)
    mirrors = _mirrors(files)
    counted = documents.frame.filter(~pl.col("file").is_in(mirrors))
    frame = _prepared(pl.concat([rows.frame, counted]))
    pairs = planexe_attempts.pair(frame)
    answers = _with_attempts(frame, pairs)
    track = planexe_track.match(files, taken[planexe_track.TRACK], answers)
    tree = planexe_tree.read(files, taken, answers)
    return reading(
        calls=_canonical(track.answers, tree.configured_models),
        stages=tree.stages,
        fates=[
            fates_of(rows.counts, merged=frame.filter(pairs["merged"])),
            fates_of(
                documents.counts, merged=documents.frame.filter(pl.col("file").is_in(mirrors))
            ),
            track.fates,
            tree.fates,
        ],
        rejects=[*rows.rejects, *documents.rejects, *track.rejects, *tree.rejects],
        notices=[*_doubts(frame, answers), *track.notices, *tree.notices],
    )


def _calls_of_document(data: bytes) -> Iterator[salvage.Found]:
    """The elements of `calls`; of a document that ends early, those that are whole."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        text = data.decode("utf-8", "replace")
        start = text.find("[", max(text.find('"calls"'), 0)) + 1
        yield from (_renamed(found) for found in salvage.objects_from(text, start))
        yield salvage.Found(0, None, f"the document is damaged: {error}")
        return
    calls = document.get("calls") if isinstance(document, dict) else None
    if not isinstance(calls, list):
        yield salvage.Found(1, None, "not a document with a list of calls")
        return
    for number, call in enumerate(calls, 1):
        if isinstance(call, dict):
            yield _renamed(salvage.Found(number, call))
        else:
            yield salvage.Found(number, None, f"element {number} of calls is no object")


def _renamed(found: salvage.Found) -> salvage.Found:
    items = (found.value or {}).items()
    return found._replace(value={_DOCUMENT_NAMES.get(name, name): value for name, value in items})


def _mirrors(files: Sequence[SourceFile]) -> list[int]:
    """Documents that describe the same calls as the rows beside them."""
    beside = {(file.run, file.folder) for file in files if file.part == ROWS}
    return [i for i, f in of_part(files, DOCUMENT).items() if (f.run, f.folder) in beside]


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    tokens = ("input_tokens", "output_tokens", "thinking_tokens", "cost_usd")
    return frame.with_columns(
        pl.col("timestamp").alias("ended_at"),
        microseconds("duration_seconds").alias("duration_us"),
        pl.any_horizontal(pl.col(name).is_not_null() for name in tokens).alias("has_tokens"),
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


def _canonical(answers: pl.DataFrame, configured: Mapping[int, str]) -> pl.LazyFrame:
    """The calls frame: what a row means, spelt in the canonical columns."""
    names = split_providers(answers.get_column("model"))
    outside = _reasoning_outside_output()
    labelled = pl.col("error").is_in(_LABELS)
    failed = ~pl.col("success")
    answered = pl.col("has_tokens") & ~_from_executor()
    return (
        answers.lazy()
        .join(names.lazy(), on="model", how="left", maintain_order="left")
        .select(
            "file",
            "ended_at",
            "duration_us",
            "input_tokens",
            "error_id",
            "cache_read_tokens",
            "cache_write_tokens",
            granularity=pl.lit("call", dtype=GRANULARITY),
            calls=pl.lit(1, pl.Int64),
            task=pl.coalesce("task_name", "tracked_task"),
            provider=pl.when(answered).then(pl.coalesce("upstream_provider", "provider_name")),
            model=pl.when(answered).then(pl.coalesce("upstream_model", "model_name")),
            request_model=pl.coalesce(
                "key",
                pl.when(_from_executor()).then("model"),
                pl.when(pl.col("upstream_model").is_not_null()).then("model"),
                pl.col("file").replace_strict(configured, default=None, return_dtype=pl.String)
                if configured
                else pl.lit(None, pl.String),
            ),
            output_tokens=pl.when(outside)
            .then(pl.col("output_tokens") + pl.col("thinking_tokens"))
            .otherwise("output_tokens"),
            reasoning_tokens=pl.coalesce("thinking_tokens", "tracked_reasoning_tokens"),
            recorded_cost_nanousd=nanousd("cost_usd"),
            status=pl.when(failed)
            .then(pl.lit("failed", dtype=STATUS))
            .otherwise(pl.lit("ok", dtype=STATUS)),
            outcome=pl.when(failed & labelled).then("error"),
            message=pl.when(failed).then(
                pl.coalesce("error_detail", pl.when(~labelled).then("error"))
            ),
        )
    )


def _from_executor() -> pl.Expr:
    """Rows whose `model` is a configuration key although they have tokens: Anthropic's."""
    return pl.col("model").str.starts_with("anthropic-").fill_null(False)


def _reasoning_outside_output() -> pl.Expr:
    """Whether a row counts thinking beside the output: its total says so, or thinking is more."""
    stated = pl.col("input_tokens") + pl.col("output_tokens") + pl.col("thinking_tokens")
    return (
        (pl.col("thinking_tokens") > 0)
        & (
            (pl.col("total_tokens") == stated)
            | (pl.col("thinking_tokens") > pl.col("output_tokens"))
        )
    ).fill_null(False)


def _doubts(frame: pl.DataFrame, answers: pl.DataFrame) -> list[Notice]:
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    pause = (began - pl.col("ended_at").shift(1)) > pl.duration(microseconds=_PAUSE_US)
    executor = pl.col("has_tokens") & _from_executor()
    counts = answers.lazy().select(
        resumed=(pause & (pl.col("file") == pl.col("file").shift(1))).sum(),
        uncached=executor.sum(),
        outside=_reasoning_outside_output().sum(),
        leaked=pl.col("leaked").sum() if "leaked" in answers.columns else pl.lit(0),
    )
    resumed, uncached, outside, leaked = counts.collect().row(0)
    return [
        Notice(
            "resumed-run",
            f"{resumed} pause{plural(resumed)} of more than 10 minutes inside a file: the run was"
            " resumed, and both parts are counted",
            resumed,
        ),
        Notice(
            "input-excludes-cache",
            f"Anthropic calls: {uncached}; PlanExe writes their input without cached tokens, so"
            " input is a lower bound",
            uncached,
        ),
        Notice(
            "reasoning-outside-output",
            f"records with thinking tokens beside the output: {outside}; they were added to it",
            outside,
        ),
        Notice(
            "leaked-tokens",
            f"{leaked} failed Anthropic call{plural(leaked)}: PlanExe wrote the tokens into the"
            " next attempt of another model; they were given back to the call that used them",
            leaked,
        ),
        no_time(frame),
    ]
