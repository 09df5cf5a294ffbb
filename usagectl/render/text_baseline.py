"""The pages of `usagectl baseline show` and `list` for a terminal."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from usagectl.render.columns import PARTIAL
from usagectl.render.legend import legend
from usagectl.render.terminal.lines import Lines
from usagectl.render.terminal.table import Cell, Column, figures, laid, names, words
from usagectl.render.words import values
from usagectl.reports.baseline import BaselineReport, Kept

_TOTAL = Cell("all calls", "bold")
_MICRO, _NANO = 1_000_000, 1_000_000_000


def page(report: BaselineReport, width: int) -> Lines:
    """What it is of, then a row for each group; all runs are added up."""
    rows = [*report.groups, report.total]
    keys = [
        names(
            key,
            [*(values.name(row[key]) for row in report.groups), "" if i else _TOTAL],
        )
        for i, key in enumerate(report.keys)
    ]
    table = laid([*keys, *_figures(rows)], width)
    head = Text.assemble(
        (values.name(report.name), "bold cyan"),
        f"  {values.span(report.first, report.last, 'UTC')} UTC",
    )
    of = f"{len(report.runs)} run{'' if len(report.runs) == 1 else 's'}"
    models = ", ".join(values.name(model) for model in report.models)
    return [
        head,
        Text(f"{of} of {models or 'no model'}"),
        Text(),
        *table.lines,
        *legend([table], "not known of all calls of the row"),
    ]


def kept(baselines: Sequence[Kept], width: int) -> Lines:
    """The baselines of a directory by their names, which are there to be copied."""
    days = [one.last.date().isoformat() if one.last else "no times" for one in baselines]
    table = laid(
        [
            words("Baseline", [values.name(one.name) for one in baselines]),
            figures("calls", [values.count(one.calls) for one in baselines], 0),
            names("of", [", ".join(map(values.name, one.runs)) for one in baselines], 2),
            words("last call", days, 1),
        ],
        width,
    )
    return [*table.lines, *legend([table], "")]


def _figures(rows: Sequence[dict[str, Any]]) -> list[Column]:
    costs = [values.usd(_over(row["cost_nanousd"], _NANO)) for row in rows]
    times = [values.seconds(_over(row["duration_us"], _MICRO)) for row in rows]
    tokens = {
        part: [values.count(row[f"{part}_tokens"]) for row in rows] for part in ("input", "output")
    }
    return [
        figures("calls", [values.count(row["calls"]) for row in rows], 0),
        figures("failed", [values.count(row["failed"]) for row in rows], 1),
        figures("input", _marked(tokens["input"], rows, "input_calls"), 3),
        figures("output", _marked(tokens["output"], rows, "output_calls"), 4),
        figures("time", _marked(times, rows, "duration_calls"), 5),
        figures("cost", _marked(costs, rows, "cost_calls"), 2),
    ]


def _marked(texts: Sequence[str], rows: Sequence[dict[str, Any]], known: str) -> list[str]:
    """Figures with a mark where they do not rest on all calls, or a blank in its place."""
    return [
        f"{text}{PARTIAL if text != values.ABSENT and row[known] < row['calls'] else ' '}"
        for text, row in zip(texts, rows, strict=True)
    ]


def _over(value: int | None, unit: int) -> float | None:
    return None if value is None else value / unit
