"""The page of `usagectl baseline show` for a terminal."""

from typing import Any

from rich.text import Text

from usagectl.baseline_report import BaselineReport
from usagectl.render import table, values
from usagectl.render.lines import Lines
from usagectl.render.table import Cell, Heading

_FIGURES = 56
_MIN_NAME = 16
_MICRO, _NANO = 1_000_000, 1_000_000_000


def page(report: BaselineReport, width: int) -> Lines:
    """What it is of, then a row for each group; all runs are added up."""
    names = ["  ".join(values.name(row[key]) for key in report.keys) for row in report.groups]
    room = max(width - _FIGURES, _MIN_NAME)
    headings = [
        Heading(", ".join(report.keys), right=False),
        *map(Heading, ("calls", "failed", "input", "output", "time", "cost")),
    ]
    rows = [
        [Cell(table.clipped(name, room)), *_cells(row)]
        for name, row in zip(names, report.groups, strict=True)
    ]
    head = Text.assemble(
        (values.name(report.name), "bold cyan"),
        f"  {values.span(report.first, report.last, 'UTC')} UTC",
    )
    of = f"{len(report.runs)} run{'' if len(report.runs) == 1 else 's'}"
    models = ", ".join(values.name(model) for model in report.models)
    total = [Cell("all calls", "bold"), *_cells(report.total)]
    return [
        head,
        Text(f"{of} of {models or 'no model'}"),
        Text(),
        *table.lines(headings, [*rows, total]),
    ]


def _cells(row: dict[str, Any]) -> list[Cell]:
    texts = [
        values.count(row["calls"]),
        values.count(row["failed"]),
        _marked(values.count(row["input_tokens"]), row["input_calls"], row["calls"]),
        _marked(values.count(row["output_tokens"]), row["output_calls"], row["calls"]),
        _marked(
            values.seconds(_over(row["duration_us"], _MICRO)), row["duration_calls"], row["calls"]
        ),
        _marked(values.usd(_over(row["cost_nanousd"], _NANO)), row["cost_calls"], row["calls"]),
    ]
    return [Cell(text) for text in texts]


def _marked(text: str, known: int, calls: int) -> str:
    return f"{text}*" if text != values.ABSENT and known < calls else f"{text} "


def _over(value: int | None, unit: int) -> float | None:
    return None if value is None else value / unit
