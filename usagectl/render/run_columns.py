"""The columns of a list of runs, for every format that people read."""

from typing import NamedTuple

from usagectl.listing import ListedRun, RunsReport
from usagectl.render import values

_MODELS = 2


class RunColumn(NamedTuple):
    """A column: its title, its cells, and whether they are figures, which stand to the right."""

    title: str
    cells: list[str]
    right: bool


def run_columns(report: RunsReport) -> list[RunColumn]:
    """The runs to show; the cost stands there where one is known of any."""
    runs = report.runs[: report.top]
    columns = [
        RunColumn("Run", [values.name(run.run) for run in runs], right=False),
        RunColumn("last call", [values.moment(run.last, report.zone)[:16] for run in runs], False),
        RunColumn("model", [_models(run) for run in runs], right=False),
        RunColumn("calls", [values.count(run.calls) for run in runs], right=True),
        RunColumn("failed", [values.count(run.failed) for run in runs], right=True),
        RunColumn("tokens", _tokens(runs), right=True),
        RunColumn("time", [values.seconds(run.duration_seconds) for run in runs], right=True),
    ]
    if any(run.cost_usd is not None for run in runs):
        costs = values.amounts([run.cost_usd for run in runs])
        columns.append(RunColumn("cost", costs, right=True))
    return columns


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
