"""The page of `usagectl errors` for a terminal."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.cells import cell_len
from rich.text import Text

from usagectl.failure_report import ErrorsReport
from usagectl.names import Key, Metric
from usagectl.render import table, values
from usagectl.render.columns import COLUMNS, PARTIAL, cells
from usagectl.render.lines import Lines, more
from usagectl.render.table import GAP, Cell, Heading
from usagectl.wording import plural

_MIN_NAME = 16
_WIDE = 120
_TIME, _COST = (
    next(column for column in COLUMNS if column.metric is metric)
    for metric in (Metric.DURATION_SECONDS, Metric.COST_USD)
)
_HIDDEN = "rows, --top 0 shows all"


def page(report: ErrorsReport, width: int) -> Lines:
    """Failures by category, an example of each, corrections, and what was asked for beside."""
    out = _headline(report)
    if not report.rows.is_empty():
        out += [Text(), *_categories(report, width)]
        out += _examples(report, width)
        out += [Text(), *_actions(report, width)]
    if not report.corrections.is_empty():
        out += [Text(), *_corrections(report)]
    if report.messages is not None and not report.messages.is_empty():
        out += [Text(), *_messages(report.messages, report.top, width)]
    if report.failures is not None and not report.failures.is_empty():
        out += [Text(), *_list(report.failures, width)]
    return out


def _headline(report: ErrorsReport) -> Lines:
    calls, failed = report.totals[Metric.CALLS], report.totals[Metric.FAILED]
    line = Text()
    line.append(f"{failed:,} of {calls:,} call{plural(calls)} failed", "bold")
    line.append(f" ({values.percent(report.totals[Metric.FAILURE_RATE])})")
    out = [line]
    rescued = [
        f"{count:,} succeeded {how}"
        for how, count in (
            ("after a retry", report.rescued["succeeded_after_retry"]),
            ("via a backup", report.rescued["succeeded_via_backup"]),
        )
        if count is not None
    ]
    if rescued:
        out.append(Text(", ".join(rescued)))
    said = report.evidence
    if failed:
        out.append(
            Text(
                f"evidence: {said['record']:,} in the record, {said['error_id']:,} by error_id,"
                f" {said['task and time']:,} by task and time, {said['nowhere']:,} nowhere",
                style="dim",
            )
        )
    return out


def _categories(report: ErrorsReport, width: int) -> Lines:
    rows = report.rows.to_dicts()
    shown = rows if report.top is None else rows[: report.top]
    costs = cells(_COST, shown)
    figures = [
        ("calls", [values.count(row[Metric.CALLS]) for row in shown]),
        ("share", [values.percent(row["share"]) for row in shown]),
        ("time lost", cells(_TIME, shown)),
        ("tokens lost", _tokens(shown)),
        *([("cost lost", costs)] if any(cost.strip() != values.ABSENT for cost in costs) else []),
    ]
    names = [(_title(key), [_named(row[key]) for row in shown]) for key in report.keys]
    most = [
        (f"most by {key}", [_most(row, key) for row in shown])
        for key in (Key.MODEL, Key.TASK)
        if key not in report.keys and any(row[f"most_{key}"] for row in shown)
    ]
    used = sum(max(len(title), *map(len, texts)) + GAP for title, texts in figures)
    columns = dict([*names, *most])
    while len(columns) > len(names) and sum(map(_wanted, columns.items())) > width + GAP - used:
        columns.popitem()
    limits = _limits(columns, width + GAP - used)
    headings = [
        *(Heading(title, right=False) for title, _ in names),
        *(Heading(title) for title, _ in figures),
        *(Heading(title, right=False) for title in [*columns][len(names) :]),
    ]
    named = {
        title: [Cell(table.clipped(text, limits[title])) for text in texts]
        for title, texts in columns.items()
    }
    texts = [*named.values()]
    body = [
        [
            *(column[i]._replace(style="red") for column in texts[: len(names)]),
            *(Cell(column[i]) for _, column in figures),
            *(column[i] for column in texts[len(names) :]),
        ]
        for i in range(len(shown))
    ]
    lines = table.lines(headings, body) + more(len(rows) - len(shown), _HIDDEN)
    if any(PARTIAL in text for _, texts in figures for text in texts):
        lines.append(Text(f"{PARTIAL} not known of all calls of the row", style="dim"))
    return lines


def _tokens(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    texts = [values.count(row[Metric.TOTAL_TOKENS]) for row in rows]
    marks = [
        row[Metric.TOTAL_TOKENS] is not None and row[Metric.CALLS_WITHOUT_USAGE] > 0 for row in rows
    ]
    if not any(marks):
        return texts
    return [text + (PARTIAL if mark else " ") for text, mark in zip(texts, marks, strict=True)]


def _wanted(column: tuple[str, Sequence[str]]) -> int:
    title, texts = column
    return max(cell_len(title), *map(cell_len, texts)) + GAP


def _limits(columns: Mapping[str, Sequence[str]], room: int) -> dict[str, int]:
    """The width of each column of names, the widest cut first where there is no room."""
    widths = {title: _wanted((title, texts)) - GAP for title, texts in columns.items()}
    while sum(widths.values()) + GAP * len(widths) > room and max(widths.values()) > _MIN_NAME:
        widest = max(widths, key=lambda title: widths[title])
        widths[widest] -= 1
    return widths


def _title(key: Key) -> str:
    return "Failures" if key is Key.FAILURE else key.value


def _named(value: Any) -> str:
    return values.name(value)


def _most(row: dict[str, Any], key: Key) -> str:
    name = row[f"most_{key}"]
    return values.ABSENT if name is None else f"{values.name(name)} ({row[f'most_{key}_calls']:,})"


def _examples(report: ErrorsReport, width: int) -> Lines:
    seen: dict[str, str] = {}
    for row in report.rows.iter_rows(named=True):
        if row["example"]:
            seen.setdefault(row[Key.FAILURE], row["example"])
    if not seen:
        return []
    out: Lines = [Text(), Text("For example", style="bold")]
    name = max(map(len, seen))
    for category, example in seen.items():
        room = max(width - name - 2 * GAP, _MIN_NAME)
        shown = table.clipped(values.name(example), room)
        out.append(Text.assemble("  ", (f"{category:<{name}}", "red"), f"  {shown}"))
    return out


def _actions(report: ErrorsReport, width: int) -> Lines:
    """What to do about each category, whole: a long sentence goes on below itself."""
    names = dict.fromkeys(report.rows.get_column(Key.FAILURE).to_list())
    wanted = {name: report.actions[name] for name in names if name in report.actions}
    out: Lines = [Text("What to do", style="bold")]
    column = max(map(len, wanted), default=0)
    for name, action in wanted.items():
        parts = textwrap.wrap(action, max(width - column - 2 * GAP, 2 * _MIN_NAME))
        out.append(Text.assemble("  ", (f"{name:<{column}}", "red"), f"  {parts[0]}"))
        out += [Text(" " * (column + 2 * GAP) + part) for part in parts[1:]]
    return out


def _corrections(report: ErrorsReport) -> Lines:
    rows = report.corrections.to_dicts()
    headings = [
        Heading("Label corrected", right=False),
        Heading("to", right=False),
        Heading("calls"),
        Heading("evidence, after", right=False),
    ]
    body = [
        [
            Cell(row["from"]),
            Cell(row["to"], "bold"),
            Cell(values.count(row["calls"])),
            Cell(_why(row)),
        ]
        for row in rows
    ]
    return table.lines(headings, body)


def _why(row: dict[str, Any]) -> str:
    where = "its own text" if row["found_by"] == "record" else row["found_by"]
    least, most = values.seconds(row["least_seconds"]), values.seconds(row["most_seconds"])
    if row["least_seconds"] is None:
        return str(where)
    return f"{where}, {least}" + ("" if least == most else f" to {most}")


def _messages(messages: pl.DataFrame, top: int | None, width: int) -> Lines:
    rows = messages.to_dicts()
    shown = rows if top is None else rows[:top]
    used = max(len(row["failure"]) for row in shown) + 5 + 3 * GAP
    texts = _told_apart([values.name(row["shape"]) for row in shown], max(width - used, _MIN_NAME))
    headings = [
        Heading("calls"),
        Heading("failure", right=False),
        Heading("message, ids and numbers as #", right=False),
    ]
    body = [
        [
            Cell(values.count(row["calls"])),
            Cell(row["failure"], "red"),
            Cell(text),
        ]
        for row, text in zip(shown, texts, strict=True)
    ]
    return table.lines(headings, body) + more(len(rows) - len(shown), _HIDDEN)


def _told_apart(texts: Sequence[str], room: int) -> list[str]:
    """The texts cut to some room; where that makes several the same, from where they differ."""
    short = [table.clipped(text, room) for text in texts]
    alike: dict[str, list[str]] = {}
    for text, cut in zip(texts, short, strict=True):
        alike.setdefault(cut, []).append(text)
    return [
        table.clipped(_from_difference(text, alike[cut]), room) if len(alike[cut]) > 1 else cut
        for text, cut in zip(texts, short, strict=True)
    ]


def _from_difference(text: str, alike: Sequence[str]) -> str:
    columns = enumerate(zip(*alike, strict=False))
    common = next((at for at, letters in columns if len(set(letters)) > 1), 0)
    return f"… {text[text.rfind(' ', 0, common) + 1 :]}"


def _list(failures: pl.DataFrame, width: int) -> Lines:
    """One line a failure; on a narrow terminal the file loses its middle."""
    rows = failures.to_dicts()
    wide = width >= _WIDE
    places = [
        values.name(row["source"]) + (f":{row['line']}" if row["line"] else "") for row in rows
    ]
    names = max(len(row["failure"]) for row in rows)
    ids = max(len(row["error_id"] or values.ABSENT) for row in rows)
    room = max(width - names - ids - 19 - 3 * GAP - (30 if wide else 0), _MIN_NAME)
    headings = [
        Heading("Failure", right=False),
        Heading("ended (UTC)", right=False),
        Heading("error_id", right=False),
        Heading("where", right=False),
        *([Heading("label", right=False)] if wide else []),
    ]
    body = [
        [
            Cell(row["failure"], "red"),
            Cell((row["ended_at"] or values.ABSENT)[:19].replace("T", " ")),
            Cell(values.name(row["error_id"])),
            Cell(table.clipped(place, room)),
            *([Cell(table.clipped(values.name(row["outcome"]), 26))] if wide else []),
        ]
        for row, place in zip(rows, places, strict=True)
    ]
    return table.lines(headings, body)
