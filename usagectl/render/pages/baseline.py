"""`usagectl baseline show` and `list`: what a baseline holds, and which there are."""

from collections.abc import Callable, Sequence
from typing import Any

from usagectl.model.wording import plural
from usagectl.render.columns import figures, names, words
from usagectl.render.document import (
    PARTIAL,
    Column,
    Document,
    Legend,
    Line,
    Section,
    Span,
    Table,
    Tone,
    line,
)
from usagectl.render.words import values
from usagectl.reports.baseline import BaselineReport, Kept

_TOTAL = Span("all calls", Tone.STRONG)
_MICRO, _NANO = 1_000_000, 1_000_000_000


def page(report: BaselineReport) -> Document:
    """What it is of, then a row for each group; all runs are added up."""
    keys = [
        names(key, [*(row[key] for row in report.groups), "" if i else _TOTAL])
        for i, key in enumerate(report.keys)
    ]
    table = Table([*keys, *_figures([*report.groups, report.total])])
    name = values.name(report.name)
    span = f"  {values.span(report.first, report.last, 'UTC')} UTC"
    of = f"{len(report.runs)} run{plural(len(report.runs))}"
    models = ", ".join(values.name(model) for model in report.models)
    return Document(
        Span(f"Baseline {name}"),
        [
            Section(
                [Line([Span(name, Tone.NAME), Span(span)]), line(f"{of} of {models or 'no model'}")]
            ),
            Section([table]),
            Section([Legend({PARTIAL: "not known of all calls of the row"})]),
        ],
    )


def kept(baselines: Sequence[Kept]) -> Document:
    """The baselines of a directory by their names, which are there to be copied."""
    days = [one.last.date().isoformat() if one.last else "no times" for one in baselines]
    columns = [
        words("Baseline", [one.name for one in baselines]),
        figures("calls", values.count, [one.calls for one in baselines], 0),
        names("of", [", ".join(map(values.name, one.runs)) for one in baselines], 2),
        words("last call", days, 1),
    ]
    return Document(Span("Baselines"), [Section([Table(columns)]), Section([Legend({})])])


def _figures(rows: Sequence[dict[str, Any]]) -> list[Column]:
    def column(
        title: str, form: Callable[[Any], str], name: str, rank: int, known: str, unit: int = 1
    ) -> Column:
        numbers = [_over(row[name], unit) for row in rows]
        partial = [row[known] < row["calls"] for row in rows]
        return figures(title, form, numbers, rank, partial=partial)

    return [
        column("calls", values.count, "calls", 0, "calls"),
        column("failed", values.count, "failed", 1, "calls"),
        column("input", values.count, "input_tokens", 3, "input_calls"),
        column("output", values.count, "output_tokens", 4, "output_calls"),
        column("time", values.seconds, "duration_us", 5, "duration_calls", _MICRO),
        column("cost", values.usd, "cost_nanousd", 2, "cost_calls", _NANO),
    ]


def _over(value: int | None, unit: int) -> float | None:
    return value if value is None or unit == 1 else value / unit
