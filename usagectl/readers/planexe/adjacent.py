"""Attempts whose answer is the row before them, told of all rows of all files at once."""

import polars as pl

from usagectl.readers.planexe.matching import MAX_GAP_US, MAX_OVERHEAD_US, MAX_SHORTFALL_US

PAIRS = pl.Schema({"answer": pl.UInt32(), "attempt": pl.UInt32(), "closing": pl.Boolean()})

_MOST_PASSES = 16
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

    An attempt chooses among what ended within a second before it and what began in its window. The
    row before it is all there is, if every answer before that one is taken by its own attempt, or
    ended and began too early. What is taken is asked again and again, until nothing changes.

    Args:
        rows: With `row`, `file`, `start`, `end`, `duration`, `model`, `has_tokens` and `may_leak`.

    Returns:
        The pairs, and the rows that are in none.
    """
    gap = pl.col("end") - pl.col("end").shift(1)
    unseen = (pl.col("duration").shift(1) == 0) & (pl.col("end").shift(1) >= pl.col("start"))
    fits = (unseen | ((pl.col("duration").shift(1) != 0) & _FITS)) & gap.is_between(
        0, MAX_GAP_US, closed="left"
    )
    found = rows.select(
        "file",
        "start",
        "end",
        "has_tokens",
        pairs=(_FOLLOWS & fits & ~pl.col("may_leak").shift(1)).fill_null(value=False),
    )
    for _ in range(_MOST_PASSES):
        alone = _alone(found)
        if alone.equals(found["pairs"]):
            break
        found = found.with_columns(pairs=alone)
    else:
        found = found.with_columns(pairs=False)
    is_attempt, is_answer = found["pairs"], found["pairs"].shift(-1, fill_value=False)
    pairs = _pairs(rows.filter(is_answer)["row"], rows.filter(is_attempt)["row"])
    return pairs, rows.filter(~(is_attempt | is_answer))


def _alone(found: pl.DataFrame) -> pl.Series:
    """Which of the attempts have no other answer within reach, if the others are as they are."""
    free = pl.col("has_tokens") & ~pl.col("pairs").shift(-1, fill_value=False)

    def latest(name: str) -> pl.Expr:
        of_free = pl.when(free).then(name).cum_max().forward_fill()
        return of_free.over("file")

    early = (latest("end").fill_null(-(2**62)) <= pl.col("end") - MAX_GAP_US) & (
        latest("start").fill_null(-(2**62)) < pl.col("start") - MAX_SHORTFALL_US
    )
    return found.select(pl.col("pairs") & early).to_series()


def _pairs(answers: pl.Series, attempts: pl.Series) -> pl.DataFrame:
    return pl.DataFrame(
        {"answer": answers, "attempt": attempts}, schema_overrides=PAIRS
    ).with_columns(closing=True)
