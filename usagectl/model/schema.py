"""The canonical frames, declared once: every reader ends here and every figure starts here.

Token totals are inclusive, as in OpenTelemetry's GenAI conventions: `input_tokens` holds cache
reads and writes, `output_tokens` holds reasoning. Absent is null, never 0. Times are UTC.
Sums are exact: integers of tokens, microseconds and 1e-9 USD.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from usagectl.model.exceptions import NoAnswerError

GRANULARITY = pl.Enum(["call", "turn", "session", "run", "window"])
STATUS = pl.Enum(["ok", "failed", "cancelled"])
STAGE_STATUS = pl.Enum(["done", "failed", "cancelled", "skipped", "running", "unfinished"])
INSTANT = pl.Datetime("us", "UTC")

MICROSECONDS_PER_SECOND = 1_000_000
NANOUSD_PER_USD = 1_000_000_000

LARGEST_SUM = 2**63 - 1
TOO_LARGE = (
    f"a sum is larger than {LARGEST_SUM:,} tokens, microseconds or 1e-9 USD, so that no total can"
    " be told: some values cannot be true; --where and --since leave calls out"
)

CALLS = pl.Schema(
    {
        # Label of the operand; file the record came from; reader that read it.
        "run": pl.String(),
        "source": pl.String(),
        "format": pl.String(),
        # What one row stands for, and for how many calls; percentiles use call and turn rows.
        "granularity": GRANULARITY,
        "calls": pl.Int64(),
        "ended_at": INSTANT,
        "task": pl.String(),
        "session": pl.String(),
        "provider": pl.String(),
        # The model that answered, and the name that was asked for where it differs.
        "model": pl.String(),
        "request_model": pl.String(),
        "input_tokens": pl.Int64(),
        "cache_read_tokens": pl.Int64(),
        "cache_write_tokens": pl.Int64(),
        "output_tokens": pl.Int64(),
        "reasoning_tokens": pl.Int64(),
        "duration_us": pl.Int64(),
        "first_token_us": pl.Int64(),
        # As the source states it; absent is unknown, not free.
        "recorded_cost_nanousd": pl.Int64(),
        "status": STATUS,
        # The source's own word: success_via_backup, invalid_json, ...
        "outcome": pl.String(),
        "attempts": pl.Int64(),
        "iterations": pl.Int64(),
        "tool_calls": pl.Int64(),
        # The raw error text, which may carry model output, and ids to find it again.
        "message": pl.String(),
        "http_status": pl.Int64(),
        "error_id": pl.String(),
        "request_id": pl.String(),
    }
)
"""One row a call."""

COST_SOURCE = pl.Enum(["recorded", "table", "catalog", "local"])

COSTS = pl.Schema(
    {
        # What the call cost, and who says so; null where nobody knows a price or the tokens.
        "cost_nanousd": pl.Int64(),
        "cost_source": COST_SOURCE,
        # The same where the price is in another currency, which is never added to USD.
        "other_cost_nano": pl.Int64(),
        "other_currency": pl.String(),
    }
)
"""The columns that pricing adds to calls; see `usagectl.pricing.requests`."""

FAILURE_COLUMNS = pl.Schema(
    {
        # Why a call failed, of `configs/failures.yaml`; null where it did not.
        "failure": pl.String(),
        # The rule that decided, and what it found: status, type, class, outcome, text or label.
        "failure_rule": pl.String(),
        "failure_evidence": pl.String(),
    }
)
"""Added to the calls once they are read."""

STAGES = pl.Schema(
    {
        "run": pl.String(),
        "source": pl.String(),
        "format": pl.String(),
        "task": pl.String(),
        "session": pl.String(),
        "module": pl.String(),
        "status": STAGE_STATUS,
        "started_at": INSTANT,
        "ended_at": INSTANT,
        "wall_us": pl.Int64(),
        "cpu_user_us": pl.Int64(),
        "cpu_system_us": pl.Int64(),
        # The how-manieth stage of this task in its file: a stage may fail and be run again.
        "attempt": pl.Int64(),
        "message": pl.String(),
    }
)
"""One row a timed step of a run."""


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
    value = pl.col(column)
    return value / (value * 0 + per_unit)
