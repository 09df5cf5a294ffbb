"""Attempts whose answer is the row before them, told of all rows of all files at once."""

import polars as pl

from usagectl.readers.planexe.matching import (
    MAX_GAP_US,
    MAX_OVERHEAD_US,
    MAX_SHORTFALL_US,
    MAX_WAITING,
)

PAIRS = pl.Schema({"answer": pl.UInt32(), "attempt": pl.UInt32(), "closing": pl.Boolean()})

# So many rows are looked back at: what is damaged shall not disturb all that follow.
_WITHIN = 2 * MAX_WAITING
_FITS = (pl.col("duration") - pl.col("duration").shift(1)).is_between(
    -MAX_SHORTFALL_US, MAX_OVERHEAD_US, closed="left"
)
_FOLLOWS = (
    (pl.col("file") == pl.col("file").shift(1))
    & ~pl.col("has_tokens")
    & pl.col("has_tokens").shift(1)
    & (pl.col("model") != pl.col("model").shift(1))
)


def timeless(rows: pl.DataFrame) -> pl.DataFrame:
    """The pairs of rows without times: of such rows only what follows and fits is told."""
    without = pl.col("end").is_null() & pl.col("end").shift(1).is_null()
    follows = _FOLLOWS & without & _FITS & pl.col("success").shift(1)
    attempts = rows.filter(follows.fill_null(value=False))["row"]
    return _pairs(attempts - 1, attempts)


def adjacent(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The attempts that can be about nothing but the row before them.

    An attempt chooses among the answers that ended within a second before it, and the chains that
    end with one of them. The row before it is all there is, if no chain ends with it, and every
    answer before that one is taken by its own attempt, or ended too early.

    Args:
        rows: With `row`, `file`, `start`, `end`, `duration`, `model`, `has_tokens` and `may_leak`.

    Returns:
        The pairs, and the rows that are in none.
    """
    found = rows.select("row", "file", "end", "has_tokens", pairs=_might_pair())
    is_attempt = found.select(pl.col("pairs") & ~_contested()).to_series()
    is_answer = is_attempt.shift(-1, fill_value=False)
    pairs = _pairs(rows.filter(is_answer)["row"], rows.filter(is_attempt)["row"])
    return pairs, rows.filter(~(is_attempt | is_answer))


def _might_pair() -> pl.Expr:
    """Whether a row is an attempt that takes the row before it, if no other answer is left."""
    gap = pl.col("end") - pl.col("end").shift(1)
    unseen = (pl.col("duration").shift(1) == 0) & (pl.col("end").shift(1) >= pl.col("start"))
    fits = (unseen | ((pl.col("duration").shift(1) != 0) & _FITS)) & gap.is_between(
        0, MAX_GAP_US, closed="left"
    )
    pairs = _FOLLOWS & fits & ~pl.col("may_leak").shift(1) & ~_ends_a_chain()
    return pairs.fill_null(value=False)


def _ends_a_chain() -> pl.Expr:
    """Whether answers before the last one may fill an attempt better together with it.

    They would have to begin in the window of the attempt, and last less than twice as long as it
    lasts longer than its answer.
    """
    answer = pl.when("has_tokens")
    begun = _latest(answer.then("start")).shift(2) >= pl.col("start") - MAX_SHORTFALL_US
    shortest = answer.then("duration").rolling_min(_WITHIN, min_samples=1).shift(2)
    over = pl.col("duration") - pl.col("duration").shift(1)
    return (begun & (shortest < 2 * over)).fill_null(value=False)


def _contested() -> pl.Expr:
    """Whether an attempt may choose an answer before the one that it follows.

    An answer that nobody takes for sure can be chosen by the attempts that end soon after it, whose
    own answers nobody takes for sure then: so it goes on until a second holds no other answer.
    """
    free = pl.col("has_tokens") & ~pl.col("pairs").shift(-1, fill_value=False)
    others = _latest(pl.when("has_tokens").then("end")).shift(2)
    none = (others <= pl.col("end") - MAX_GAP_US) | (pl.col("file") != pl.col("file").shift(2))
    since = pl.when(pl.col("pairs") & none.fill_null(value=True)).then("row").forward_fill()
    in_order = pl.col("end") >= _latest(pl.col("end"))
    return (~in_order | (pl.when(free).then("row").forward_fill() > since)).fill_null(value=True)


def _latest(time: pl.Expr) -> pl.Expr:
    """The latest of the times of a row and of those before it in its file."""
    return time.rolling_max(_WITHIN, min_samples=1).over("file")


def _pairs(answers: pl.Series, attempts: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {"answer": answers, "attempt": attempts}, schema_overrides=PAIRS
    ).with_columns(closing=True)
