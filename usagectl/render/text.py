"""The page of `usagectl summary` for a terminal: the headline, and tables as wide as it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render import text_cost, text_heaviest
from usagectl.render.columns import PARTIAL, Figure, cells, telling
from usagectl.render.legend import legend
from usagectl.render.terminal.clipping import clipped
from usagectl.render.terminal.lines import Lines, more
from usagectl.render.terminal.table import Cell, Column, Laid, figures, laid, names, words
from usagectl.render.text_headline import headline
from usagectl.render.words import values
from usagectl.reports.summary import RunInfo, Section, SummaryReport

_MAX_NAME = 48
_MAX_RUNS = 10
_MAX_STAGES = 20


def summary(report: SummaryReport, width: int) -> Lines:
    """The headline, a table for each grouping, failures, the heaviest calls and stages."""
    facts = headline(report, width)
    out = [*_run_lines(report), Text(), *facts]
    tables: list[tuple[Laid, Lines]] = []
    for section in report.sections:
        rows = section.rows.to_dicts()
        if section.only or all(row[key] is None for row in rows for key in section.keys):
            # One name, or no name at all: it would only repeat the headline.
            continue
        tables.append(_section(section, rows, width, report.costs.currencies))
    if not report.failures.is_empty():
        tables.append(_failures(report, width))
    if not report.heaviest.is_empty():
        tables.append((text_heaviest.calls(report, width), []))
    if report.repriced is not None:
        tables.append((text_cost.repriced(report.repriced, width), []))
    if not report.stages.is_empty():
        tables.append(_stages(report, width))
    for table, folded in tables:
        out += [Text(), *table.lines, *folded]
    marked = any(PARTIAL in fact.plain for fact in facts)
    return out + legend([table for table, _ in tables], "not known of all calls", marked=marked)


def _run_lines(report: SummaryReport) -> Lines:
    lines = [_run_line(run, report.zone) for run in report.runs[:_MAX_RUNS]]
    return lines + more(len(report.runs) - _MAX_RUNS, "runs")


def _run_line(run: RunInfo, zone: str) -> Text:
    line = Text()
    line.append(clipped(values.name(run.run), _MAX_NAME), "bold cyan")
    files = f"{run.files:,} file{plural(run.files)}"
    line.append(f"  {', '.join(run.formats) or 'nothing readable'}, {files}")
    if run.first is not None and run.last is not None:
        line.append(f"  {values.span(run.first, run.last, zone)} {zone}", "dim")
    return line


def _section(
    section: Section, rows: Sequence[Mapping[str, Any]], width: int, currencies: Sequence[str]
) -> tuple[Laid, Lines]:
    """The table of a grouping, and how many of its rows are not shown."""
    shown = rows if section.top is None else rows[: section.top]
    table = laid(
        [
            *(
                names(f"By {key}" if i == 0 else key, [_named(key, row[key]) for row in shown])
                for i, key in enumerate(section.keys)
            ),
            *(_figures(column, shown) for column in telling(shown, currencies)),
        ],
        width,
    )
    return table, more(len(rows) - len(shown), "rows, --top 0 shows all")


def _figures(column: Figure, rows: Sequence[Mapping[str, Any]]) -> Column:
    pairs = zip(cells(column, rows), rows, strict=True)
    styled = [Cell(text, _style(column, row, text)) for text, row in pairs]
    return figures(column.title, styled, column.rank)


def _named(key: Key, value: str | None) -> str:
    return _NOT_FAILED if key is Key.FAILURE and value is None else values.name(value)


_NOT_FAILED = "(not failed)"


def _style(column: Figure, row: Mapping[str, Any], text: str) -> str:
    failures = column.metric in (Metric.FAILED, Metric.FAILURE_RATE)
    if failures and row[column.metric]:
        return "red"
    return "dim" if text.strip() == values.ABSENT or failures else ""


def _failures(report: SummaryReport, width: int) -> tuple[Laid, Lines]:
    rows = report.failures.to_dicts()
    shown = rows if report.top is None else rows[: report.top]
    title = "Failures, by the source's label" if report.only_labels else "Failures"
    table = laid(
        [
            names(title, [Cell(values.name(row[Key.FAILURE]), "red") for row in shown]),
            figures("calls", [values.count(row[Metric.CALLS]) for row in shown], 0),
            figures("of failed", [values.percent(row["share"]) for row in shown], 3),
            figures("tokens lost", [values.count(row[Metric.TOTAL_TOKENS]) for row in shown], 4),
            figures(
                "time lost", [values.seconds(row[Metric.DURATION_SECONDS]) for row in shown], 5
            ),
        ],
        width,
    )
    return table, more(len(rows) - len(shown), "rows, --top 0 shows all")


def _stages(report: SummaryReport, width: int) -> tuple[Laid, Lines]:
    rows = report.stages.head(_MAX_STAGES).to_dicts()
    with_cpu = any(row["cpu_user_seconds"] is not None for row in rows)
    with_run = len(report.runs) > 1
    statuses = [
        Cell(row["status"] or values.ABSENT, _STATUS_STYLES.get(row["status"], "")) for row in rows
    ]
    cpu = [
        figures(title, [values.seconds(row[f"cpu_{part}_seconds"]) for row in rows], 5)
        for title, part in (("cpu user", "user"), ("cpu sys", "system"))
    ]
    table = laid(
        [
            *([names("Stages of run", [values.name(row["run"]) for row in rows])] * with_run),
            names("stage" if with_run else "Stages", [values.name(row["task"]) for row in rows]),
            words("status", statuses, 2),
            figures("wall", [values.seconds(row["wall_seconds"]) for row in rows], 0),
            *(cpu if with_cpu else []),
            words("began", [values.moment(row["started_at"], report.zone) for row in rows], 4),
        ],
        width,
    )
    hidden = report.stages.height - len(rows)
    return table, more(hidden, "stages, usagectl export --stages has all")


_STATUS_STYLES = {"failed": "red", "running": "yellow", "unfinished": "yellow", "cancelled": "red"}
