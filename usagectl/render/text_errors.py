"""The page of `usagectl errors` for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from rich.text import Text

from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render.columns import COLUMNS, PARTIAL, cells
from usagectl.render.legend import legend
from usagectl.render.terminal.clipping import clipped
from usagectl.render.terminal.lines import Lines, more
from usagectl.render.terminal.table import GAP, Cell, Laid, figures, laid, names, words
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import values
from usagectl.reports.errors import ErrorsReport

_MIN_NAME = 16
_TIME, _COST = (
    next(column for column in COLUMNS if column.metric is metric)
    for metric in (Metric.DURATION_SECONDS, Metric.COST_USD)
)
_PLACE = 48
# What stands beside a message in its table: a count, a category and the gaps.
_BESIDE = 36
_HIDDEN = "rows, --top 0 shows all"


def page(report: ErrorsReport, width: int) -> Lines:
    """Failures by category, an example of each, corrections, and what was asked for beside."""
    out = _headline(report)
    tables: list[tuple[Laid, Lines]] = []
    if not report.rows.is_empty():
        tables.append(_categories(report, width))
        tables[0][1].extend([*_examples(report, width), Text(), *_actions(report, width)])
    if not report.corrections.is_empty():
        tables.append(_corrections(report, width))
    if report.messages is not None and not report.messages.is_empty():
        tables.append(_messages(report.messages, report.top, width))
    if report.failures is not None and not report.failures.is_empty():
        tables.append(_list(report.failures, width))
    for table, below in tables:
        out += [Text(), *table.lines, *below]
    return out + legend([table for table, _ in tables], "not known of all calls of the row")


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


def _categories(report: ErrorsReport, width: int) -> tuple[Laid, Lines]:
    rows = report.rows.to_dicts()
    shown = rows if report.top is None else rows[: report.top]
    costs = cells(_COST, shown)
    priced = any(cost.strip() != values.ABSENT for cost in costs)
    table = laid(
        [
            *(
                names(_title(key), [Cell(values.name(row[key]), "red") for row in shown])
                for key in report.keys
            ),
            figures("calls", [values.count(row[Metric.CALLS]) for row in shown], 0),
            figures("share", [values.percent(row["share"]) for row in shown], 3),
            figures("time lost", cells(_TIME, shown), 5),
            figures("tokens lost", _tokens(shown), 4),
            *([figures("cost lost", costs, 2)] if priced else []),
            *(
                names(f"most by {key}", [_most(row, key) for row in shown], rank)
                for key, rank in ((Key.MODEL, 6), (Key.TASK, 7))
                if key not in report.keys and any(row[f"most_{key}"] for row in shown)
            ),
        ],
        width,
    )
    return table, more(len(rows) - len(shown), _HIDDEN)


def _tokens(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    texts = [values.count(row[Metric.TOTAL_TOKENS]) for row in rows]
    marks = [
        row[Metric.TOTAL_TOKENS] is not None and row[Metric.CALLS_WITHOUT_USAGE] > 0 for row in rows
    ]
    if not any(marks):
        return texts
    return [text + (PARTIAL if mark else " ") for text, mark in zip(texts, marks, strict=True)]


def _title(key: Key) -> str:
    return "Failures" if key is Key.FAILURE else key.value


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
        shown = clipped(values.name(example), room)
        out.append(Text.assemble("  ", (f"{category:<{name}}", "red"), f"  {shown}"))
    return out


def _actions(report: ErrorsReport, width: int) -> Lines:
    """What to do about each category, whole: below its name where there is no room beside it."""
    names = dict.fromkeys(report.rows.get_column(Key.FAILURE).to_list())
    wanted = {name: report.actions[name] for name in names if name in report.actions}
    out: Lines = [Text("What to do", style="bold")]
    column = max(map(len, wanted), default=0)
    room = width - column - 2 * GAP
    beside = room >= 2 * _MIN_NAME
    for name, action in wanted.items():
        parts = wrapped(action, room if beside else width - 2 * GAP)
        indent = column + 2 * GAP if beside else 2 * GAP
        first = f"  {name:<{column}}  {parts.pop(0)}" if beside else f"  {name}"
        out.append(Text(first))
        out[-1].stylize("red", 2, 2 + len(name))
        out += [Text(" " * indent + part) for part in parts]
    return out


def _corrections(report: ErrorsReport, width: int) -> tuple[Laid, Lines]:
    rows = report.corrections.to_dicts()
    columns = [
        names("Label corrected", [values.name(row["from"]) for row in rows]),
        words("to", [Cell(values.name(row["to"]), "bold") for row in rows], 0),
        figures("calls", [values.count(row["calls"]) for row in rows], 1),
        words("evidence, after", [_why(row) for row in rows], 3, called="evidence"),
    ]
    return laid(columns, width), []


def _why(row: dict[str, Any]) -> str:
    where = "its own text" if row["found_by"] == "record" else row["found_by"]
    least, most = values.seconds(row["least_seconds"]), values.seconds(row["most_seconds"])
    if row["least_seconds"] is None:
        return str(where)
    return f"{where}, {least}" + ("" if least == most else f" to {most}")


def _messages(messages: pl.DataFrame, top: int | None, width: int) -> tuple[Laid, Lines]:
    rows = messages.to_dicts()
    shown = rows if top is None else rows[:top]
    room = max(width - _BESIDE, _MIN_NAME)
    columns = [
        figures("calls", [values.count(row["calls"]) for row in shown]),
        words("failure", [Cell(values.name(row["failure"]), "red") for row in shown]),
        names("message, ids and numbers as #", _told_apart(shown, room)),
    ]
    return laid(columns, width), more(len(rows) - len(shown), _HIDDEN)


def _told_apart(rows: Sequence[dict[str, Any]], room: int) -> list[str]:
    """The shapes; those that would be the same when cut to some room, from where they differ."""
    texts = [values.name(row["shape"]) for row in rows]
    short = [clipped(text, room) for text in texts]
    alike: dict[str, list[str]] = {}
    for text, cut in zip(texts, short, strict=True):
        alike.setdefault(cut, []).append(text)
    return [
        _from_difference(text, alike[cut]) if len(alike[cut]) > 1 else text
        for text, cut in zip(texts, short, strict=True)
    ]


def _from_difference(text: str, alike: Sequence[str]) -> str:
    columns = enumerate(zip(*alike, strict=False))
    common = next((at for at, letters in columns if len(set(letters)) > 1), 0)
    return f"… {text[text.rfind(' ', 0, common) + 1 :]}"


def _list(failures: pl.DataFrame, width: int) -> tuple[Laid, Lines]:
    """One line a failure; the id is there to be looked for and is never cut."""
    rows = failures.to_dicts()
    places = [
        values.name(row["source"]) + (f":{row['line']}" if row["line"] else "") for row in rows
    ]
    ended = [(row["ended_at"] or values.ABSENT)[:19].replace("T", " ") for row in rows]
    columns = [
        names("Failure", [Cell(values.name(row["failure"]), "red") for row in rows]),
        words("ended (UTC)", ended, 3, called="ended"),
        words("error_id", [values.name(row["error_id"]) for row in rows], 1),
        names("where", places, 2, enough=_PLACE),
        names("label", [values.name(row["outcome"]) for row in rows], 4),
    ]
    return laid(columns, width), []
