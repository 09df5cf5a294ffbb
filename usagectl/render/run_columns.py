"""The columns of a list of runs, for every format that people read."""

from usagectl.render.terminal.table import Column, figures, names, words
from usagectl.render.words import values
from usagectl.reports.runs import ListedRun, RunsReport

_MODELS = 2


def run_columns(report: RunsReport) -> list[Column]:
    """The runs to show; the cost stands there where one is known of any."""
    runs = report.runs[: report.top]
    costs = [values.usd(run.cost_usd) for run in runs]
    known = any(run.cost_usd is not None for run in runs)
    return [
        words("Run", [values.name(run.run) for run in runs]),
        words("last call", [values.moment(run.last, report.zone)[:16] for run in runs], 4),
        names("model", [_models(run) for run in runs], rank=6),
        figures("calls", [values.count(run.calls) for run in runs], 0),
        figures("failed", [values.count(run.failed) for run in runs], 1),
        figures("tokens", _tokens(runs), 3),
        figures("time", [values.seconds(run.duration_seconds) for run in runs], 5),
        *([figures("cost", costs, 2)] if known else []),
    ]


def _models(run: ListedRun) -> str:
    more = len(run.models) - _MODELS
    shown = ", ".join(values.name(model) for model in run.models[:_MODELS])
    return f"{shown} +{more}" if more > 0 else shown or values.ABSENT


def _tokens(runs: tuple[ListedRun, ...]) -> list[str]:
    partial = [run.total_tokens is not None and run.known_calls < run.calls for run in runs]
    blank = " " if any(partial) else ""
    return [
        values.count(run.total_tokens) + ("*" if mark else blank)
        for run, mark in zip(runs, partial, strict=True)
    ]
