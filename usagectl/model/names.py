"""The names a user types: grouping keys, sort metrics, output formats.

They are free of Polars so that `--help` can list them without loading it.
"""

from collections.abc import Mapping
from enum import StrEnum

TAG = "tag:"
"""How the key of a free label begins, such as `tag:team`."""


class Key(StrEnum):
    """What calls can be grouped by and filtered on; besides these, `tag:NAME` for every label."""

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
    PROJECT = "project"
    HOST = "host"

    @classmethod
    def _missing_(cls, value: object) -> "Key | None":
        """The key of a label, made when it is first asked for."""
        if not isinstance(value, str) or not value.startswith(TAG) or value == TAG:
            return None
        made = str.__new__(cls, value)
        made._name_ = made._value_ = value
        return cls._value2member_map_.setdefault(value, made)  # type: ignore[return-value]

    @classmethod
    def known(cls, name: str) -> bool:
        """Whether there is a key of a name."""
        return name in list(cls) or (name.startswith(TAG) and name != TAG)

    @property
    def tag(self) -> str | None:
        """The name of the label that it stands for; null where it is none."""
        return self.removeprefix(TAG) if self.startswith(TAG) else None


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
    COST_USD = "cost_usd"
    COST_CALLS = "cost_calls"
    UNPRICED_CALLS = "unpriced_calls"
    RECORDED_COST_USD = "recorded_cost_usd"
    RECORDED_COST_CALLS = "recorded_cost_calls"
    TABLE_COST_USD = "table_cost_usd"
    TABLE_COST_CALLS = "table_cost_calls"
    CATALOG_COST_USD = "catalog_cost_usd"
    CATALOG_COST_CALLS = "catalog_cost_calls"
    LOCAL_COST_CALLS = "local_cost_calls"
    FAILED_COST_USD = "failed_cost_usd"
    RETRIED_CALLS = "retried_calls"
    RETRIED_COST_USD = "retried_cost_usd"
    WHAT_IF_COST_USD = "what_if_cost_usd"
    WHAT_IF_COST_CALLS = "what_if_cost_calls"


def cost_column(currency: str) -> str:
    """The name of the column of amounts in a currency besides USD, such as `cost_eur`."""
    return f"cost_{currency.lower()}"


class CostMode(StrEnum):
    """Where the cost of a call is taken from.

    `auto`: what the source recorded, else a price; `recorded`: only what the source recorded;
    `table`: prices alone, of tables, catalog and local models.
    """

    AUTO = "auto"
    RECORDED = "recorded"
    TABLE = "table"


class EngineName(StrEnum):
    """Who reads: this machine, or the workers of a cluster."""

    LOCAL = "local"
    RAY = "ray"
    DASK = "dask"


class Measure(StrEnum):
    """The figures that a comparison has for all calls and for each group, in their order."""

    CALLS = "calls"
    FAILURE_RATE = "failure_rate"
    INPUT_TOKENS = "input_tokens"
    CACHE_SHARE = "cache_share"
    OUTPUT_TOKENS = "output_tokens"
    TOTAL_TOKENS = "total_tokens"
    TOKENS_PER_SECOND = "tokens_per_second"
    DURATION_SECONDS = "duration_seconds"
    COST_USD = "cost_usd"


class Part(StrEnum):
    """What a change is made of; `usagectl.comparison.shapley` says how each is reckoned."""

    CALLS = "calls"
    INPUT_PER_CALL = "input_per_call"
    OUTPUT_PER_CALL = "output_per_call"
    TOKENS_PER_CALL = "tokens_per_call"
    SPEED = "speed"
    SECONDS_PER_CALL = "seconds_per_call"
    PRICE = "price"
    COST_PER_CALL = "cost_per_call"
    MODEL_MIX = "model_mix"
    FAILED_CALLS = "failed_calls"
    FAILED_SIZE = "failed_size"
    REPORTED = "reported"
    NEW_GROUPS = "new_groups"
    GONE_GROUPS = "gone_groups"


class Presence(StrEnum):
    """On which sides a group has calls."""

    BOTH = "both"
    NEW = "new"
    GONE = "gone"


class Verdict(StrEnum):
    """What a change means.

    `less_work` and `more_work`: the number of successful calls changed, and what fell or rose with
    it is neither better nor worse.
    """

    WORSE = "worse"
    BETTER = "better"
    LESS_WORK = "less_work"
    MORE_WORK = "more_work"
    SAME = "same"
    NOISE = "noise"
    TOO_FEW = "too_few_samples"
    NOT_COMPARABLE = "not_comparable"
    NEW = "new"
    GONE = "gone"
    UNKNOWN = "unknown"


class GateStatus(StrEnum):
    """What became of a gate in a group.

    `unknown`: the data cannot tell. `warned`: beyond the limit, by no more than too few samples may
    differ. `below_floor`: beyond the limit, but too small to matter. `skipped`: neither side knows
    the figure.
    """

    BROKEN = "broken"
    UNKNOWN = "unknown"
    WARNED = "warned"
    ACKNOWLEDGED = "acknowledged"
    BELOW_FLOOR = "below_floor"
    SKIPPED = "skipped"
    PASSED = "passed"


class NewGroups(StrEnum):
    """What groups mean that the base does not have."""

    FAIL = "fail"
    WARN = "warn"
    IGNORE = "ignore"


class Sort(StrEnum):
    """In which order drivers are shown."""

    CONTRIBUTION = "contribution"
    WORST = "worst"
    FACTOR = "factor"
    NAME = "name"


class OutputFormat(StrEnum):
    """How a report is written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    MARKDOWN = "markdown"


FORMAT_ALIASES: Mapping[str, str] = {"md": "markdown", "jsonl": "ndjson", "txt": "text"}
