"""Which columns a table shows: the most telling ones that fit, and none that says nothing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.names import Metric, cost_column
from usagectl.render import values


class Column(NamedTuple):
    """A metric as a column.

    `rests_on` is the metric that says how many calls it rests on; `rank` is the place at which it
    is dropped when the terminal is narrow, the highest first.
    """

    metric: str
    title: str
    shown: Callable[[Any], str]
    rank: int
    rests_on: Metric | None = None


COLUMNS = (
    Column(Metric.CALLS, "calls", values.count, 0),
    Column(Metric.FAILED, "failed", values.count, 1),
    Column(Metric.FAILURE_RATE, "fail %", values.percent, 12),
    Column(Metric.INPUT_TOKENS, "input", values.count, 2, Metric.INPUT_CALLS),
    Column(Metric.CACHE_READ_TOKENS, "cache read", values.count, 8, Metric.CACHE_READ_CALLS),
    Column(Metric.CACHE_WRITE_TOKENS, "cache write", values.count, 13, Metric.CACHE_WRITE_CALLS),
    Column(Metric.OUTPUT_TOKENS, "output", values.count, 3, Metric.OUTPUT_CALLS),
    Column(Metric.REASONING_TOKENS, "reasoning", values.count, 11, Metric.REASONING_CALLS),
    Column(Metric.TOKEN_SHARE, "tok %", values.percent, 7),
    Column(Metric.TOKENS_PER_SECOND, "tok/s", values.rate, 4, Metric.TOKENS_PER_SECOND_CALLS),
    Column(Metric.DURATION_P50_SECONDS, "p50", values.seconds, 9, Metric.DURATION_CALLS),
    Column(Metric.DURATION_P95_SECONDS, "p95", values.seconds, 10, Metric.DURATION_CALLS),
    Column(Metric.DURATION_SECONDS, "time", values.seconds, 5, Metric.DURATION_CALLS),
    Column(Metric.FAILED_TOKENS, "lost tokens", values.count, 14),
    Column(Metric.FAILED_SECONDS, "lost time", values.seconds, 15),
    Column(Metric.COST_USD, "cost", values.usd, 6, Metric.COST_CALLS),
    Column(Metric.WHAT_IF_COST_USD, "what if", values.usd, 3, Metric.WHAT_IF_COST_CALLS),
    Column(Metric.FAILED_COST_USD, "lost cost", values.usd, 16),
)
_AMOUNTS = {column.metric for column in COLUMNS if column.shown is values.usd}

PARTIAL = "*"


def telling(rows: Sequence[Mapping[str, Any]], currencies: Sequence[str] = ()) -> list[Column]:
    """Columns in which at least one row has something to say.

    Args:
        rows: The rows of a table.
        currencies: Currencies besides USD, which have columns of their own.
    """
    always = (Metric.CALLS, Metric.INPUT_TOKENS, Metric.OUTPUT_TOKENS)
    others = [
        Column(cost_column(currency), f"cost {currency}", values.amount, 6)
        for currency in currencies
    ]
    return [
        column
        for column in (*COLUMNS, *others)
        if column.metric in always or any(row[column.metric] for row in rows)
    ]


def cells(column: Column, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The figures of a column, marked where one does not rest on all calls of its row."""
    if column.metric in _AMOUNTS:
        texts = values.amounts([row[column.metric] for row in rows])
    else:
        texts = [column.shown(row[column.metric]) for row in rows]
    rests_on = column.rests_on
    marks = [
        rests_on is not None
        and row[column.metric] is not None
        and row[rests_on] < row[Metric.CALLS]
        for row in rows
    ]
    if not any(marks):
        return texts
    # Digits stay below digits: what has no mark has a blank in its place.
    return [text + (PARTIAL if mark else " ") for text, mark in zip(texts, marks, strict=True)]


def fitting(columns: Sequence[Column], widths: Mapping[str, int], room: int) -> list[Column]:
    """The columns that fit into a width, dropped from the highest rank down."""
    kept = list(columns)
    while kept and sum(widths[column.metric] for column in kept) > room:
        kept.remove(max(kept, key=lambda column: column.rank))
    return kept
