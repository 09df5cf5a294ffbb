"""Reports for a terminal: aligned, as wide as the terminal, coloured only where there is one."""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from usagectl.names import Key, Metric
from usagectl.notices import Notice
from usagectl.render import values
from usagectl.render.columns import PARTIAL, Column, cell, fitting, telling
from usagectl.report import DoctorReport, RunInfo, Section, SummaryReport

_MIN_NAME, _MAX_NAME = 22, 48
_GAP = 2
_MAX_RUNS = 10
_MAX_STAGES = 20


def written(content: RenderableType, *, width: int, colour: bool) -> str:
    """The text of something to show, for a terminal of some width."""
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    with console.capture() as capture:
        console.print(content)
    return "\n".join(line.rstrip() for line in capture.get().split("\n"))


def summary(report: SummaryReport, width: int) -> RenderableType:
    """The headline, a table for each grouping, failures and stages."""
    parts: list[RenderableType] = [_headline(report, width)]
    partial = False
    for section in report.sections:
        rows = section.rows.to_dicts()
        if len(rows) == 1 and all(rows[0][key] is None for key in section.keys):
            # A table of one nameless row would only repeat the headline.
            continue
        table, marked = _section(section, rows, width)
        partial |= marked
        parts += ["", table]
    if not report.failures.is_empty():
        parts += ["", _failures(report, width)]
    if not report.stages.is_empty():
        parts += ["", _stages(report, width)]
    if partial:
        parts += ["", Text(f"{PARTIAL} not known of all calls of the row", style="dim")]
    return Group(*parts)


def _headline(report: SummaryReport, width: int) -> RenderableType:
    totals = report.totals
    lines = [*_run_lines(report, width), Text()]
    facts = Table.grid(padding=(0, 3))
    facts.add_column(justify="right", style="bold", no_wrap=True)
    facts.add_column()
    for figure, what in _facts(report, totals):
        facts.add_row(figure, Text(what, style="default"))
    return Group(*lines, Padding(facts, (0, 0, 0, 1)))


def _run_lines(report: SummaryReport, width: int) -> list[Text]:
    lines = [_run_line(run, report.zone) for run in report.runs[:_MAX_RUNS]]
    if len(report.runs) > _MAX_RUNS:
        lines.append(Text(f"… and {len(report.runs) - _MAX_RUNS:,} more runs", style="dim"))
    for line in lines:
        line.truncate(width * 2, overflow="ellipsis")
    return lines


def _run_line(run: RunInfo, zone: str) -> Text:
    line = Text(_clipped(values.name(run.run), _MAX_NAME), style="bold cyan")
    files = f"{run.files:,} file{'' if run.files == 1 else 's'}"
    line.append(f"  {', '.join(run.formats) or 'nothing readable'}, {files}", style="default")
    if run.first is not None and run.last is not None:
        first, last = values.moment(run.first, zone), values.moment(run.last, zone)
        if first[:10] == last[:10]:
            last = last[11:]
        line.append(f"  {first} to {last} {zone}", style="dim")
    return line


def _facts(report: SummaryReport, totals: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    calls = totals[Metric.CALLS]
    yield values.count(calls), _of_calls(report, totals)
    if totals[Metric.FAILED] or totals[Metric.CANCELLED]:
        yield values.count(totals[Metric.FAILED]), _of_failures(totals)
    yield (
        values.count(totals[Metric.INPUT_TOKENS]),
        "input tokens"
        + _part(totals, Metric.CACHE_READ_TOKENS, Metric.CACHE_READ_CALLS, "read from cache")
        + _part(totals, Metric.CACHE_WRITE_TOKENS, Metric.CACHE_WRITE_CALLS, "written to it")
        + _coverage(totals, Metric.INPUT_CALLS),
    )
    yield (
        values.count(totals[Metric.OUTPUT_TOKENS]),
        "output tokens"
        + _part(totals, Metric.REASONING_TOKENS, Metric.REASONING_CALLS, "of them reasoning")
        + _coverage(totals, Metric.OUTPUT_CALLS),
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
    text = "call" if totals[Metric.CALLS] == 1 else "calls"
    if report.merged:
        text += f" out of {report.records:,} records ({report.merged:,} merged)"
    without = totals[Metric.CALLS_WITHOUT_USAGE]
    if without:
        text += f", {without:,} without known tokens"
    return text


def _of_failures(totals: Mapping[str, Any]) -> str:
    text = f"failed ({values.percent(totals[Metric.FAILURE_RATE])})"
    if totals[Metric.BILLED_FAILURES]:
        text += f", {totals[Metric.BILLED_FAILURES]:,} of them billed"
    if totals[Metric.FAILED_TOKENS]:
        text += f": {totals[Metric.FAILED_TOKENS]:,} tokens"
    if totals[Metric.FAILED_SECONDS]:
        joint = " and " if totals[Metric.FAILED_TOKENS] else ": "
        text += f"{joint}{values.seconds(totals[Metric.FAILED_SECONDS])} lost"
    if totals[Metric.CANCELLED]:
        text += f", {totals[Metric.CANCELLED]:,} cancelled"
    return text


def _of_time(totals: Mapping[str, Any]) -> str:
    text = "in calls"
    if totals[Metric.DURATION_P50_SECONDS] is not None:
        text += (
            f", half of them under {values.seconds(totals[Metric.DURATION_P50_SECONDS])},"
            f" 95% under {values.seconds(totals[Metric.DURATION_P95_SECONDS])}"
        )
    return text + _coverage(totals, Metric.DURATION_CALLS)


def _part(totals: Mapping[str, Any], part: Metric, rests_on: Metric, words: str) -> str:
    if not totals[part]:
        return ""
    known = totals[rests_on]
    of_calls = f" in {known:,} calls" if known < totals[Metric.CALLS] else ""
    return f", {totals[part]:,} {words}{of_calls}"


def _coverage(totals: Mapping[str, Any], rests_on: Metric) -> str:
    known, calls = totals[rests_on], totals[Metric.CALLS]
    if known == calls:
        return ""
    return f" (known of {known:,} of {calls:,} calls)"


def _section(
    section: Section, rows: Sequence[Mapping[str, Any]], width: int
) -> tuple[RenderableType, bool]:
    shown = rows if section.top is None else rows[: section.top]
    columns = telling(shown)
    cells = {column.metric: [cell(column, row) for row in shown] for column in columns}
    widths = {
        column.metric: max(len(column.title), *map(len, cells[column.metric])) + _GAP
        for column in columns
    }
    names = {key: [values.name(row[key]) for row in shown] for key in section.keys}
    wanted = sum(min(_MAX_NAME, max(len(key), *map(len, names[key]))) + _GAP for key in names)
    least = sum(min(_MIN_NAME, max(len(key), *map(len, names[key]))) + _GAP for key in names)
    kept = fitting(columns, widths, width - 1 - (wanted if width > 100 else least))  # noqa: PLR2004
    room = width - 1 - sum(widths[column.metric] for column in kept)
    table = _table(f"By {' and '.join(section.keys)}", section.keys, kept)
    limits = _name_widths(names, room)
    for index, row in enumerate(shown):
        table.add_row(
            *(Text(_clipped(names[key][index], limits[key])) for key in section.keys),
            *(_styled(column, row, cells[column.metric][index]) for column in kept),
        )
    marked = any(PARTIAL in cells[column.metric][i] for column in kept for i in range(len(shown)))
    return Group(table, *_more(len(rows) - len(shown), "--top 0 shows all")), marked


def _table(title: str, keys: Sequence[str], columns: Sequence[Column]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        # The box itself puts one more blank between columns.
        padding=(0, _GAP - 1, 0, 0),
        show_edge=False,
        title_justify="left",
        header_style="bold",
        border_style="dim",
    )
    for i, key in enumerate(keys):
        table.add_column(Text(title if i == 0 else key, style="bold"), no_wrap=True)
    for column in columns:
        table.add_column(column.title, justify="right", no_wrap=True, style="default")
    return table


def _styled(column: Column, row: Mapping[str, Any], text: str) -> Text:
    style = "default"
    if column.metric in (Metric.FAILED, Metric.FAILURE_RATE) and row[column.metric]:
        style = "red"
    elif text == values.ABSENT or (column.metric is Metric.FAILED and not row[column.metric]):
        style = "dim"
    return Text(text, style=style)


def _name_widths(names: Mapping[str, Sequence[str]], room: int) -> dict[str, int]:
    longest = {key: max(len(key), *map(len, texts)) for key, texts in names.items()}
    widths = {key: min(size, _MAX_NAME) for key, size in longest.items()}
    while sum(widths.values()) + _GAP * len(widths) > max(room, 0) and max(widths.values()) > 1:
        widest = max(widths, key=lambda key: widths[key])
        widths[widest] -= 1
    return widths


def _clipped(text: str, width: int) -> str:
    """A name that is too long loses its middle: both of its ends tell it apart."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return text[:head] + "…" + text[len(text) - (width - 1 - head) :]


def _more(hidden: int, how: str) -> list[Text]:
    return [Text(f"… {hidden:,} more ({how})", style="dim")] if hidden > 0 else []


def _failures(report: SummaryReport, width: int) -> RenderableType:
    rows = report.failures.to_dicts()
    table = _table("Failures, as the source labels them", ["failure"], [])
    for title in ("calls", "share", "tokens lost", "time lost"):
        table.add_column(title, justify="right", no_wrap=True)
    for row in rows[: report.top]:
        table.add_row(
            Text(_clipped(values.name(row[Key.FAILURE]), max(width - 50, _MIN_NAME)), style="red"),
            values.count(row[Metric.CALLS]),
            values.percent(row["share"]),
            values.count(row[Metric.TOTAL_TOKENS]),
            values.seconds(row[Metric.DURATION_SECONDS]),
        )
    hidden = 0 if report.top is None else len(rows) - report.top
    return Group(table, *_more(hidden, "--top 0 shows all"))


def _stages(report: SummaryReport, width: int) -> RenderableType:
    rows = report.stages.head(_MAX_STAGES).to_dicts()
    with_cpu = any(row["cpu_user_seconds"] is not None for row in rows)
    with_run = len(report.runs) > 1
    table = _table("Stages", ["run", "stage"] if with_run else ["stage"], [])
    table.add_column("status", no_wrap=True)
    table.add_column("wall", justify="right", no_wrap=True)
    if with_cpu:
        table.add_column("cpu user", justify="right", no_wrap=True)
        table.add_column("cpu sys", justify="right", no_wrap=True)
    table.add_column("began", no_wrap=True)
    room = max((width - 46 - 20 * with_cpu) // (1 + with_run), _MIN_NAME)
    for row in rows:
        names = [row["run"], row["task"]] if with_run else [row["task"]]
        figures = [values.seconds(row["wall_seconds"])]
        if with_cpu:
            figures += [values.seconds(row[f"cpu_{k}_seconds"]) for k in ("user", "system")]
        table.add_row(
            *(Text(_clipped(values.name(name), room)) for name in names),
            Text(row["status"] or values.ABSENT, style=_STATUS_STYLES.get(row["status"], "")),
            *figures,
            values.moment(row["started_at"], report.zone),
        )
    hidden = report.stages.height - len(rows)
    return Group(table, *_more(hidden, "usagectl export --stages writes all"))


_STATUS_STYLES = {"failed": "red", "running": "yellow", "unfinished": "yellow", "cancelled": "red"}


def notices(found: Sequence[Notice]) -> RenderableType:
    """The doubts about the numbers, one after the other."""
    return Group(
        *(
            Text.assemble(("note ", "yellow"), ("" if not n.run else f"{n.run}: "), values.name(n.text))
            for n in found
        )
    )


def doctor(report: DoctorReport, width: int) -> RenderableType:
    """What each file was read as, what became of its records, and what was refused."""
    parts: list[RenderableType] = [_doctor_headline(report), "", _files(report, width)]
    if report.overlaps:
        parts += ["", _listed("Calls that stand in two files", report.overlaps, report.top)]
    if report.rejects:
        shown = [
            f"{values.name(r.source)}:{r.line}  {values.name(r.reason)}"
            if r.line
            else f"{values.name(r.source)}  {values.name(r.reason)}"
            for r in report.rejects
        ]
        parts += ["", _listed("Rejected records", shown, report.top)]
    if report.unclaimed:
        shown = [f"{values.name(path)}  {reason}" for path, reason in report.unclaimed]
        parts += ["", _listed("Not read", shown, report.top)]
    if report.notices:
        parts += ["", Text("Doubts", style="bold"), notices(report.notices)]
    return Group(*parts)


def _doctor_headline(report: DoctorReport) -> RenderableType:
    totals = report.totals
    line = Text(f"{totals['files']:,} files read", style="bold")
    line.append(
        f": {totals['records']:,} records = {totals['calls']:,} calls + {totals['merged']:,} merged"
        f" + {totals['ignored']:,} ignored + {totals['rejected']:,} rejected",
        style="default",
    )
    zone = Text(f"times without an offset are read as {report.zone}", style="dim")
    return Group(line, zone)


def _files(report: DoctorReport, width: int) -> RenderableType:
    shown = report.files[: report.top] if report.top is not None else report.files
    table = _table("File", ["file"], [])
    table.add_column("read as", no_wrap=True)
    counts = ("records", "calls", "merged", "ignored", "rejected")
    for title in counts:
        table.add_column(title, justify="right", no_wrap=True)
    wide = width >= 140  # noqa: PLR2004
    if wide:
        table.add_column("first to last", no_wrap=True)
    read_as = [f"{file.format}: {file.reason}" for file in shown]
    figures = [[values.count(getattr(file, name)) for name in counts] for file in shown]
    used = sum(
        max(len(title), *(len(row[i]) for row in figures), 0) + _GAP
        for i, title in enumerate(counts)
    )
    used += max(map(len, read_as), default=0) + _GAP + (42 if wide else 0)
    room = max(width - used - _GAP, _MIN_NAME)
    for file, form, row in zip(shown, read_as, figures, strict=True):
        styles = ["default"] * 4 + ["red" if file.rejected else "dim"]
        table.add_row(
            Text(_clipped(values.name(file.path), room)),
            form,
            *(Text(figure, style=style) for figure, style in zip(row, styles, strict=True)),
            *([_span(file.first, file.last, report.zone)] if wide else []),
        )
    conventions = [
        Text.assemble((f"{name}: ", "bold"), text) for name, text in report.conventions.items()
    ]
    hidden = len(report.files) - len(shown)
    return Group(table, *_more(hidden, "--all shows all"), "", *conventions)


def _span(first: Any, last: Any, zone: str) -> str:
    if first is None:
        return values.ABSENT
    return f"{values.moment(first, zone)} to {values.moment(last, zone)[5:]}"


def _listed(title: str, lines: Sequence[str], top: int | None) -> RenderableType:
    shown = lines if top is None else lines[:top]
    hidden = len(lines) - len(shown)
    return Group(
        Text(f"{title} ({len(lines):,})", style="bold"),
        *(Text(f"  {line}", overflow="fold") for line in shown),
        *_more(hidden, "--all shows all"),
    )
