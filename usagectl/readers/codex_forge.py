"""codex-forge: `instrumentation_calls.jsonl` and the report `instrumentation.json`.

When both are there the calls file is counted: in a killed or resumed run it is the report that is
wrong. Stages come from the report. A call states no cost, the report's own price table gives it,
as the report's totals do. Source: codex-forge's `driver.py` and `modules/common/utils.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.content import Head, SourceFile
from usagectl.notices import Notice
from usagectl.readers import records
from usagectl.readers.codex_forge_report import STAGE, Report, embedded_calls, read_report
from usagectl.readers.fields import Kind, schema, with_times
from usagectl.readers.reading import (
    Reading,
    Taken,
    fates_of,
    microseconds,
    nanousd,
    no_time,
    of_part,
    plural,
    reading,
)
from usagectl.schema import GRANULARITY, STAGE_STATUS, STATUS

NAME = "codex-forge"
CONVENTION = (
    "input and output as the provider states them; Anthropic's input is without "
    "cache, Google's output without reasoning; 0 and 0 is unknown"
)
CALLS = "calls file"
REPORT = "instrumentation report"

_CALL = records.Shape(
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
    required=("model", "prompt_tokens", "completion_tokens"),
)
COUNTED_TWICE: tuple[str, ...] = (CALLS,)
FILE_NAMES = {"instrumentation_calls.jsonl": CALLS}
MARKERS: dict[bytes, str] = {}
LINES = {CALLS: _CALL}
_STATUSES = ("done", "failed", "skipped", "running")


def detect(head: Head) -> str | None:
    """A calls file by its schema version, a report by its own; the config of that name is none."""
    if b'"instrumentation_run_v1"' in head.data:
        return REPORT
    for record in head.objects:
        if record.get("schema_version") == "instrumentation_call_v1":
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
    embedded = records.read_documents(of_part(files, REPORT), _CALL, zone, embedded_calls)
    places = {(file.run, file.folder) for file in of_part(files, CALLS).values()}
    mirrors = [i for i in reports if (files[i].run, files[i].folder) in places]
    alone = embedded.frame.filter(~pl.col("file").is_in(mirrors))
    # A resumed run gives a skipped or repeated stage its old calls once more.
    again = pl.col("created_at").is_not_null() & ~pl.struct(pl.all()).is_first_distinct()
    repeated = alone.filter(again)
    counted = pl.concat([written.frame, alone.filter(~again)])
    calls = _priced(files, counted, reports).rename({"created_at": "ended_at"})
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
            *_resumed(repeated, mirrored),
            *_disagreements(files, reports, mirrors, written.frame),
            *_doubts(calls),
            *_ends(reports),
            no_time(calls),
        ],
    )


def _priced(
    files: Sequence[SourceFile], frame: pl.DataFrame, reports: Mapping[int, Report]
) -> pl.DataFrame:
    """Give each call its cost as the report beside it reckons: a default for unknown models."""
    beside = {(files[i].run, files[i].folder): report for i, report in reports.items()}
    keys = frame.select("file", "model").unique().sort("file", "model", nulls_last=True)
    rows = []
    for index, model in keys.iter_rows():
        report = beside.get((files[index].run, files[index].folder))
        rate = report and (report.rates.get(model) or report.default)
        if report and rate:
            rows.append((index, model, *rate, model not in report.rates))
    table = pl.DataFrame(
        rows,
        schema={
            "file": pl.UInt32,
            "model": pl.String,
            "per_prompt": pl.Float64,
            "per_completion": pl.Float64,
            "by_default": pl.Boolean,
        },
        orient="row",
    )
    with_rates = frame.join(
        table, on=["file", "model"], how="left", maintain_order="left", nulls_equal=True
    )
    return with_rates.join(
        _reckoned(with_rates), on=_FACTORS, how="left", maintain_order="left"
    ).with_columns(
        by_default=pl.col("by_default") & pl.col("cost").is_null(),
        cost=pl.coalesce("cost", "reckoned"),
    )


_FACTORS = ["prompt_tokens", "completion_tokens", "per_prompt", "per_completion"]


def _reckoned(calls: pl.DataFrame) -> pl.DataFrame:
    """The cost of each distinct reckoning, with Python's own rounding as codex-forge does it."""
    distinct = calls.select(_FACTORS).unique().drop_nulls()
    costs = [
        round(prompt / 1000 * per_prompt + completion / 1000 * per_completion, 6)
        for prompt, completion, per_prompt, per_completion in distinct.iter_rows()
    ]
    return distinct.with_columns(reckoned=pl.Series(costs, dtype=pl.Float64))


def _measured() -> pl.Expr:
    """A call of 0 and 0 tokens was not measured."""
    return (pl.col("prompt_tokens") > 0) | (pl.col("completion_tokens") > 0)


def _canonical(frame: pl.DataFrame) -> pl.LazyFrame:
    measured = _measured()
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
    measured = _measured()
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


def _resumed(repeated: pl.DataFrame, mirrored: pl.DataFrame) -> Iterator[Notice]:
    again = mirrored.filter(
        pl.col("created_at").is_not_null() & ~pl.struct(pl.all()).is_first_distinct()
    )
    count = repeated.height + again.height
    yield Notice(
        "resumed-run",
        f"{count} call{plural(count)} stand in a report more than once (the run was resumed):"
        " counted once",
        count,
    )


def _disagreements(
    files: Sequence[SourceFile],
    reports: Mapping[int, Report],
    mirrors: Sequence[int],
    written: pl.DataFrame,
) -> Iterator[Notice]:
    """Compare a report with the calls file that is counted in its place."""
    summed = {
        (files[index].run, files[index].folder): (count, prompt, completion)
        for index, count, prompt, completion in written.group_by("file")
        .agg(pl.len(), pl.col("prompt_tokens", "completion_tokens").sum())
        .iter_rows()
    }
    differing = 0
    for i in mirrors:
        totals = reports[i].totals
        stated = (totals["calls"], totals["prompt_tokens"], totals["completion_tokens"])
        counted = summed.get((files[i].run, files[i].folder), (0, 0, 0))
        differing += None not in stated and stated != counted
    yield Notice(
        "report-disagrees",
        f"{differing} of {len(mirrors)} instrumentation.json disagree with the calls file beside"
        " (the run was killed or resumed): the calls file is counted",
        differing,
    )


def _doubts(calls: pl.DataFrame) -> Iterator[Notice]:
    anthropic = (pl.col("provider") == "anthropic") & _measured()
    google = (pl.col("provider") == "google") & _measured()
    counts = calls.select(
        anthropic=anthropic.sum(), google=google.sum(), by_default=pl.col("by_default").sum()
    )
    uncached, thinking, by_default = counts.row(0)
    models = calls.filter("by_default").get_column("model").unique().sort().to_list()
    yield Notice(
        "input-excludes-cache",
        f"{uncached} Anthropic call{plural(uncached)}: codex-forge writes their input without"
        " cached tokens, so input is a lower bound",
        uncached,
    )
    yield Notice(
        "output-excludes-reasoning",
        f"{thinking} Google call{plural(thinking)}: codex-forge writes their output without"
        " thinking tokens, so output is a lower bound",
        thinking,
    )
    yield Notice(
        "default-price",
        f"{by_default} call{plural(by_default)} priced by the default row of the run's own table,"
        f" which does not know {', '.join(map(str, models))}",
        by_default,
    )


def _ends(reports: Mapping[int, Report]) -> Iterator[Notice]:
    open_ended = sum(not report.ended for report in reports.values())
    yield Notice(
        "unfinished-run",
        f"{open_ended} report{plural(open_ended)} without an end: the run is still going on, was"
        " killed, or a stage failed",
        open_ended,
    )
    failed = sum(s["status"] == "failed" for r in reports.values() for s in r.stages)
    yield Notice(
        "failed-requests-unseen",
        f"{failed} failed stage{plural(failed)}: codex-forge writes no record of a request that"
        " failed, so failed calls are unknown",
        failed,
    )
