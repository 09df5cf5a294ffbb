"""PlanExe writes one call as two rows; this finds which rows belong together.

A response leaves a row with tokens under the provider's model name (here: an *answer*). The
executor then writes a row for the attempt under the name of its configuration (an *attempt*),
usually without tokens. An attempt may hold several answers, and workers may interleave.

An attempt belongs to the answers inside its own time window: the last one ends less than a second
before it, and their durations add up to its own (`matching`). Attempts have their turn in the order
of their rows, and take what fits best of the answers that are left. Where the row before an attempt
is all that it can be about, that is told of all rows at once (`adjacent`); the others choose among
their few `candidates`, one after the other (`turns`).
"""

from collections.abc import Mapping

import polars as pl

from usagectl.readers.core.reading import microseconds
from usagectl.readers.planexe.adjacent import PAIRS, adjacent, timeless
from usagectl.readers.planexe.candidates import candidates, within_reach
from usagectl.readers.planexe.matching import is_anthropic
from usagectl.readers.planexe.turns import in_turn


def prepared(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with `ended_at`, `duration_us` and `has_tokens`, which pairing needs."""
    tokens = ("input_tokens", "output_tokens", "thinking_tokens", "cost_usd")
    return frame.with_columns(
        pl.col("timestamp").alias("ended_at"),
        microseconds("duration_seconds").alias("duration_us"),
        pl.any_horizontal(pl.col(name).is_not_null() for name in tokens).alias("has_tokens"),
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
        return _columns(rows.height, pl.DataFrame(schema=PAIRS), {})
    model = rows["model"].fill_null("")
    names = model.unique()
    numbered = rows.with_row_index("row").select(
        "row",
        "file",
        "has_tokens",
        end=pl.col("ended_at").to_physical(),
        duration="duration_us",
        # The few names are looked at once, and compared as numbers.
        model=model.cast(pl.Enum(names)),
        success=pl.col("success").fill_null(value=False),
    )
    known = _with_leaks(numbered.drop_nulls(["end", "duration"]), names)
    settled, left = adjacent(within_reach(known))
    contested, leaks = in_turn(candidates(left))
    return _columns(rows.height, pl.concat([timeless(numbered), settled, contested]), leaks)


def _with_leaks(rows: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """The rows with their `start`, and whose tokens a row may carry.

    `owes`: an attempt with an Anthropic model failed, whose tokens may turn up later. `may_leak`: a
    row with tokens that may be an attempt which carries such tokens. `last_own`: the last row that
    reports tokens of its own Anthropic model, so that nothing is left over from before it.
    """
    rows = rows.with_columns(start=pl.col("end") - pl.col("duration"))
    anthropic, by_key = _told_by(names)
    owes = ~pl.col("has_tokens") & ~pl.col("success") & anthropic
    if not rows.select(owes.any()).item():
        return rows.with_columns(owes=False, may_leak=False, last_own=pl.lit(-1, pl.Int64))
    own = pl.when(pl.col("has_tokens") & anthropic).then("row").forward_fill().over("file")
    owing = pl.when(owes).then("row").forward_fill().over("file").cast(pl.Int64)
    return rows.with_columns(owes=owes, last_own=own.cast(pl.Int64).fill_null(-1)).with_columns(
        may_leak=(
            pl.col("has_tokens") & pl.col("success") & by_key & (owing > pl.col("last_own"))
        ).fill_null(value=False)
    )


def _told_by(names: pl.Series) -> tuple[pl.Expr, pl.Expr]:
    """Whether a model is Anthropic's, and whether a name is the key of another in a configuration.

    A provider's name of a model has a colon or a slash.
    """
    anthropic = pl.Series([is_anthropic(name) for name in names], dtype=pl.Boolean)
    by_key = ~anthropic & ~names.str.contains("[:/]")
    number = pl.col("model").to_physical()
    return pl.lit(anthropic).gather(number), pl.lit(by_key).gather(number)


def _columns(height: int, pairs: pl.DataFrame, leaks: Mapping[int, int]) -> pl.DataFrame:
    if pairs.is_empty():
        none = pl.repeat(None, height, dtype=pl.UInt32)
        false = pl.repeat(value=False, n=height)
        return pl.select(attempt=none, closes=false, merged=false, leaked_to=none)
    answers = pairs.select("answer", pl.col("attempt").alias("of"), "closing")
    index = pl.DataFrame({"row": pl.int_range(height, dtype=pl.UInt32, eager=True)})
    return (
        index.join(answers, left_on="row", right_on="answer", how="left", maintain_order="left")
        .join(
            pl.DataFrame(
                list(leaks.items()), schema={"row": pl.UInt32, "to": pl.UInt32}, orient="row"
            ),
            on="row",
            how="left",
            maintain_order="left",
        )
        .select(
            attempt="of",
            closes=pl.col("closing").fill_null(value=False),
            merged=pl.col("row").is_in(pairs["attempt"].implode()),
            leaked_to="to",
        )
    )
