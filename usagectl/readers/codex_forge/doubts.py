"""What can be doubted about the calls and reports of codex-forge."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Doubt
from usagectl.readers.codex_forge.report import Report
from usagectl.readers.core.fields import was_measured

TOKENS = ("prompt_tokens", "completion_tokens")


def resumed(repeated: pl.DataFrame, mirrored: pl.DataFrame) -> Iterator[Doubt]:
    again = mirrored.filter(
        pl.col("created_at").is_not_null() & ~pl.struct(pl.all()).is_first_distinct()
    )
    count = repeated.height + again.height
    yield Doubt(
        "resumed-run",
        "{n} call{s} stand in a report more than once (the run was resumed): counted once",
        count,
    )


def disagreements(
    files: Sequence[SourceFile],
    reports: Mapping[int, Report],
    mirrors: Sequence[int],
    written: pl.DataFrame,
) -> Iterator[Doubt]:
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
    yield Doubt(
        "report-disagrees",
        "instrumentation.json that disagree with the calls file beside them: {n} of"
        " {total} (the run was killed or resumed; the calls file is counted)",
        differing,
        {"total": len(mirrors)},
    )


def doubts(calls: pl.DataFrame) -> Iterator[Doubt]:
    anthropic = (pl.col("provider") == "anthropic") & was_measured(*TOKENS)
    google = (pl.col("provider") == "google") & was_measured(*TOKENS)
    counts = calls.select(
        anthropic=anthropic.sum(), google=google.sum(), by_default=pl.col("by_default").sum()
    )
    uncached, thinking, by_default = counts.row(0)
    models = calls.filter("by_default").get_column("model").unique().sort().to_list()
    yield Doubt(
        "input-excludes-cache",
        "Anthropic calls: {n}; codex-forge writes their input without"
        " cached tokens, so input is a lower bound",
        uncached,
    )
    yield Doubt(
        "output-excludes-reasoning",
        "Google calls: {n}; codex-forge writes their output without"
        " thinking tokens, so output is a lower bound",
        thinking,
    )
    yield Doubt(
        "default-price",
        "{n} call{s} priced by the default row of the run's own table, which does not know {names}",
        by_default,
        names=tuple(map(str, models)),
    )


def ends(reports: Mapping[int, Report]) -> Iterator[Doubt]:
    open_ended = sum(not report.ended for report in reports.values())
    yield Doubt(
        "unfinished-run",
        "{n} report{s} without an end: the run is still going on, was killed, or a stage failed",
        open_ended,
    )
    failed = sum(s["status"] == "failed" for r in reports.values() for s in r.stages)
    yield Doubt(
        "failed-requests-unseen",
        "{n} failed stage{s}: codex-forge writes no record of a request that"
        " failed, so failed calls are unknown",
        failed,
    )
