"""PlanExe writes one call as two rows; this finds which rows belong together.

A response leaves a row with tokens under the provider's model name (here: an *answer*). The
executor then writes a row for the attempt under the name of its configuration (an *attempt*),
usually without tokens. An attempt may hold several answers, and workers may interleave.

An attempt belongs to the answers inside its own time window: the last one ends less than a second
before it, and their durations add up to its own. Files whose rows simply alternate are paired
with Polars; files where that leaves a doubt are looked at row by row.
"""

import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.readers.planexe.matching import (
    MAX_GAP_US,
    MAX_OVERHEAD_US,
    MAX_SHORTFALL_US,
    MAX_WAITING,
    Row,
    answers_of,
    answers_of_leak,
    is_anthropic,
)


def pair(rows: pl.DataFrame) -> pl.DataFrame:
    """Find the attempt of each answer.

    Args:
        rows: In file order, with `file`, `ended_at`, `success`, `model`, `duration_us` and
            `has_tokens`.

    Returns:
        A row per row: `attempt` (index of the attempt row that an answer belongs to),
        `closes` (whether it is the last answer of that attempt, which takes its outcome),
        `merged` (whether the row is an attempt that has its answers) and `leaked_to` (index of
        the failed call whose tokens a row carries besides its own meaning).
    """
    if rows["has_tokens"].all():
        return _nothing(rows.height)
    simple = _alternating(rows)
    paired = simple.select("attempt", "closes", "merged", "leaked_to")
    doubtful = (
        simple.select("file", "doubt", "leaky")
        .with_row_index("row")
        .filter((pl.col("doubt") | pl.col("leaky")).any().over("file"))
    )
    if doubtful.is_empty():
        return paired
    numbered = rows.with_row_index("row").join(
        doubtful, on=["row", "file"], how="semi", maintain_order="left"
    )
    hard = _stretches(numbered.hstack(doubtful.select("doubt", "leaky")))
    looked_at = _row_by_row(hard)
    clear = paired.with_row_index("row").join(hard, on="row", how="anti", maintain_order="left")
    return pl.concat([clear, looked_at]).sort("row").drop("row")


def _stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that have to be looked at, each with the stretch of its file that it belongs to.

    A stretch is what overlaps in time: no attempt of one can hold answers of another. Tokens that
    leaked may turn up much later, so a file in which they can is one stretch.
    """
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    latest_end = pl.col("ended_at").cum_max().shift(1).over("file")
    earliest_start = began.cum_min(reverse=True).over("file")
    slack = pl.duration(microseconds=MAX_SHORTFALL_US)
    apart = (earliest_start >= latest_end - slack).fill_null(False)
    leaky = pl.col("leaky").any().over("file")
    first = (pl.col("file") != pl.col("file").shift(1)).fill_null(True)
    return rows.with_columns(stretch=(first | (apart & ~leaky)).cum_sum()).filter(
        (pl.col("doubt") | pl.col("leaky")).any().over("stretch")
    )


def _nothing(height: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "attempt": pl.repeat(None, height, dtype=pl.UInt32, eager=True),
            "closes": pl.repeat(False, height, dtype=pl.Boolean, eager=True),
            "merged": pl.repeat(False, height, dtype=pl.Boolean, eager=True),
            "leaked_to": pl.repeat(None, height, dtype=pl.UInt32, eager=True),
        }
    )


def _alternating(rows: pl.DataFrame) -> pl.DataFrame:
    same_file = pl.col("file") == pl.col("file").shift(1)
    gap = pl.col("ended_at") - pl.col("ended_at").shift(1)
    overhead = pl.col("duration_us") - pl.col("duration_us").shift(1)
    fits = (
        same_file
        & ~pl.col("has_tokens")
        & pl.col("has_tokens").shift(1)
        & pl.col("success").shift(1)
        & (
            gap.is_between(pl.duration(), pl.duration(microseconds=MAX_GAP_US), closed="left")
            | (pl.col("ended_at").is_null() & pl.col("ended_at").shift(1).is_null())
        )
        & overhead.is_between(-MAX_SHORTFALL_US, MAX_OVERHEAD_US, closed="left")
        & (pl.col("model") != pl.col("model").shift(1))
    ).fill_null(False)
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    frame = rows.lazy().select(
        "file", "ended_at", "has_tokens", "model", "success", merged=fits, began=began
    )
    frame = frame.with_columns(answered=pl.col("merged").shift(-1, fill_value=False))
    lone = pl.col("has_tokens") & ~pl.col("answered")
    # The nearest earlier answer without an attempt: if it lies inside the window of an attempt
    # that is paired otherwise, or not at all, the rows need a closer look.
    frame = frame.with_columns(
        lone_end=pl.when(lone).then("ended_at").forward_fill().shift(1),
        lone_file=pl.when(lone).then("file").forward_fill().shift(1),
        lone_start=pl.when(lone).then("began").forward_fill().shift(1),
    )
    inside = (
        ~pl.col("has_tokens")
        & (pl.col("lone_file") == pl.col("file"))
        & (pl.col("lone_end") > pl.col("began"))
        & (pl.col("lone_start") >= pl.col("began") - pl.duration(microseconds=MAX_SHORTFALL_US))
    ).fill_null(False)
    leaky = (
        ~pl.col("has_tokens") & ~pl.col("success") & pl.col("model").str.contains("anthropic")
    ).fill_null(False)
    return frame.select(
        "file",
        attempt=pl.when("answered").then(pl.row_index() + 1).cast(pl.UInt32),
        closes="answered",
        merged="merged",
        leaked_to=pl.lit(None, pl.UInt32),
        doubt=inside,
        leaky=leaky,
    ).collect()


def _row_by_row(hard: pl.DataFrame) -> pl.DataFrame:
    attempts: dict[int, list[int]] = {}
    leaks: dict[int, int] = {}
    known = hard.filter(
        pl.col("ended_at").is_not_null() & pl.col("duration_us").is_not_null()
    ).select(
        "stretch",
        "row",
        pl.col("ended_at").to_physical(),
        "duration_us",
        pl.col("model").fill_null(""),
        pl.col("success").fill_null(False),
        "has_tokens",
    )
    for _, rows in itertools.groupby(known.iter_rows(), key=operator.itemgetter(0)):
        _one_stretch((Row(*values[1:]) for values in rows), attempts, leaks)
    return _columns(hard.get_column("row").to_list(), attempts, leaks)


def _one_stretch(
    rows: Iterable[Row], attempts: dict[int, list[int]], leaks: dict[int, int]
) -> None:
    """Add the answers of each attempt, and where an attempt's own tokens belong."""
    waiting: list[Row] = []
    owed: list[Row] = []
    for row in rows:
        if row.has_tokens:
            answers = answers_of_leak(row, waiting) if owed and row.success else []
            if not answers:
                waiting = [*waiting[-MAX_WAITING:], row]
                if is_anthropic(row.model):
                    # It reports its own tokens, so nothing of an earlier one is left over.
                    owed.clear()
                continue
            leaks[row.row] = owed[-1].row
            owed.clear()
        else:
            answers = answers_of(row, waiting)
            if not answers and not row.success and is_anthropic(row.model):
                owed.append(row)
        if answers:
            attempts[row.row] = [answer.row for answer in answers]
            waiting = [answer for answer in waiting if answer not in answers]


def _columns(
    rows: Sequence[int], attempts: Mapping[int, Sequence[int]], leaks: Mapping[int, int]
) -> pl.DataFrame:
    attempt_of = {answer: row for row, answers in attempts.items() for answer in answers}
    closing = {answers[-1] for answers in attempts.values()}
    columns: dict[str, Any] = {
        "row": rows,
        "attempt": [attempt_of.get(row) for row in rows],
        "closes": [row in closing for row in rows],
        "merged": [row in attempts for row in rows],
        "leaked_to": [leaks.get(row) for row in rows],
    }
    index = pl.UInt32
    return pl.DataFrame(
        columns,
        schema={
            "row": index,
            "attempt": index,
            "closes": pl.Boolean,
            "merged": pl.Boolean,
            "leaked_to": index,
        },
    )
