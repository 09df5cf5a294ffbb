"""The report of `usagectl errors` for programs and for Markdown."""

from collections.abc import Iterator
from typing import Any

from usagectl.model.escaping import markdown as escaped
from usagectl.model.names import Metric
from usagectl.render import machine, markdown
from usagectl.render.words import values
from usagectl.reports.errors import ErrorsReport

ERRORS_SCHEMA = "usagectl.errors/1"
_METRICS = (
    Metric.CALLS,
    Metric.DURATION_SECONDS,
    Metric.DURATION_CALLS,
    Metric.TOTAL_TOKENS,
    Metric.CALLS_WITHOUT_USAGE,
    Metric.COST_USD,
    Metric.COST_CALLS,
)


def as_json(report: ErrorsReport) -> str:
    """One document; `messages` and `list` are there where they were asked for."""
    asked = {"messages": report.messages, "list": report.failures}
    return machine.document(
        {
            "schema": ERRORS_SCHEMA,
            "time_zone": report.zone,
            "runs": list(report.runs),
            "calls": report.totals[Metric.CALLS],
            "failed": report.totals[Metric.FAILED],
            "by": ",".join(report.keys),
            "failures": report.rows.select(_columns(report)),
            "corrections": report.corrections,
            "evidence": report.evidence,
            "rescued": report.rescued,
            **{name: frame for name, frame in asked.items() if frame is not None},
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def _columns(report: ErrorsReport) -> list[str]:
    most = [f"most_{key}{part}" for key in ("model", "task") for part in ("", "_calls")]
    return [*report.keys, "share", *_METRICS, *most, "example"]


def as_ndjson(report: ErrorsReport) -> str:
    """An object a row: a failure each with `--list`, else a category each."""
    return "\n".join(machine.one_line(row) for row in _rows(report))


def as_csv(report: ErrorsReport) -> str:
    """A line a row, as `as_ndjson`."""
    frame = report.failures if report.failures is not None else report.rows.select(_columns(report))
    return machine.csv_of(frame.columns, _rows(report))


def _rows(report: ErrorsReport) -> Iterator[dict[str, Any]]:
    if report.failures is not None:
        return report.failures.iter_rows(named=True)
    return report.rows.select(_columns(report)).iter_rows(named=True)


def as_markdown(report: ErrorsReport) -> str:
    """The categories, the corrections and the notices."""
    rows = report.rows.to_dicts()
    body = [
        [
            *(escaped(values.name(row[key])) for key in report.keys),
            values.count(row[Metric.CALLS]),
            values.percent(row["share"]),
            values.seconds(row[Metric.DURATION_SECONDS]),
            values.count(row[Metric.TOTAL_TOKENS]),
            values.usd(row[Metric.COST_USD]),
        ]
        for row in rows
    ]
    head = [*report.keys, "calls", "share", "time lost", "tokens lost", "cost lost"]
    failed, calls = report.totals[Metric.FAILED], report.totals[Metric.CALLS]
    parts = [f"## {failed:,} of {calls:,} calls failed"]
    if body:
        parts.append(markdown.table_of(head, body, len(report.keys)))
        parts.append(
            "\n".join(f"- **{escaped(n)}**: {escaped(report.actions[n])}" for n in report.actions)
        )
    if not report.corrections.is_empty():
        fixed = [
            [
                *(escaped(row[name]) for name in ("from", "to", "found_by")),
                values.count(row["calls"]),
            ]
            for row in report.corrections.iter_rows(named=True)
        ]
        table = markdown.table_of(["label", "corrected to", "evidence", "calls"], fixed, 3)
        parts.append("### Labels corrected\n\n" + table)
    parts += markdown.notes(notice.text for notice in report.notices)
    return "\n\n".join(parts)
