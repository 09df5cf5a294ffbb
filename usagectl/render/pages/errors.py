"""`usagectl errors`: failures by category, what to do, corrections, and what was asked beside."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render.columns import figures, names, toned, words
from usagectl.render.document import (
    PARTIAL,
    Block,
    Cut,
    Document,
    Legend,
    Line,
    Section,
    Span,
    Table,
    Terms,
    Tone,
    line,
    more,
)
from usagectl.render.pages import metrics
from usagectl.render.records import Records
from usagectl.render.words import values
from usagectl.reports.errors import ErrorsReport

_SCHEMA = "usagectl.errors/1"
_PLACE = 48
_HIDDEN = "rows, --top 0 shows all"
_METRICS = (
    Metric.CALLS,
    Metric.DURATION_SECONDS,
    Metric.DURATION_CALLS,
    Metric.TOTAL_TOKENS,
    Metric.CALLS_WITHOUT_USAGE,
    Metric.COST_USD,
    Metric.COST_CALLS,
)


def page(report: ErrorsReport) -> Document:
    """Failures by category, an example of each, corrections, and what was asked for beside."""
    calls, failed = report.totals[Metric.CALLS], report.totals[Metric.FAILED]
    title = f"{failed:,} of {calls:,} call{plural(calls)} failed"
    return Document(
        Span(f"Failed calls of {', '.join(map(values.name, report.runs))}"),
        [
            Section(_headline(report, title)),
            *_sections(report),
            Section([Legend({PARTIAL: "not known of all calls of the row"})]),
        ],
        report.notices,
    )


def _headline(report: ErrorsReport, title: str) -> list[Block]:
    rate = f" ({values.percent(report.totals[Metric.FAILURE_RATE])})"
    rescued = [
        f"{count:,} succeeded {how}"
        for how, count in (
            ("after a retry", report.rescued["succeeded_after_retry"]),
            ("via a backup", report.rescued["succeeded_via_backup"]),
        )
        if count is not None
    ]
    said = report.evidence
    evidence = (
        f"evidence: {said['record']:,} in the record, {said['error_id']:,} by error_id,"
        f" {said['task and time']:,} by task and time, {said['nowhere']:,} nowhere"
    )
    return [
        Line([Span(title, Tone.STRONG), Span(rate)]),
        *([line(", ".join(rescued))] if rescued else []),
        *([line(evidence, Tone.QUIET)] if report.totals[Metric.FAILED] else []),
    ]


def _sections(report: ErrorsReport) -> Iterator[Section]:
    if not report.rows.is_empty():
        yield Section(_categories(report))
        for title, said, cut in (
            ("For example", _examples(report), True),
            ("What to do", _actions(report), False),
        ):
            if said:
                rows = [(Span(name, Tone.BAD), Span(text)) for name, text in said.items()]
                yield Section([Terms(rows, cut=cut)], title)
    if not report.corrections.is_empty():
        yield Section([_corrections(report.corrections)])
    if report.messages is not None and not report.messages.is_empty():
        yield Section(_messages(report.messages, report.top))
    if report.failures is not None and not report.failures.is_empty():
        yield Section([_list(report.failures)])


def _categories(report: ErrorsReport) -> list[Block]:
    rows = report.rows.to_dicts()
    shown = rows[: report.top]
    partial = [row[Metric.CALLS_WITHOUT_USAGE] > 0 for row in shown]
    tokens = [row[Metric.TOTAL_TOKENS] for row in shown]
    costs = metrics.column(_COST, shown)
    columns = [
        *(names(key, toned((row[key] for row in shown), Tone.BAD)) for key in report.keys),
        figures("calls", values.count, [row[Metric.CALLS] for row in shown], 0),
        figures("share", values.percent, [row["share"] for row in shown], 3),
        metrics.column(_TIME, shown),
        figures("tokens lost", values.count, tokens, 4, partial=partial),
        *([costs] if any(cell.value is not None for cell in costs.cells) else []),
        *(
            names(f"most by {key}", [_most(row, key) for row in shown], rank)
            for key, rank in ((Key.MODEL, 6), (Key.TASK, 7))
            if key not in report.keys and any(row[f"most_{key}"] for row in shown)
        ),
    ]
    head = "Failures" if report.keys[0] is Key.FAILURE else report.keys[0].value
    return [Table(columns, "Failures", head), *more(len(rows) - len(shown), _HIDDEN)]


def _lost(metric: Metric, title: str, rank: int) -> metrics.Figure:
    found = next(figure for figure in metrics.COLUMNS if figure.metric is metric)
    return found._replace(title=title, rank=rank)


_TIME = _lost(Metric.DURATION_SECONDS, "time lost", 5)
_COST = _lost(Metric.COST_USD, "cost lost", 2)


def _most(row: dict[str, Any], key: Key) -> str:
    name = row[f"most_{key}"]
    return values.ABSENT if name is None else f"{values.name(name)} ({row[f'most_{key}_calls']:,})"


def _examples(report: ErrorsReport) -> dict[str, str]:
    seen: dict[str, str] = {}
    for row in report.rows.iter_rows(named=True):
        if row["example"]:
            seen.setdefault(row[Key.FAILURE], values.name(row["example"]))
    return seen


def _actions(report: ErrorsReport) -> dict[str, str]:
    found = dict.fromkeys(report.rows.get_column(Key.FAILURE).to_list())
    return {name: report.actions[name] for name in found if name in report.actions}


def _corrections(corrections: pl.DataFrame) -> Table:
    rows = corrections.to_dicts()
    columns = [
        names("label", [row["from"] for row in rows]),
        words("to", toned((row["to"] for row in rows), Tone.STRONG), 0),
        figures("calls", values.count, [row["calls"] for row in rows], 1),
        words("evidence, after", [_why(row) for row in rows], 3, called="evidence"),
    ]
    return Table(columns, "Labels corrected", "Label corrected")


def _why(row: dict[str, Any]) -> str:
    where = "its own text" if row["found_by"] == "record" else row["found_by"]
    least, most = values.seconds(row["least_seconds"]), values.seconds(row["most_seconds"])
    if row["least_seconds"] is None:
        return str(where)
    return f"{where}, {least}" + ("" if least == most else f" to {most}")


def _messages(messages: pl.DataFrame, top: int | None) -> list[Block]:
    rows = messages.to_dicts()
    shown = rows[:top]
    shapes = [values.name(row["shape"]) for row in shown]
    columns = [
        figures("calls", values.count, [row["calls"] for row in shown]),
        words("failure", toned((row["failure"] for row in shown), Tone.BAD)),
        words("message, ids and numbers as #", shapes)._replace(cut=Cut.ALIKE),
    ]
    return [Table(columns), *more(len(rows) - len(shown), _HIDDEN)]


def _list(failures: pl.DataFrame) -> Table:
    """One line a failure; the id is there to be looked for and is never cut."""
    rows = failures.to_dicts()
    places = [
        values.name(row["source"]) + (f":{row['line']}" if row["line"] else "") for row in rows
    ]
    ended = [(row["ended_at"] or values.ABSENT)[:19].replace("T", " ") for row in rows]
    columns = [
        names("Failure", toned((row["failure"] for row in rows), Tone.BAD)),
        words("ended (UTC)", ended, 3, called="ended"),
        words("error_id", [row["error_id"] for row in rows], 1),
        names("where", places, 2, _PLACE),
        names("label", [row["outcome"] for row in rows], 4),
    ]
    return Table(columns)


def records(report: ErrorsReport) -> Records:
    """Everything; rows are failures where each was asked for, else categories."""
    asked = {"messages": report.messages, "list": report.failures}
    most = [f"most_{key}{part}" for key in ("model", "task") for part in ("", "_calls")]
    categories = report.rows.select(*report.keys, "share", *_METRICS, *most, "example")
    whole = {
        "schema": _SCHEMA,
        "time_zone": report.zone,
        "runs": list(report.runs),
        "calls": report.totals[Metric.CALLS],
        "failed": report.totals[Metric.FAILED],
        "by": ",".join(report.keys),
        "failures": categories,
        "corrections": report.corrections,
        "evidence": report.evidence,
        "rescued": report.rescued,
        **{name: frame for name, frame in asked.items() if frame is not None},
        "notices": [notice._asdict() for notice in report.notices],
    }
    rows = categories if report.failures is None else report.failures
    return Records(whole, rows.iter_rows(named=True), rows.columns)
