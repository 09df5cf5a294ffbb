"""The runs below a root, newest first, each with what it consumed."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl.aggregation import metrics
from usagectl.dataset.usage import Usage
from usagectl.inputs.operands import runs_below
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Key, Metric
from usagectl.model.notices import Notice
from usagectl.model.schema import first_start, refusing_large_sums


class ListedRun(NamedTuple):
    """A run: its name below the root, from when to when its calls went, its models, its figures.

    A figure of which nothing is known is None. `known_calls` is how many calls have known tokens.
    """

    run: str
    first: datetime | None
    last: datetime | None
    models: tuple[str, ...]
    calls: int
    failed: int
    known_calls: int
    total_tokens: int | None
    duration_seconds: float | None
    cost_usd: float | None


class RunsReport(NamedTuple):
    """What `usagectl runs` says; `top` is how many runs to show as text, None for all."""

    root: str
    runs: tuple[ListedRun, ...]
    notices: tuple[Notice, ...]
    zone: str
    top: int | None


@refusing_large_sums()
def runs_report(root: str, load: Callable[[list[str]], Usage], *, top: int | None) -> RunsReport:
    """List the runs below a directory.

    Args:
        root: The directory.
        load: Loads the runs of some paths.
        top: How many to show as text; None for all.

    Raises:
        WrongUsageError: The directory cannot be read.
        NoAnswerError: No run below it holds calls.
    """
    names = runs_below(root)
    if not names:
        raise NoAnswerError(f"there are no runs below {root!r}: no directory in it holds files")
    usage = load([os.path.join(root, name) for name in names])
    calls = metrics.prepared(usage.calls, [Key.RUN, Key.MODEL], usage.zone, "ended_at")
    figures, facts = pl.collect_all(
        [
            metrics.grouped(calls, [Key.RUN]),
            calls.group_by("key_run").agg(
                first=first_start(),
                last=pl.col("ended_at").max(),
                models=pl.col("key_model").drop_nulls().unique().sort(),
            ),
        ]
    )
    shown = dict(zip(usage.runs, names, strict=True))
    rows = figures.join(facts, left_on="run", right_on="key_run").iter_rows(named=True)
    runs = sorted((_listed(row, shown[row["run"]]) for row in rows), key=_age, reverse=True)
    if not runs:
        raise NoAnswerError(f"no run below {root!r} holds calls")
    return RunsReport(root, tuple(runs), usage.notices, usage.zone, top)


def _listed(row: dict[str, Any], name: str) -> ListedRun:
    return ListedRun(
        name,
        row["first"],
        row["last"],
        tuple(row["models"]),
        row[Metric.CALLS],
        row[Metric.FAILED],
        row[Metric.CALLS] - row[Metric.CALLS_WITHOUT_USAGE],
        row[Metric.TOTAL_TOKENS],
        row[Metric.DURATION_SECONDS],
        row[Metric.COST_USD],
    )


def _age(run: ListedRun) -> tuple[float, str]:
    # In the order of `latest`: what has no times is taken for older than what has.
    return (run.last.timestamp() if run.last else float("-inf"), run.run)
