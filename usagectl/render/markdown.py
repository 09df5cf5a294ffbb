"""Reports for a pull request or a wiki: GitHub-flavoured Markdown tables."""

from collections.abc import Iterable, Sequence

from usagectl.model.escaping import markdown as escaped
from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render import text_cost
from usagectl.render.columns import PARTIAL, cells, telling
from usagectl.render.run_columns import run_columns
from usagectl.render.words import values
from usagectl.reports.doctor import COUNTS, DoctorReport
from usagectl.reports.runs import RunsReport
from usagectl.reports.summary import SummaryReport


def summary(report: SummaryReport) -> str:
    """Totals, a table for each grouping, failures, stages and notices."""
    runs = ", ".join(escaped(values.name(run.run)) for run in report.runs[:10])
    periods = [
        f"- {escaped(values.name(run.run))}: {', '.join(run.formats)},"
        f" {run.files:,} file{plural(run.files)},"
        f" {values.span(run.first, run.last, report.zone)} {report.zone}"
        for run in report.runs[:10]
    ]
    parts = [f"## Usage of {runs}", "\n".join(periods)]
    currencies = report.costs.currencies
    columns = telling([report.totals], currencies)
    totals = [[cells(column, [report.totals])[0] for column in columns]]
    parts.append(table_of([c.title for c in columns], totals))
    parts += notes(f"{figure} {words}" for figure, words in text_cost.facts(report))
    parts += notes(
        f"all calls are of {section.keys[-1]} {section.only}"
        for section in report.sections
        if section.only
    )
    for section in report.sections:
        if section.only:
            continue
        rows = section.rows.to_dicts()
        shown = rows if section.top is None else rows[: section.top]
        columns = telling(shown, currencies)
        figures = [cells(column, shown) for column in columns]
        body = [
            [*(escaped(values.name(row[k])) for k in section.keys), *(f[i] for f in figures)]
            for i, row in enumerate(shown)
        ]
        rows_shown = table_of([*section.keys, *(c.title for c in columns)], body, len(section.keys))
        parts.append(f"### By {' and '.join(section.keys)}\n\n{rows_shown}")
        if len(rows) > len(shown):
            parts.append(f"… {len(rows) - len(shown):,} more")
    if not report.failures.is_empty():
        body = [
            [
                escaped(values.name(row[Key.FAILURE])),
                values.count(row[Metric.CALLS]),
                values.percent(row["share"]),
            ]
            for row in report.failures.iter_rows(named=True)
        ]
        parts.append("### Failures\n\n" + table_of(["failure", "calls", "of failed"], body))
    if not report.heaviest.is_empty():
        parts.append("### Heaviest calls\n\n" + _heaviest(report))
    if not report.stages.is_empty():
        body = [
            [
                escaped(values.name(row["task"])),
                row["status"] or values.ABSENT,
                values.seconds(row["wall_seconds"]),
            ]
            for row in report.stages.iter_rows(named=True)
        ]
        parts.append("### Stages\n\n" + table_of(["stage", "status", "wall"], body))
    if any(PARTIAL in part for part in parts):
        parts.append(f"\\{PARTIAL} not known of all calls")
    parts += notes(notice.text for notice in report.notices)
    return "\n\n".join(parts)


def _heaviest(report: SummaryReport) -> str:
    body = [
        [
            *(escaped(values.name(row[key])) for key in ("task", "model")),
            values.count(row["total_tokens"]),
            values.seconds(row["duration_seconds"]),
            values.moment(row["ended_at"], report.zone),
            escaped(values.name(row["source"])),
        ]
        for row in report.heaviest.iter_rows(named=True)
    ]
    return table_of(["task", "model", "tokens", "time", "ended", "file"], body, 2)


def doctor(report: DoctorReport) -> str:
    """A table of files, then what was refused and what was not read."""
    body = [
        [
            escaped(values.name(file.path)),
            f"{file.format}: {file.reason}",
            *(values.count(getattr(file, name)) for name in COUNTS),
        ]
        for file in report.files
    ]
    parts = ["## Files read", table_of(["file", "read as", *COUNTS], body, 2)]
    parts += notes(
        f"rejected: {r.source}:{r.line}: {r.reason}" for r in report.rejects[: report.top]
    )
    parts += notes(f"not read: {path}: {reason}" for path, reason in report.unclaimed)
    parts += notes(notice.text for notice in report.notices)
    return "\n\n".join(parts)


def runs(report: RunsReport) -> str:
    """A table of runs, the newest first."""
    columns = run_columns(report)
    body = [
        [escaped(column.cells[i].text) for column in columns]
        for i in range(len(report.runs[: report.top]))
    ]
    names = sum(not column.right for column in columns)
    table = table_of([column.title for column in columns], body, names)
    return f"## Runs below {escaped(values.name(report.root))}\n\n{table}"


def table_of(header: Sequence[str], rows: Iterable[Sequence[str]], names: int = 1) -> str:
    """A table, of which the first columns are names and the others figures."""
    rule = ["---" if i < names else "---:" for i in range(len(header))]
    lines = [header, rule, *rows]
    return "\n".join("| " + " | ".join(cell.strip() for cell in line) + " |" for line in lines)


def notes(texts: Iterable[str]) -> list[str]:
    """A list, or nothing where there is no text."""
    lines = [f"- {escaped(values.name(text))}" for text in texts]
    return ["\n".join(lines)] if lines else []
