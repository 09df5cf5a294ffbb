"""The page of `usagectl summary` for a terminal: the headline, and tables as wide as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from usagectl.names import Key, Metric
from usagectl.render import table, text_cost, text_heaviest, values
from usagectl.render.columns import PARTIAL, Column, cells, fitting, telling
from usagectl.render.lines import Lines, more
from usagectl.render.table import GAP, Cell, Heading
from usagectl.render.text_headline import headline
from usagectl.report import RunInfo, Section, SummaryReport
from usagectl.wording import plural

_MIN_NAME, _MAX_NAME = 22, 48
_WIDE = 100
_MAX_RUNS = 10
_MAX_STAGES = 20


def summary(report: SummaryReport, width: int) -> Lines:
    """The headline, a table for each grouping, failures, the heaviest calls and stages."""
    figures = headline(report, width)
    out = [*_run_lines(report), Text(), *figures]
    partial = any(PARTIAL in line.plain for line in figures)
    for section in report.sections:
        rows = section.rows.to_dicts()
        if section.only or all(row[key] is None for row in rows for key in section.keys):
            # One name, or no name at all: it would only repeat the headline.
            continue
        shown, marked = _section(section, rows, width, report.costs.currencies)
        partial |= marked
        out += [Text(), *shown]
    if not report.failures.is_empty():
        out += [Text(), *_failures(report, width)]
    if not report.heaviest.is_empty():
        out += [Text(), *text_heaviest.lines(report, width)]
    if report.repriced is not None:
        out += [Text(), *text_cost.repriced(report.repriced, width)]
    if not report.stages.is_empty():
        out += [Text(), *_stages(report, width)]
    if partial:
        out += [Text(), Text(f"{PARTIAL} not known of all calls", style="dim")]
    return out


def _run_lines(report: SummaryReport) -> Lines:
    lines = [_run_line(run, report.zone) for run in report.runs[:_MAX_RUNS]]
    return lines + more(len(report.runs) - _MAX_RUNS, "runs")


def _run_line(run: RunInfo, zone: str) -> Text:
    line = Text()
    line.append(table.clipped(values.name(run.run), _MAX_NAME), "bold cyan")
    files = f"{run.files:,} file{plural(run.files)}"
    line.append(f"  {', '.join(run.formats) or 'nothing readable'}, {files}")
    if run.first is not None and run.last is not None:
        line.append(f"  {values.span(run.first, run.last, zone)} {zone}", "dim")
    return line


def _section(
    section: Section, rows: Sequence[Mapping[str, Any]], width: int, currencies: Sequence[str]
) -> tuple[Lines, bool]:
    shown = rows if section.top is None else rows[: section.top]
    columns = telling(shown, currencies)
    figures = {column.metric: cells(column, shown) for column in columns}
    widths = {
        column.metric: max(len(column.title), *map(len, figures[column.metric])) + GAP
        for column in columns
    }
    names = {key: [_named(key, row[key]) for row in shown] for key in section.keys}
    limit = _MAX_NAME if width > _WIDE else _MIN_NAME
    longest = (max(len(f"By {key}"), *map(cell_len, names[key])) for key in names)
    wanted = sum(min(limit, size) + GAP for size in longest)
    kept = fitting(columns, widths, width + GAP - wanted)
    limits = _name_widths(names, width + GAP - sum(widths[c.metric] for c in kept))
    headings = [
        *(Heading(f"By {key}" if i == 0 else key, right=False) for i, key in enumerate(names)),
        *(Heading(column.title) for column in kept),
    ]
    body = [
        [
            *(Cell(table.clipped(names[key][i], limits[key])) for key in names),
            *(Cell(text := figures[c.metric][i], _style(c, row, text)) for c in kept),
        ]
        for i, row in enumerate(shown)
    ]
    marked = any(PARTIAL in text for column in kept for text in figures[column.metric])
    hidden = more(len(rows) - len(shown), "rows, --top 0 shows all")
    return table.lines(headings, body) + hidden, marked


def _named(key: Key, value: str | None) -> str:
    return _NOT_FAILED if key is Key.FAILURE and value is None else values.name(value)


_NOT_FAILED = "(not failed)"


def _style(column: Column, row: Mapping[str, Any], text: str) -> str:
    failures = column.metric in (Metric.FAILED, Metric.FAILURE_RATE)
    if failures and row[column.metric]:
        return "red"
    return "dim" if text.strip() == values.ABSENT or failures else ""


def _name_widths(names: Mapping[Key, Sequence[str]], room: int) -> dict[Key, int]:
    longest = {key: max(len(f"By {key}"), *map(cell_len, texts)) for key, texts in names.items()}
    widths = {key: min(size, _MAX_NAME) for key, size in longest.items()}
    while sum(widths.values()) + GAP * len(widths) > max(room, 0) and max(widths.values()) > 1:
        widest = max(widths, key=lambda key: widths[key])
        widths[widest] -= 1
    return widths


def _failures(report: SummaryReport, width: int) -> Lines:
    rows = report.failures.to_dicts()
    shown = rows if report.top is None else rows[: report.top]
    titles = ("calls", "of failed", "tokens lost", "time lost")
    title = "Failures, by the source's label" if report.only_labels else "Failures"
    headings = [Heading(title, right=False), *map(Heading, titles)]
    body = [
        [
            Cell(table.clipped(values.name(row[Key.FAILURE]), max(width - 50, _MIN_NAME)), "red"),
            Cell(values.count(row[Metric.CALLS])),
            Cell(values.percent(row["share"])),
            Cell(values.count(row[Metric.TOTAL_TOKENS])),
            Cell(values.seconds(row[Metric.DURATION_SECONDS])),
        ]
        for row in shown
    ]
    return table.lines(headings, body) + more(len(rows) - len(shown), "rows, --top 0 shows all")


def _stages(report: SummaryReport, width: int) -> Lines:
    rows = report.stages.head(_MAX_STAGES).to_dicts()
    with_cpu = any(row["cpu_user_seconds"] is not None for row in rows)
    with_run = len(report.runs) > 1
    headings = [
        *([Heading("Stages of run", right=False)] if with_run else []),
        Heading("stage" if with_run else "Stages", right=False),
        Heading("status", right=False),
        Heading("wall"),
        *([Heading("cpu user"), Heading("cpu sys")] if with_cpu else []),
        Heading("began", right=False),
    ]
    room = max((width - 46 - 20 * with_cpu) // (1 + with_run), _MIN_NAME)
    body = [
        [
            *([Cell(table.clipped(values.name(row["run"]), room))] if with_run else []),
            Cell(table.clipped(values.name(row["task"]), room)),
            Cell(row["status"] or values.ABSENT, _STATUS_STYLES.get(row["status"], "")),
            Cell(values.seconds(row["wall_seconds"])),
            *(
                Cell(values.seconds(row[f"cpu_{part}_seconds"]))
                for part in (("user", "system") if with_cpu else ())
            ),
            Cell(values.moment(row["started_at"], report.zone)),
        ]
        for row in rows
    ]
    hidden = report.stages.height - len(rows)
    return table.lines(headings, body) + more(hidden, "stages, usagectl export --stages has all")


_STATUS_STYLES = {"failed": "red", "running": "yellow", "unfinished": "yellow", "cancelled": "red"}
