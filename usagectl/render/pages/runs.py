"""`usagectl runs`: a row a run, the newest first. Its name, an operand, is never cut."""

from collections.abc import Iterator
from typing import Any

from usagectl.render.columns import figures, names, words
from usagectl.render.document import PARTIAL, Document, Legend, Section, Span, Table, more
from usagectl.render.records import Records
from usagectl.render.words import values
from usagectl.reports.runs import ListedRun, RunsReport

_SCHEMA = "usagectl.runs/1"
_MODELS = 2


def page(report: RunsReport) -> Document:
    """The runs to show; the cost stands there where one is known of any."""
    runs = report.runs[: report.top]
    partial = [run.known_calls < run.calls for run in runs]
    costs = figures("cost", values.usd, [run.cost_usd for run in runs], 2)
    columns = [
        words("Run", [run.run for run in runs]),
        words("last call", [values.moment(run.last, report.zone)[:16] for run in runs], 4),
        names("model", [_models(run) for run in runs], 6),
        figures("calls", values.count, [run.calls for run in runs], 0),
        figures("failed", values.count, [run.failed for run in runs], 1),
        figures("tokens", values.count, [run.total_tokens for run in runs], 3, partial=partial),
        figures("time", values.seconds, [run.duration_seconds for run in runs], 5),
        *([costs] if any(run.cost_usd is not None for run in runs) else []),
    ]
    hidden = more(len(report.runs) - len(runs), "runs, --top 0 shows all")
    legend = Legend({PARTIAL: "not known of all calls of the run"})
    return Document(
        Span(f"Runs below {values.name(report.root)}"),
        [Section([Table(columns), *hidden]), Section([legend])],
        report.notices,
    )


def _models(run: ListedRun) -> str:
    more = len(run.models) - _MODELS
    shown = ", ".join(values.name(model) for model in run.models[:_MODELS])
    return f"{shown} +{more}" if more > 0 else shown or values.ABSENT


def records(report: RunsReport) -> Records:
    """All runs; in a table several models are joined by spaces."""
    whole = {
        "schema": _SCHEMA,
        "time_zone": report.zone,
        "root": report.root,
        "runs": _rows(report),
        "notices": [notice._asdict() for notice in report.notices],
    }
    lines = ({**row, "models": " ".join(row["models"])} for row in _rows(report))
    return Records(whole, _rows(report), ListedRun._fields, lines)


def _rows(report: RunsReport) -> Iterator[dict[str, Any]]:
    return (run._asdict() for run in report.runs)
