"""Reports for a terminal: aligned, as wide as the terminal, coloured only where there is one."""

import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from usagectl.names import Key, Metric
from usagectl.notices import Notice
from usagectl.render import table, values
from usagectl.render.columns import COLUMNS, PARTIAL, Column, cells, fitting, telling
from usagectl.render.table import GAP, Cell, Heading
from usagectl.report import RunInfo, Section, SummaryReport
from usagectl.wording import plural

_MIN_NAME, _MAX_NAME = 22, 48
_WIDE = 100
_MAX_RUNS = 10
_MAX_STAGES = 20

Lines = list[Text]


def written(lines: Lines, *, width: int, colour: bool) -> str:
    """The text of some lines, for a terminal of some width; what is too long is wrapped."""
    if not colour:
        pieces = (piece for line in lines for piece in _folded(line.plain, width))
        return "\n".join(piece.rstrip() for piece in pieces)
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(Text("\n").join(lines), overflow="fold")
    return "\n".join(line.rstrip() for line in capture.get().rstrip("\n").split("\n"))


def _folded(line: str, width: int) -> list[str]:
    if cell_len(line) <= width:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    return textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)


def summary(report: SummaryReport, width: int) -> Lines:
    """The headline, a table for each grouping, failures and stages."""
    out = [*_run_lines(report), Text(), *_headline(report, width)]
    partial = False
    for section in report.sections:
        rows = section.rows.to_dicts()
        if all(row[key] is None for row in rows for key in section.keys):
            # No row, or one without a name, which would only repeat the headline.
            continue
        shown, marked = _section(section, rows, width)
        partial |= marked
        out += [Text(), *shown]
    if not report.failures.is_empty():
        out += [Text(), *_failures(report, width)]
    if not report.stages.is_empty():
        out += [Text(), *_stages(report, width)]
    if partial:
        out += [Text(), Text(f"{PARTIAL} not known of all calls of the row", style="dim")]
    return out


def _headline(report: SummaryReport, columns: int) -> Lines:
    facts = list(_facts(report, report.totals))
    width = max(len(figure) for figure, _ in facts)
    out = []
    for figure, what in facts:
        first, *others = textwrap.wrap(what, max(columns - width - 4, _MIN_NAME))
        out.append(Text.assemble((f" {figure:>{width}}", "bold"), f"   {first}"))
        out += [Text(" " * (width + 4) + other) for other in others]
    return out


def _run_lines(report: SummaryReport) -> Lines:
    lines = [_run_line(run, report.zone) for run in report.runs[:_MAX_RUNS]]
    return lines + more(len(report.runs) - _MAX_RUNS, "runs")


def _run_line(run: RunInfo, zone: str) -> Text:
    line = Text()
    line.append(_clipped(values.name(run.run), _MAX_NAME), "bold cyan")
    files = f"{run.files:,} file{plural(run.files)}"
    line.append(f"  {', '.join(run.formats) or 'nothing readable'}, {files}")
    if run.first is not None and run.last is not None:
        line.append(f"  {values.span(run.first, run.last, zone)} {zone}", "dim")
    return line


def _facts(report: SummaryReport, totals: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    calls = totals[Metric.CALLS]
    yield values.count(calls), _of_calls(report, totals)
    if not calls:
        return
    if totals[Metric.FAILED] or totals[Metric.CANCELLED]:
        yield values.count(totals[Metric.FAILED]), _of_failures(totals)
    yield (
        values.count(totals[Metric.INPUT_TOKENS]),
        "input tokens"
        + _coverage(totals, Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_READ_TOKENS, "read from cache", Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_WRITE_TOKENS, "written to cache", Metric.INPUT_CALLS),
    )
    yield (
        values.count(totals[Metric.OUTPUT_TOKENS]),
        "output tokens"
        + _coverage(totals, Metric.OUTPUT_CALLS)
        + _part(totals, Metric.REASONING_TOKENS, "reasoning", Metric.OUTPUT_CALLS),
    )
    yield (
        values.rate(totals[Metric.TOKENS_PER_SECOND]),
        "output tokens per second" + _coverage(totals, Metric.TOKENS_PER_SECOND_CALLS),
    )
    yield values.seconds(totals[Metric.DURATION_SECONDS]), _of_time(totals)
    if totals[Metric.RECORDED_COST_USD] is not None:
        yield (
            values.usd(totals[Metric.RECORDED_COST_USD]),
            "recorded cost" + _coverage(totals, Metric.RECORDED_COST_CALLS),
        )


def _of_calls(report: SummaryReport, totals: Mapping[str, Any]) -> str:
    text = f"call{plural(totals[Metric.CALLS])}"
    if report.merged and not report.filtered:
        text += f" out of {report.records:,} records ({report.merged:,} merged)"
    without = totals[Metric.CALLS_WITHOUT_USAGE]
    if without:
        text += f", {without:,} without known tokens"
    return text


def _of_failures(totals: Mapping[str, Any]) -> str:
    text = f"failed ({values.percent(totals[Metric.FAILURE_RATE])})"
    if totals[Metric.BILLED_FAILURES]:
        text += f", {totals[Metric.BILLED_FAILURES]:,} of them billed"
    lost = []
    if totals[Metric.FAILED_TOKENS]:
        lost.append(f"{totals[Metric.FAILED_TOKENS]:,} tokens")
    if totals[Metric.FAILED_SECONDS]:
        lost.append(values.seconds(totals[Metric.FAILED_SECONDS]))
    if lost:
        text += f"; lost: {', '.join(lost)}"
    if totals[Metric.CANCELLED]:
        text += f", {totals[Metric.CANCELLED]:,} cancelled"
    return text


def _of_time(totals: Mapping[str, Any]) -> str:
    text = "time in calls"
    if totals[Metric.DURATION_P50_SECONDS] is not None:
        text += (
            f"; p50 {values.seconds(totals[Metric.DURATION_P50_SECONDS])},"
            f" p95 {values.seconds(totals[Metric.DURATION_P95_SECONDS])}"
        )
    return text + _coverage(totals, Metric.DURATION_CALLS)


def _part(totals: Mapping[str, Any], part: Metric, words: str, of: Metric) -> str:
    """A part of the tokens, and of how many calls it is known where that is another number."""
    if not totals[part]:
        return ""
    known = totals[_RESTS_ON[part]]
    return f", {totals[part]:,} {words}" + ("" if known == totals[of] else f" in {known:,} calls")


_RESTS_ON = {column.metric: column.rests_on for column in COLUMNS if column.rests_on}


def _coverage(totals: Mapping[str, Any], rests_on: Metric) -> str:
    known, calls = totals[rests_on], totals[Metric.CALLS]
    if known == calls:
        return ""
    return f" (known of {known:,} of {calls:,} calls)"


def _section(section: Section, rows: Sequence[Mapping[str, Any]], width: int) -> tuple[Lines, bool]:
    shown = rows if section.top is None else rows[: section.top]
    columns = telling(shown)
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
            *(Cell(_clipped(names[key][i], limits[key])) for key in names),
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


def _clipped(text: str, width: int) -> str:
    """A name that is too wide loses its middle: both of its ends tell it apart."""
    if cell_len(text) <= width:
        return text
    head = (width - 1) // 2
    left, right = _cut(text, head), _cut(text[::-1], width - 1 - head)[::-1]
    return f"{left}…{right}"


def _cut(text: str, width: int) -> str:
    """As much of the beginning as is not wider."""
    if len(text) == cell_len(text):
        return text[:width]
    kept = ""
    for character in text:
        if cell_len(kept + character) > width:
            break
        kept += character
    return kept


def more(hidden: int, what: str) -> Lines:
    """How many entries are not shown, where there are any."""
    return [Text(f"… {hidden:,} more {what}", style="dim")] if hidden > 0 else []


def _failures(report: SummaryReport, width: int) -> Lines:
    rows = report.failures.to_dicts()
    shown = rows if report.top is None else rows[: report.top]
    titles = ("calls", "share", "tokens lost", "time lost")
    headings = [Heading("Failures, by the source's label", right=False), *map(Heading, titles)]
    body = [
        [
            Cell(_clipped(values.name(row[Key.FAILURE]), max(width - 50, _MIN_NAME)), "red"),
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
            *([Cell(_clipped(values.name(row["run"]), room))] if with_run else []),
            Cell(_clipped(values.name(row["task"]), room)),
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


def notices(found: Sequence[Notice], width: int) -> Lines:
    """The doubts about the numbers, one after the other."""
    out = []
    for notice in found:
        first, *others = textwrap.wrap(values.name(notice.text), max(width - len(_NOTE), _MIN_NAME))
        out.append(Text.assemble((_NOTE, "yellow"), first))
        out += [Text(" " * len(_NOTE) + other) for other in others]
    return out


_NOTE = "note: "
