"""The canonical frames: every reader ends here and every figure starts here.

Their columns are those of `columns`, as Polars types them. Sums are exact: integers of tokens,
microseconds and 1e-9 USD.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from usagectl.model.columns import CALL, COST, FAILURE, STAGE, Column, Type
from usagectl.model.exceptions import NoAnswerError

MICROSECONDS_PER_SECOND = 1_000_000
NANOUSD_PER_USD = 1_000_000_000

LARGEST_SUM = 2**63 - 1
TOO_LARGE = (
    f"a sum is larger than {LARGEST_SUM:,} tokens, microseconds or 1e-9 USD, so that no total can"
    " be told: some values cannot be true; --where and --since leave calls out"
)

INSTANT = pl.Datetime("us", "UTC")
_TYPES = {Type.TEXT: pl.String(), Type.INTEGER: pl.Int64(), Type.INSTANT: INSTANT}


def _schema(columns: Sequence[Column]) -> pl.Schema:
    return pl.Schema({column.name: dtype(column) for column in columns})


def dtype(column: Column) -> pl.DataType:
    """The Polars type of a column."""
    return _TYPES[column.type] if isinstance(column.type, Type) else pl.Enum(column.type)


CALLS = _schema(CALL)
FAILURE_COLUMNS = _schema(FAILURE)
COSTS = _schema(COST)
STAGES = _schema(STAGE)
EXPORTED = pl.Schema({**CALLS, **FAILURE_COLUMNS, **COSTS})
"""The columns of exported calls, in their order."""

COST_SOURCE = COSTS["cost_source"]


def conform(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """Give `frame` exactly the columns of `schema`, in its order.

    Missing columns become null; a column of another type or name is a bug and raises.
    """
    return frame.match_to_schema(schema, missing_columns="insert")


def known_sum(column: str | pl.Expr) -> pl.Expr:
    """Sum that is null where nothing is known; Polars' own sum of only nulls is 0.

    It has 64 bits. Where it needs more, collecting raises, as `refusing_large_sums` tells.
    """
    return wide_sum(column).cast(pl.Int64)


def wide_sum(column: str | pl.Expr) -> pl.Expr:
    """The same of 128 bits, for what becomes a float; Polars' own sum would become negative."""
    values = pl.col(column) if isinstance(column, str) else column
    return pl.when(values.count() > 0).then(values.cast(pl.Int128).sum())


@contextmanager
def refusing_large_sums() -> Iterator[None]:
    """Say what it means that a sum has more than 64 bits.

    Raises:
        NoAnswerError: A sum that was collected has.
    """
    try:
        yield
    except pl.exceptions.InvalidOperationError as error:
        if "from `i128` to `i64`" not in str(error):
            raise
        raise NoAnswerError(TOO_LARGE) from None


# As microseconds, the first moment that Python can hold.
_FIRST_MOMENT = -62_135_596_800_000_000


def first_start() -> pl.Expr:
    """When the first call began: its end less its duration, where that is one call's and known."""
    single = pl.col("granularity").is_in(["call", "turn"])
    duration = pl.when(single).then("duration_us").fill_null(0)
    began = (pl.col("ended_at").cast(pl.Int64) - duration).min().clip(_FIRST_MOMENT)
    return began.cast(CALLS["ended_at"])


def in_units(column: str, per_unit: int) -> pl.Expr:
    """An exact integer in units of `per_unit`, correctly rounded.

    Polars multiplies by the reciprocal of a constant, which can be off in the last digit; it does
    divide by a column.
    """
    return divided(pl.col(column), pl.lit(per_unit))


def divided(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """A quotient of integers, correctly rounded also where all below the line is the same."""
    return above / (above * 0 + below)
