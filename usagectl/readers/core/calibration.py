"""Whether raw counts include cached and reasoning tokens, settled record by record.

Formats say one thing and their versions another, so a record's own total decides where it has one:
of a total N, an input I, cache reads and writes C, an output O and reasoning T, N = I + O says that
both are inclusive, N = I + C + O that the input is not, N = I + O + T that the output is not, and
N = I + C + O + T that neither is; there are sources whose input lacks cache writes alone. Without a
total, more cached tokens than input or more reasoning than output say it too. What is made of them
is inclusive, as in OpenTelemetry's GenAI conventions (gen-ai-spans, notes on `gen_ai.usage`).
"""

from collections.abc import Iterator
from typing import NamedTuple

import polars as pl

from usagectl.model.notices import Doubt
from usagectl.model.wording import plural


class Counting(NamedTuple):
    """How a format counts where a record does not tell.

    Whether its input has cached tokens in it, or lacks but those that were written, and whether its
    output has reasoning in it.
    """

    input_inclusive: bool = True
    output_inclusive: bool = True
    writes_inclusive: bool = True

    def words(self) -> str:
        """The convention as a user reads it."""
        cache = "cached tokens are inside the input"
        if not self.input_inclusive:
            cache = "input is without cached tokens, which are added"
        elif not self.writes_inclusive:
            cache = "input is without cache writes, which are added"
        reasoning = "reasoning inside the output"
        if not self.output_inclusive:
            reasoning = "output without reasoning, which is added"
        return f"{cache}, {reasoning}"


_READINGS = (
    Counting(),
    Counting(input_inclusive=False),
    Counting(output_inclusive=False),
    Counting(input_inclusive=False, output_inclusive=False),
    Counting(writes_inclusive=False),
    Counting(writes_inclusive=False, output_inclusive=False),
)
WORDS = ("all inside", "cache apart", "reasoning apart", "both apart")
"""What `counting` of a record may say, in the order of the readings."""

SETTLED = "settled"
"""It may say this too: of a sum over calls, whose parts prove nothing, the counts are inclusive."""


def calibrated(frame: pl.DataFrame, counting: Counting) -> pl.DataFrame:
    """Make inclusive counts of raw ones.

    Args:
        frame: `input_tokens`, `output_tokens`, `cache_read_tokens`, `cache_write_tokens`,
            `reasoning_tokens` and `total_tokens` as they were found; null is unknown. `counting`
            is one of `WORDS` where a record is of a kind that counts otherwise than its format.
        counting: How the format counts where a record does not tell.

    Returns:
        The frame with inclusive `input_tokens` and `output_tokens`, and `evidence`: `total` where
        the record's own total agrees with the format, `other` where it, or a count that is larger
        than what would hold it, says otherwise, `mismatch` where a total fits nothing; null where
        there was nothing to tell.
    """
    read, written = (pl.col(f"cache_{part}_tokens").fill_null(0) for part in ("read", "write"))
    cached = read + written
    reasoning = pl.col("reasoning_tokens").fill_null(0)
    given, made, total = pl.col("input_tokens"), pl.col("output_tokens"), pl.col("total_tokens")
    inputs = [_input(reading, given, read, written) for reading in _READINGS]
    outputs = [made if r.output_inclusive else made + reasoning for r in _READINGS]
    sums = [i + o for i, o in zip(inputs, outputs, strict=True)]
    usual = (
        pl.col("counting")
        .replace_strict(
            (*WORDS, SETTLED), (*range(len(WORDS)), 0), default=None, return_dtype=pl.Int8
        )
        .fill_null(_READINGS.index(counting))
    )
    fits = [pl.when(total == each).then(pl.lit(i, pl.Int8)) for i, each in enumerate(sums)]
    as_usual = [pl.when(usual == i).then(each) for i, each in enumerate(fits)]
    by_total = pl.coalesce(*as_usual, *fits)
    cache_apart = (cached > given).fill_null(False) | usual.is_in([1, 3])
    reasoning_apart = (reasoning > made).fill_null(False) | usual.is_in([2, 3])
    by_excess = cache_apart.cast(pl.Int8) + reasoning_apart.cast(pl.Int8) * 2
    settled = (pl.col("counting") == SETTLED).fill_null(False)
    known = total.is_not_null() & ~settled & given.is_not_null() & made.is_not_null()
    chosen = pl.when(settled).then(pl.lit(0, pl.Int8)).otherwise(pl.coalesce(by_total, by_excess))
    matters = (cached > 0) | (reasoning > 0)
    evidence = (
        pl.when(known & by_total.is_null())
        .then(pl.lit("mismatch"))
        .when((chosen != usual) & matters)
        .then(pl.lit("other"))
        .when(known & matters)
        .then(pl.lit("total"))
    )
    read_as = pl.col("reading")
    return frame.with_columns(reading=chosen.cast(pl.Int8), evidence=evidence).with_columns(
        input_tokens=pl.coalesce(pl.when(read_as == i).then(e) for i, e in enumerate(inputs)),
        output_tokens=pl.coalesce(pl.when(read_as == i).then(e) for i, e in enumerate(outputs)),
    )


def _input(reading: Counting, given: pl.Expr, read: pl.Expr, written: pl.Expr) -> pl.Expr:
    """The inclusive input, where counts are read in a way."""
    if not reading.input_inclusive:
        return given + read + written
    return given if reading.writes_inclusive else given + written


def conventions(frame: pl.DataFrame, counting: Counting) -> dict[int, str]:
    """How each file of a calibrated frame counts, where its records tell, by the file's index."""
    told = (
        frame.filter(pl.col("evidence").is_in(["total", "other"]))
        .group_by("file", "reading")
        .len()
        .sort("file", "len", "reading", descending=[False, True, False])
    )
    found: dict[int, str] = {}
    for (file,), part in told.partition_by("file", as_dict=True, maintain_order=True).items():
        words = [
            f"{_READINGS[reading].words()} (told by {count:,} record{plural(count)})"
            for _, reading, count in part.iter_rows()
        ]
        if any(_READINGS[reading] != counting for reading in part["reading"]) or len(words) > 1:
            found[int(file)] = "; ".join(words)
    return found


def doubts(frame: pl.DataFrame) -> Iterator[Doubt]:
    """What a user should know of a calibrated frame."""
    counts = frame.group_by("evidence").len()
    by_evidence = dict(counts.iter_rows())
    yield Doubt(
        "counts-calibrated",
        "calls whose own counts say otherwise than their format does whether cached or reasoning"
        " tokens are inside: {n:,}; read as they say (usagectl doctor shows how)",
        by_evidence.get("other", 0),
    )
    yield Doubt(
        "total-mismatch",
        "calls whose own total fits no reading of their counts: {n:,}; the counts are taken as"
        " their format has them",
        by_evidence.get("mismatch", 0),
    )
