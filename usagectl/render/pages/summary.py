"""`usagectl summary`: the headline, a table for each grouping, and what stands out."""

from collections.abc import Iterator, Sequence
from typing import Any

from usagectl.model.names import Key, Metric, cost_column
from usagectl.model.wording import plural
from usagectl.pricing.chain import Verdict
from usagectl.pricing.requests import Costs
from usagectl.render.columns import figures, names, toned, words
from usagectl.render.document import (
    PARTIAL,
    Block,
    Document,
    Legend,
    Line,
    Listing,
    Section,
    Span,
    Table,
    Tone,
    more,
)
from usagectl.render.pages import metrics, summary_costs, summary_heaviest
from usagectl.render.pages.summary_facts import headline
from usagectl.render.records import Records
from usagectl.render.words import values
from usagectl.reports.summary import RunInfo, SummaryReport
from usagectl.reports.summary import Section as Grouping

_SCHEMA = "usagectl.summary/1"
_MAX_RUNS = 10
_MAX_STAGES = 20
_ROWS = "rows, --top 0 shows all"
_NOT_FAILED = "(not failed)"
_STATUSES = {
    "failed": Tone.BAD,
    "running": Tone.DOUBT,
    "unfinished": Tone.DOUBT,
    "cancelled": Tone.BAD,
}


def page(report: SummaryReport) -> Document:
    """The headline, a table for each grouping, failures, the heaviest calls and stages."""
    runs = report.runs[:_MAX_RUNS]
    lines = Listing([_run(run, report.zone) for run in runs])
    named = ", ".join(values.name(run.run) for run in runs)
    return Document(
        Span(f"Usage of {named}"),
        [
            Section([lines, *more(len(report.runs) - len(runs), "runs")]),
            Section([headline(report)]),
            *map(Section, _tables(report)),
            Section([Legend({PARTIAL: "not known of all calls"})]),
        ],
        report.notices,
    )


def _run(run: RunInfo, zone: str) -> Line:
    files = f"{run.files:,} file{plural(run.files)}"
    spans = [
        Span(values.name(run.run), Tone.NAME),
        Span(f"  {', '.join(run.formats) or 'nothing readable'}, {files}"),
    ]
    if run.first is not None and run.last is not None:
        spans.append(Span(f"  {values.span(run.first, run.last, zone)} {zone}", Tone.QUIET))
    return Line(spans)


def _tables(report: SummaryReport) -> Iterator[Sequence[Block]]:
    for grouping in report.sections:
        rows = grouping.rows.to_dicts()
        if grouping.only or all(row[key] is None for row in rows for key in grouping.keys):
            # One name, or no name at all: it would only repeat the headline.
            continue
        yield _grouping(grouping, rows, report.costs.currencies)
    if not report.failures.is_empty():
        yield _failures(report)
    if not report.heaviest.is_empty():
        yield [summary_heaviest.calls(report)]
    if report.repriced is not None:
        yield [summary_costs.repriced(report.repriced)]
    if not report.stages.is_empty():
        yield _stages(report)


def _grouping(
    grouping: Grouping, rows: Sequence[dict[str, Any]], currencies: Sequence[str]
) -> list[Block]:
    """The table of a grouping, and how many of its rows are not shown."""
    shown = rows[: grouping.top]
    keys = [names(key, [_named(key, row[key]) for row in shown]) for key in grouping.keys]
    columns = [*keys, *metrics.columns(shown, currencies)]
    title = f"By {' and '.join(grouping.keys)}"
    table = Table(columns, title, head=f"By {grouping.keys[0]}")
    return [table, *more(len(rows) - len(shown), _ROWS)]


def _named(key: Key, value: str | None) -> str:
    return _NOT_FAILED if key is Key.FAILURE and value is None else values.name(value)


def _failures(report: SummaryReport) -> list[Block]:
    rows = report.failures.to_dicts()
    shown = rows[: report.top]
    columns = [
        names("failure", toned((row[Key.FAILURE] for row in shown), Tone.BAD)),
        figures("calls", values.count, [row[Metric.CALLS] for row in shown], 0),
        figures("of failed", values.percent, [row["share"] for row in shown], 3),
        figures("tokens lost", values.count, [row[Metric.TOTAL_TOKENS] for row in shown], 4),
        figures("time lost", values.seconds, [row[Metric.DURATION_SECONDS] for row in shown], 5),
    ]
    title = "Failures, by the source's label" if report.only_labels else "Failures"
    return [Table(columns, title), *more(len(rows) - len(shown), _ROWS)]


def _stages(report: SummaryReport) -> list[Block]:
    rows = report.stages.head(_MAX_STAGES).to_dicts()
    with_cpu = any(row["cpu_user_seconds"] is not None for row in rows)
    with_run = len(report.runs) > 1
    statuses = [
        Span(row["status"] or values.ABSENT, _STATUSES.get(row["status"], Tone.PLAIN))
        for row in rows
    ]
    cpu = [
        figures(title, values.seconds, [row[f"cpu_{part}_seconds"] for row in rows], 5)
        for title, part in (("cpu user", "user"), ("cpu sys", "system"))
    ]
    columns = [
        *([names("run", [row["run"] for row in rows])] * with_run),
        names("stage", [row["task"] for row in rows]),
        words("status", statuses, 2),
        figures("wall", values.seconds, [row["wall_seconds"] for row in rows], 0),
        *(cpu if with_cpu else []),
        words("began", [values.moment(row["started_at"], report.zone) for row in rows], 4),
    ]
    table = Table(columns, "Stages", head="Stages of run" if with_run else "Stages")
    hidden = report.stages.height - len(rows)
    return [table, *more(hidden, "stages, usagectl export --stages has all")]


def records(report: SummaryReport) -> Records:
    """Everything, and a row a group: `by` names its grouping, `total` is the row of all calls.

    `by` of the whole has a list of rows for each grouping, under its keys joined by commas.
    """
    whole = {
        "schema": _SCHEMA,
        "time_zone": report.zone,
        "runs": [{**run._asdict(), "elapsed_seconds": run.elapsed_seconds} for run in report.runs],
        "totals": report.totals,
        "by": {grouping.name: grouping.rows for grouping in report.sections},
        "stages": report.stages,
        "failures": report.failures,
        "heaviest": report.heaviest,
        "costs": _costs(report.costs),
        "recorded_and_repriced": report.repriced,
        "records": report.records,
        "merged": report.merged,
        "rejected": report.rejected,
        "notices": [notice._asdict() for notice in report.notices],
    }
    used = {key for grouping in report.sections for key in grouping.keys}
    keys = [key for key in Key if key in used] + sorted(key for key in used if key.tag)
    others = [cost_column(currency) for currency in report.costs.currencies]
    return Records(whole, _rows(report), ["by", *keys, *Metric, *others])


def _rows(report: SummaryReport) -> Iterator[dict[str, Any]]:
    yield {"by": "total", **report.totals}
    for grouping in report.sections:
        for row in grouping.rows.iter_rows(named=True):
            yield {"by": grouping.name, **row}


def _costs(told: Costs) -> dict[str, Any]:
    """How calls were priced: what was asked for, and where the price of each model comes from."""
    wanted = told.wanted
    return {
        "mode": wanted.mode,
        "tables": list(wanted.tables),
        "catalog": told.catalog,
        "batch": wanted.batch,
        "price_date": wanted.at and wanted.at.date().isoformat(),
        "what_if_model": wanted.as_model,
        "what_if": told.what_if and _verdict(told.what_if),
        "models": [
            {
                "provider": model.provider,
                "model": model.model,
                "request_model": model.request_model,
                "calls": model.calls,
                **_verdict(model.verdict),
            }
            for model in told.models
        ],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    offer = verdict.offer
    return {
        "price_source": verdict.source,
        "priced_as": offer and offer.model,
        "seller": offer and offer.seller,
        "match": verdict.how,
        "steps": list(verdict.steps),
    }
