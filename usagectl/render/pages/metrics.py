"""Metrics as columns: the most telling ones, and none that says nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.model.names import Metric, cost_column
from usagectl.render.columns import figures
from usagectl.render.document import Column, Tone
from usagectl.render.words import values


class Figure(NamedTuple):
    """A metric as a column of figures.

    `rests_on` is the metric that says how many calls it rests on; `rank` is the place at which it
    is dropped when the terminal is narrow, the highest first.
    """

    metric: str
    title: str
    shown: Callable[[Any], str]
    rank: int
    rests_on: Metric | None = None


COLUMNS = (
    Figure(Metric.CALLS, "calls", values.count, 0),
    Figure(Metric.FAILED, "failed", values.count, 1),
    Figure(Metric.FAILURE_RATE, "fail %", values.percent, 13),
    Figure(Metric.INPUT_TOKENS, "input", values.count, 4, Metric.INPUT_CALLS),
    Figure(Metric.CACHE_READ_TOKENS, "cache read", values.count, 9, Metric.CACHE_READ_CALLS),
    Figure(Metric.CACHE_WRITE_TOKENS, "cache write", values.count, 14, Metric.CACHE_WRITE_CALLS),
    Figure(Metric.OUTPUT_TOKENS, "output", values.count, 5, Metric.OUTPUT_CALLS),
    Figure(Metric.REASONING_TOKENS, "reasoning", values.count, 12, Metric.REASONING_CALLS),
    Figure(Metric.TOKEN_SHARE, "tok %", values.percent, 8),
    Figure(Metric.TOKENS_PER_SECOND, "tok/s", values.rate, 6, Metric.TOKENS_PER_SECOND_CALLS),
    Figure(Metric.DURATION_P50_SECONDS, "p50", values.seconds, 10, Metric.DURATION_CALLS),
    Figure(Metric.DURATION_P95_SECONDS, "p95", values.seconds, 11, Metric.DURATION_CALLS),
    Figure(Metric.DURATION_SECONDS, "time", values.seconds, 7, Metric.DURATION_CALLS),
    Figure(Metric.FAILED_TOKENS, "tokens lost", values.count, 15),
    Figure(Metric.FAILED_SECONDS, "time lost", values.seconds, 16),
    Figure(Metric.COST_USD, "cost", values.usd, 2, Metric.COST_CALLS),
    Figure(Metric.WHAT_IF_COST_USD, "what if", values.usd, 3, Metric.WHAT_IF_COST_CALLS),
    Figure(Metric.FAILED_COST_USD, "cost lost", values.usd, 17),
)


def columns(rows: Sequence[Mapping[str, Any]], currencies: Sequence[str] = ()) -> list[Column]:
    """Columns in which at least one row has something to say.

    Args:
        rows: The rows of a table.
        currencies: Currencies besides USD, which have columns of their own.
    """
    always = (Metric.CALLS, Metric.INPUT_TOKENS, Metric.OUTPUT_TOKENS)
    others = [
        Figure(cost_column(currency), f"cost {currency}", values.amount, 2)
        for currency in currencies
    ]
    return [
        column(figure, rows)
        for figure in (*COLUMNS, *others)
        if figure.metric in always or any(row[figure.metric] for row in rows)
    ]


def column(figure: Figure, rows: Sequence[Mapping[str, Any]]) -> Column:
    """A metric of some rows, marked where it does not rest on all calls of one."""
    return figures(
        figure.title,
        figure.shown,
        [row[figure.metric] for row in rows],
        figure.rank,
        tones=[_tone(figure.metric, row[figure.metric]) for row in rows],
        partial=[
            figure.rests_on is not None
            and row[figure.metric] is not None
            and row[figure.rests_on] < row[Metric.CALLS]
            for row in rows
        ],
    )


def _tone(metric: str, value: Any) -> Tone:
    if metric in (Metric.FAILED, Metric.FAILURE_RATE):
        return Tone.BAD if value else Tone.QUIET
    return Tone.QUIET if value is None else Tone.PLAIN
