"""codex-forge: `instrumentation_calls.jsonl` and the report `instrumentation.json`.

When both are there the calls file is counted: in a killed or resumed run it is the report that is
wrong. Stages come from the report. A call states no cost, the report's own price table gives it,
as the report's totals do. Source: codex-forge's `driver.py` and `modules/common/utils.py`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.schema import GRANULARITY, STAGE_STATUS, STATUS
from usagectl.readers.codex_forge.cost import priced
from usagectl.readers.codex_forge.doubts import TOKENS, disagreements, doubts, ends, resumed
from usagectl.readers.codex_forge.manifest import run_name
from usagectl.readers.codex_forge.report import STAGE, Report, embedded_calls, read_report
from usagectl.readers.core import lines
from usagectl.readers.core.fields import Kind, schema, was_measured, with_times
from usagectl.readers.core.format import Format
from usagectl.readers.core.reading import (
    Reading,
    Taken,
    fates_of,
    microseconds,
    nanousd,
    no_time,
    of_part,
    reading,
)
from usagectl.readers.core.shape import A_DOCUMENT, Shape

CALLS = "calls file"
REPORT = "instrumentation report"

_CALL = Shape(
    fields={
        "model": Kind.TEXT,
        "provider": Kind.TEXT,
        "prompt_tokens": Kind.COUNT,
        "completion_tokens": Kind.COUNT,
        "request_ms": Kind.MILLISECONDS,
        "request_id": Kind.TEXT,
        "cost": Kind.USD,
        "stage_id": Kind.TEXT,
        "run_id": Kind.TEXT,
        "created_at": Kind.TIME,
    },
    required=("prompt_tokens", "completion_tokens", "created_at"),
)
# Where a quote is lost it is still told.
_REPORT_VERSION = re.compile(rb"schema_version\W{1,8}instrumentation_run_v1")
_STATUSES = ("done", "failed", "skipped", "running")


def detect(head: Head) -> Mapping[str, int]:
    """A calls file by its schema version, a report by its own; the config of that name is none."""
    if head.begins_unwhole and _REPORT_VERSION.search(head.data):
        return {REPORT: A_DOCUMENT}
    return Counter(part for record in head.objects if (part := _part_of(record)))


def _part_of(record: Mapping[str, Any]) -> str | None:
    version = record.get("schema_version")
    if version == "instrumentation_run_v1":
        return REPORT
    if version == "instrumentation_call_v1":
        return CALLS
    if {"prompt_tokens", "completion_tokens", "stage_id"} <= record.keys():
        return CALLS
    if isinstance(record.get("stages"), list) and {"run_id", "totals"} <= record.keys():
        return REPORT
    return None


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read calls files and reports of all runs.

    Args:
        files: The files that `detect` claimed.
        taken: The records of the calls files.
        zone: For timestamps without an offset; codex-forge writes UTC.
    """
    reports = {i: read_report(file) for i, file in of_part(files, REPORT).items()}
    written = taken[CALLS]
    embedded = lines.read_documents(of_part(files, REPORT), _CALL, zone, embedded_calls)
    places = {(file.run, file.folder) for file in of_part(files, CALLS).values()}
    mirrors = [i for i in reports if (files[i].run, files[i].folder) in places]
    alone = embedded.frame.filter(~pl.col("file").is_in(mirrors))
    # A resumed run gives a skipped or repeated stage its old calls once more.
    again = pl.col("created_at").is_not_null() & ~pl.struct(pl.all()).is_first_distinct()
    repeated = alone.filter(again)
    counted = pl.concat([written.frame, alone.filter(~again)])
    calls = priced(files, counted, reports).rename({"created_at": "ended_at"})
    sums = [
        {"file": i, **row}
        for i, report in reports.items()
        if i not in mirrors
        for row in report.sums
    ]
    mirrored = embedded.frame.filter(pl.col("file").is_in(mirrors))
    merged = pl.concat([mirrored.select("file"), repeated.select("file")])
    return reading(
        calls=pl.concat([_canonical(calls), _summed(sums)], how="diagonal"),
        stages=_stages(reports, zone),
        fates=[
            fates_of(written.counts),
            _report_fates(embedded.counts, reports, sums, merged),
        ],
        rejects=[
            *written.rejects,
            *embedded.rejects,
            *(reject for report in reports.values() for reject in report.rejects),
        ],
        notices=[
            *resumed(repeated, mirrored),
            *disagreements(files, reports, mirrors, written.frame),
            *doubts(calls),
            *ends(reports),
            no_time(calls["ended_at"]),
        ],
    )


def _canonical(frame: pl.DataFrame) -> pl.LazyFrame:
    measured = was_measured(*TOKENS)
    return frame.lazy().select(
        "file",
        "ended_at",
        "provider",
        "model",
        "request_id",
        granularity=pl.lit("call").cast(GRANULARITY),
        calls=pl.lit(1, pl.Int64),
        task="stage_id",
        session=pl.when(pl.col("run_id") != "").then("run_id"),
        input_tokens=pl.when(measured).then("prompt_tokens"),
        output_tokens=pl.when(measured).then("completion_tokens"),
        duration_us=microseconds("request_ms", per_second=1000),
        recorded_cost_nanousd=pl.when(measured).then(nanousd("cost")),
        # A request that failed leaves no record at all.
        status=pl.lit("ok").cast(STATUS),
    )


def _summed(sums: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """A row per model of a stage that kept only its totals."""
    frame = pl.LazyFrame(
        sums,
        schema={
            "file": pl.UInt32,
            "calls": pl.Int64,
            "prompt_tokens": pl.Int64,
            "completion_tokens": pl.Int64,
            "cost": pl.Float64,
            "model": pl.String,
            "stage_id": pl.String,
        },
    )
    measured = was_measured(*TOKENS)
    return frame.select(
        "file",
        "calls",
        "model",
        granularity=pl.lit("run").cast(GRANULARITY),
        task="stage_id",
        input_tokens=pl.when(measured).then("prompt_tokens"),
        output_tokens=pl.when(measured).then("completion_tokens"),
        recorded_cost_nanousd=pl.when(pl.col("cost") > 0).then(nanousd("cost")),
        status=pl.lit("ok").cast(STATUS),
    )


def _stages(reports: Mapping[int, Report], zone: str) -> pl.LazyFrame:
    rows = [{"file": i, **stage} for i, report in reports.items() for stage in report.stages]
    frame = pl.DataFrame(rows, schema={"file": pl.UInt32, **schema(STAGE)})
    known = pl.col("status").is_in(_STATUSES)
    return (
        with_times(frame, STAGE, zone)
        .lazy()
        .select(
            "file",
            "started_at",
            "ended_at",
            task="id",
            module="module_id",
            status=pl.when(known).then("status").cast(STAGE_STATUS),
            wall_us=microseconds("wall_seconds"),
            cpu_user_us=microseconds("cpu_user_seconds"),
            cpu_system_us=microseconds("cpu_system_seconds"),
            attempt=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("file", "id"),
        )
    )


def _report_fates(
    counts: pl.DataFrame,
    reports: Mapping[int, Report],
    sums: Sequence[Mapping[str, Any]],
    merged: pl.DataFrame,
) -> pl.DataFrame:
    """The records of a report are its calls, its stages, and totals that stand for calls."""
    added = pl.DataFrame(
        [
            (
                i,
                len(report.stages) + len(report.rejects) + sum(row["file"] == i for row in sums),
                len(report.rejects),
                len(report.stages),
            )
            for i, report in reports.items()
        ],
        schema={"file": pl.UInt32, "more": pl.Int64, "bad": pl.Int64, "stages": pl.Int64},
        orient="row",
    )
    return fates_of(
        counts.join(added, on="file", how="left", maintain_order="left").select(
            "file",
            records=pl.col("records") + pl.col("more"),
            rejected=pl.col("rejected") + pl.col("bad"),
            foreign="stages",
        ),
        merged=merged,
    )


FORMAT = Format(
    name="codex-forge",
    convention=(
        "input and output as the provider states them; Anthropic's input is without "
        "cache, Google's output without reasoning; 0 and 0 is unknown"
    ),
    detect=detect,
    read=read,
    lines={CALLS: _CALL},
    file_names={"instrumentation_calls.jsonl": CALLS},
    counted_twice=(CALLS,),
    run_name=run_name,
)
