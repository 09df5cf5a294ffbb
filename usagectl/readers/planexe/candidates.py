"""Which answers an attempt can be about at all, whatever other attempts take."""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from usagectl.readers.planexe.matching import (
    MAX_GAP_US,
    MAX_OVERHEAD_US,
    MAX_SHORTFALL_US,
    MAX_WAITING,
    same_model,
)

_MOST_AT_ONCE = 500_000
_MOST_MICROSECONDS = 1 << 61
_ASKED = ("row", "file", "start", "end", "duration", "model", "to", "may_leak")


_NOTHING = pl.DataFrame(
    schema={
        "row": pl.UInt32,
        "singles": pl.List(pl.Int64),
        "within": pl.List(pl.Int64),
        "several": pl.Boolean,
    }
)


class Candidates(NamedTuple):
    """What is left to be decided, in the order of the rows.

    `attempts` has a row for each attempt, and for each row that may carry left-over tokens: `row`,
    `file`, `owes`, `may_leak`, `last_own`, and lists of answers, null where there are none:
    `singles` (each fits alone, the best first) and `within` (those within reach, in their order:
    all where `several` together may fit, else those in its window, for an attempt that no single
    one is left for). An answer is named by its number in `answers`.
    """

    attempts: pl.DataFrame
    answers: pl.DataFrame


def within_reach(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows without answers that no later attempt can want, and attempts without any answer.

    What is kept may be too much and is never too little. What owes is kept.
    """
    attempts = ~pl.col("has_tokens") | pl.col("may_leak")
    # Bounds run on from file to file: as if these had been written one after the other.
    later = pl.col("file").cast(pl.Int64) * _span(rows)
    end, start = pl.col("end") + later, pl.col("start") + later
    reach = end - MAX_GAP_US, start - 2 * MAX_SHORTFALL_US
    answer, attempt = pl.when("has_tokens"), pl.when(attempts)
    latest = [answer.then(time).cum_max().forward_fill() for time in (end, start)]
    earliest = [attempt.then(time).cum_min(reverse=True).backward_fill() for time in reach]
    wanted = pl.col("has_tokens") & ((end > earliest[0]) | (start >= earliest[1]))
    has_some = attempts & ((latest[0] > reach[0]) | (latest[1] >= reach[1]))
    return rows.filter(wanted | has_some | pl.col("owes"))


def _span(rows: pl.DataFrame) -> int:
    """More microseconds than all files together took, or none where numbers could not hold it."""
    first, last, files = rows.select(
        pl.col("start").min(), pl.col("end").max(), pl.col("file").max()
    ).row(0)
    span = int(last - first) + MAX_GAP_US if last is not None else 0
    return span if span * (files or 0) < _MOST_MICROSECONDS else 0


def candidates(rows: pl.DataFrame) -> Candidates:
    """The answers that are within reach of each attempt.

    Args:
        rows: In file order, with `row`, `file`, `start`, `end`, `duration`, `model`, `success`,
            `has_tokens`, `owes`, `may_leak` and `last_own`.
    """
    rows = rows.with_columns(to=pl.col("has_tokens").cum_sum() - pl.col("has_tokens"))
    answers = rows.filter("has_tokens")
    attempts = rows.filter(~pl.col("has_tokens") | pl.col("may_leak"))
    found = [_chosen(part, answers) for part in _parts(_reach(attempts, answers))]
    lists = pl.concat([_NOTHING, *found])
    return Candidates(attempts.join(lists, on="row", how="left", maintain_order="left"), answers)


def _reach(attempts: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """The attempts with the number of the first answer within reach; the last is before `to`.

    Answers stand in the order of their rows, which is nearly that of time: before the first up to
    which the latest end or start is within reach, none is.
    """
    latest = answers.select(
        "file",
        pl.col("to").alias("at"),
        *(pl.col(name).cum_max().over("file").alias(f"latest_{name}") for name in ("end", "start")),
    )
    asked = attempts.select(
        *_ASKED, end_from=pl.col("end") - MAX_GAP_US + 1, start_from=_window() - MAX_SHORTFALL_US
    )
    for name in ("end", "start"):
        asked = asked.sort(f"{name}_from").join_asof(
            latest.select("file", f"latest_{name}", pl.col("at").alias(f"{name}_at")).sort(
                f"latest_{name}"
            ),
            left_on=f"{name}_from",
            right_on=f"latest_{name}",
            by="file",
            strategy="forward",
            check_sortedness=False,
        )
    first = pl.min_horizontal("end_at", "start_at").cast(pl.Int64)
    return (
        asked.with_columns(
            first=pl.max_horizontal(first, pl.col("to").cast(pl.Int64) - MAX_WAITING),
            to=pl.col("to").cast(pl.Int64),
        )
        .filter(first.is_not_null() & (pl.col("first") < pl.col("to")))
        .sort("row")
    )


def _parts(reach: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The attempts in parts of which all that is within reach fits into memory."""
    number = (pl.col("to") - pl.col("first")).cum_sum() // _MOST_AT_ONCE
    parts = reach.with_columns(part=number)
    for _, part in parts.group_by("part", maintain_order=True):
        yield part


def _window() -> pl.Expr:
    return pl.col("start") - MAX_SHORTFALL_US


def _chosen(reach: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """`row`, `singles`, `within` and `several` of attempts that have any."""
    pairs = _near(reach, answers)
    several = _several(pairs)
    singles = (
        pairs.filter("single")
        .sort("row", ~pl.col("same"), pl.col("over").abs(), "gap", "at")
        .group_by("row", maintain_order=True)
        .agg(singles="at")
    )
    pairs = pairs.join(
        several.with_columns(several=True), on="row", how="left", maintain_order="left"
    )
    within = (
        pairs.filter(pl.col("several").fill_null(pl.col("inside") | pl.col("may_leak")))
        .group_by("row", maintain_order=True)
        .agg(pl.col("several").first(), within="at")
    )
    return singles.join(within, on="row", how="full", coalesce=True).select(_NOTHING.columns)


def _near(reach: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """A row for each attempt and answer that can have to do with each other."""
    at = pl.int_ranges("first", "to").alias("at")
    pairs = reach.select(*_ASKED, at).explode("at", empty_as_null=True)
    of = answers.select(
        pl.col(name).gather(pairs["at"]).alias(f"{name}_of")
        for name in ("start", "end", "duration", "model")
    )
    pairs = pairs.hstack(of)
    gap = pl.col("end") - pl.col("end_of")
    over = pl.col("duration") - pl.col("duration_of")
    recent = gap.is_between(0, MAX_GAP_US, closed="left") & (pl.col("model") != pl.col("model_of"))
    covers = (
        pl.when(pl.col("duration_of") == 0)
        .then(pl.col("end_of") >= pl.col("start"))
        .otherwise(over.is_between(-MAX_SHORTFALL_US, MAX_OVERHEAD_US, closed="left"))
    )
    pairs = pairs.with_columns(
        gap=gap, over=over, recent=recent, window=pl.col("start_of") >= _window()
    ).with_columns(single=recent & covers)
    pairs = pairs.filter(
        pl.col("single") | ((gap >= -MAX_SHORTFALL_US) & (pl.col("window") | pl.col("recent")))
    )
    names = pairs.select("model", "model_of").unique()
    same = pl.Series([same_model(*pair) for pair in names.iter_rows()], dtype=pl.Boolean)
    tail = pl.col("model_of").cast(pl.String).str.replace(r"^.*:", "")
    pairs = pairs.join(
        names.with_columns(same=same, tail=tail), on=["model", "model_of"], maintain_order="left"
    )
    inside = pl.col("window") & (pl.col("gap") >= 0) & pl.col("same")
    return pairs.with_columns(inside=inside & (pl.col("model") != pl.col("model_of")))


def _several(pairs: pl.DataFrame) -> pl.DataFrame:
    """The attempts that may be about several answers of one model, one after the other.

    All that precede an answer last as long as the longest chain that ends with it, or longer.
    """
    last = pairs.filter("recent").select(
        "row",
        "tail",
        "duration",
        pl.col("at").alias("last"),
        pl.col("start_of").alias("last_start"),
        pl.col("duration_of").alias("last_duration"),
    )
    before = pairs.filter("window").select("row", "tail", "at", "end_of", "duration_of")
    chains = (
        before.join(last, on=["row", "tail"])
        .filter(
            (pl.col("at") < pl.col("last"))
            & (pl.col("end_of") <= pl.col("last_start") + MAX_SHORTFALL_US)
        )
        .group_by("row", "last")
        .agg(
            pl.col("last_duration", "duration").first(),
            sum=pl.col("duration_of").sum(),
            least=pl.col("duration_of").min(),
            answers=pl.len() + 1,
        )
    )
    longest = pl.col("last_duration") + pl.col("sum")
    shortest = pl.col("last_duration") + pl.col("least")
    unseen = (pl.col("least") == 0) | (pl.col("last_duration") == 0)
    fills = longest > pl.col("duration") - MAX_OVERHEAD_US
    fits = shortest <= pl.col("duration") + MAX_SHORTFALL_US * pl.col("answers")
    return chains.filter(unseen | (fills & fits)).select("row").unique()
