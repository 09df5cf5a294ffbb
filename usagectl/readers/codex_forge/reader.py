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
from usagectl.model.columns import CALL
from usagectl.readers.codex_forge.cost import priced
from usagectl.readers.codex_forge.doubts import TOKENS, disagreements, doubts, ends, resumed
from usagectl.readers.codex_forge.manifest import run_name
from usagectl.readers.codex_forge.report import (
    STAGE_FIELDS,
    STAGES,
    Report,
    embedded_calls,
    read_report,
)
from usagectl.readers.core import lines
from usagectl.readers.core.fields import Kind, schema, was_measured, with_times
from usagectl.readers.core.format import About, Apart, Format, between_records
from usagectl.readers.core.mapping import Row, Table, Word, raw_fields, same
from usagectl.readers.core.reading import Reading, Taken, fates_of, no_time, of_part, reading
from usagectl.readers.core.shape import A_DOCUMENT, Shape

CALLS = "calls file"
REPORT = "instrumentation report"

_MEASURED = was_measured(*TOKENS)
_COUNTED = (
    # A request that failed leaves no record at all.
    Row("status", Word("ok")),
    Row("task", "stage_id"),
    *same("model"),
    Row("input_tokens", "prompt_tokens", when=_MEASURED),
    Row("output_tokens", "completion_tokens", when=_MEASURED),
)
_CALL = Table(
    CALL,
    *_COUNTED,
    Row("granularity", Word("call")),
    Row("calls", pl.lit(1)),
    Row("ended_at", "created_at"),
    Row("session", "run_id", when=pl.col("run_id") != ""),
    *same("provider", "request_id"),
    Row("duration_us", "request_ms", unit=Kind.MILLISECONDS),
    Row("recorded_cost_nanousd", "cost", when=_MEASURED),
)
# A row per model of a stage that kept only its totals.
_SUM = Table(
    CALL,
    *_COUNTED,
    Row("granularity", Word("run")),
    *same("calls"),
    Row("recorded_cost_nanousd", "cost", when=pl.col("cost") > 0),
)
_SHAPE = Shape(
    raw_fields(_CALL),
    required=("prompt_tokens", "completion_tokens", "created_at"),
)
# Where a quote is lost it is still told.
_REPORT_VERSION = re.compile(rb"schema_version\W{1,8}instrumentation_run_v1")


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
    embedded = lines.read_documents(of_part(files, REPORT), _SHAPE, zone, embedded_calls)
    places = {(file.run, file.folder) for file in of_part(files, CALLS).values()}
    mirrors = [i for i in reports if (files[i].run, files[i].folder) in places]
    alone = embedded.frame.filter(~pl.col("file").is_in(mirrors))
    # A resumed run gives a skipped or repeated stage its old calls once more.
    again = pl.col("created_at").is_not_null() & ~pl.struct(pl.all()).is_first_distinct()
    repeated = alone.filter(again)
    counted = pl.concat([written.frame, alone.filter(~again)])
    calls = priced(files, counted, reports)
    sums = [
        {"file": i, **row}
        for i, report in reports.items()
        if i not in mirrors
        for row in report.sums
    ]
    summed = pl.DataFrame(sums, schema={"file": pl.UInt32, **schema(raw_fields(_SUM))})
    mirrored = embedded.frame.filter(pl.col("file").is_in(mirrors))
    merged = pl.concat([mirrored.select("file"), repeated.select("file")])
    return reading(
        calls=pl.concat([_CALL.of(calls), _SUM.of(summed)], how="diagonal"),
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
        doubts=[
            *resumed(repeated, mirrored),
            *disagreements(files, reports, mirrors, written.frame),
            *doubts(calls),
            *ends(reports),
            no_time(calls["created_at"]),
        ],
    )


def _stages(reports: Mapping[int, Report], zone: str) -> pl.LazyFrame:
    rows = [{"file": i, **stage} for i, report in reports.items() for stage in report.stages]
    frame = pl.DataFrame(rows, schema={"file": pl.UInt32, **schema(STAGE_FIELDS)})
    return STAGES.of(with_times(frame, STAGE_FIELDS, zone))


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
    about=About(
        files="`instrumentation_calls.jsonl`, `instrumentation.json`",
        special="with both, the calls file counts and the report gives the stages; costs by the"
        " report's own price table",
        unknown="failed requests, which leave no record; cached and reasoning tokens",
    ),
    convention=(
        "input and output as the provider states them; Anthropic's input is without "
        "cache, Google's output without reasoning; 0 and 0 is unknown"
    ),
    detect=detect,
    read=read,
    lines={CALLS: _SHAPE},
    file_names={"instrumentation_calls.jsonl": CALLS},
    counted_twice=(CALLS,),
    apart={CALLS: Apart.FILE},
    cut=between_records,
    run_name=run_name,
)
