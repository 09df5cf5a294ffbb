"""The names a user types: grouping keys, sort metrics, output formats.

They are free of Polars so that `--help` can list them without loading it.
"""

from enum import StrEnum


class Key(StrEnum):
    """What calls can be grouped by and filtered on."""

    TASK = "task"
    MODEL = "model"
    PROVIDER = "provider"
    SESSION = "session"
    RUN = "run"
    FAILURE = "failure"
    STATUS = "status"
    DAY = "day"
    HOUR = "hour"
    SOURCE = "source"
    FORMAT = "format"


class Metric(StrEnum):
    """The figures of a summary row, in the order in which they are written out.

    A name that ends in `_calls` says how many calls the figure of that name rests on.
    """

    CALLS = "calls"
    FAILED = "failed"
    CANCELLED = "cancelled"
    FAILURE_RATE = "failure_rate"
    BILLED_FAILURES = "billed_failures"
    CALLS_WITHOUT_USAGE = "calls_without_usage"
    INPUT_TOKENS = "input_tokens"
    INPUT_CALLS = "input_calls"
    CACHE_READ_TOKENS = "cache_read_tokens"
    CACHE_READ_CALLS = "cache_read_calls"
    CACHE_WRITE_TOKENS = "cache_write_tokens"
    CACHE_WRITE_CALLS = "cache_write_calls"
    OUTPUT_TOKENS = "output_tokens"
    OUTPUT_CALLS = "output_calls"
    REASONING_TOKENS = "reasoning_tokens"
    REASONING_CALLS = "reasoning_calls"
    TOTAL_TOKENS = "total_tokens"
    TOKEN_SHARE = "token_share"  # noqa: S105
    TOKENS_PER_SECOND = "tokens_per_second"
    TOKENS_PER_SECOND_CALLS = "tokens_per_second_calls"
    DURATION_SECONDS = "duration_seconds"
    DURATION_CALLS = "duration_calls"
    DURATION_P50_SECONDS = "duration_p50_seconds"
    DURATION_P95_SECONDS = "duration_p95_seconds"
    FAILED_TOKENS = "failed_tokens"
    FAILED_SECONDS = "failed_seconds"
    RECORDED_COST_USD = "recorded_cost_usd"
    RECORDED_COST_CALLS = "recorded_cost_calls"


class OutputFormat(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"
