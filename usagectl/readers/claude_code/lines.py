"""A line of a session: its raw fields, and what is kept of them until all lines are there."""

import re

import polars as pl

from usagectl.readers.core.fields import Fields, Kind
from usagectl.readers.core.shape import Shape

_USAGE: Fields = {
    "input_tokens": Kind.COUNT,
    "output_tokens": Kind.COUNT,
    "cache_creation_input_tokens": Kind.COUNT,
    "cache_read_input_tokens": Kind.COUNT,
    "cache_creation": {
        "ephemeral_5m_input_tokens": Kind.COUNT,
        "ephemeral_1h_input_tokens": Kind.COUNT,
    },
    "iterations": Kind.TEXT,
}
_RAW: Fields = {
    **dict.fromkeys(
        "type subtype sessionId requestId uuid cwd gitBranch agentId error model".split(), Kind.TEXT
    ),
    **dict.fromkeys(("isSidechain", "isApiErrorMessage"), Kind.FLAG),
    **dict.fromkeys(
        "inputTokens outputTokens cacheCreationInputTokens cacheReadInputTokens".split(), Kind.COUNT
    ),
    "costUSD": Kind.USD,
    "timestamp": Kind.TIME,
    "message": {"id": Kind.TEXT, "model": Kind.TEXT, "content": Kind.TEXT, "usage": _USAGE},
}
_MOST_TEXT = 2_000


def _reduced(frame: pl.DataFrame) -> pl.DataFrame:
    """The fields of a call and what is needed to settle them, without texts of answers."""
    message = pl.col("message").struct
    usage = message.field("usage").struct
    content = message.field("content")
    cache = usage.field("cache_creation").struct
    by_ttl = [cache.field(f"ephemeral_{ttl}_input_tokens") for ttl in ("5m", "1h")]
    told = pl.any_horizontal(each.is_not_null() for each in by_ttl)
    failed = pl.col("isApiErrorMessage").fill_null(False)
    iterations = usage.field("iterations")
    return frame.select(
        "type",
        "subtype",
        "requestId",
        "uuid",
        "agentId",
        "error",
        "timestamp",
        session="sessionId",
        project="cwd",
        branch="gitBranch",
        replay=pl.col("isSidechain").fill_null(False) | pl.col("agentId").is_not_null(),
        failed=failed,
        id=message.field("id"),
        model=pl.coalesce(message.field("model"), "model"),
        input_tokens=pl.coalesce(usage.field("input_tokens"), "inputTokens"),
        output_tokens=pl.coalesce(usage.field("output_tokens"), "outputTokens"),
        cache_read_tokens=pl.coalesce(
            usage.field("cache_read_input_tokens"), "cacheReadInputTokens"
        ),
        cache_write_tokens=pl.coalesce(
            usage.field("cache_creation_input_tokens"),
            "cacheCreationInputTokens",
            pl.when(told).then(pl.sum_horizontal(by_ttl)),
        ),
        cache_write_1h_tokens=by_ttl[1],
        advisors=pl.when(iterations.str.contains("advisor", literal=True)).then(iterations),
        cost="costUSD",
        tool_calls=content.str.count_matches('"type":\\s?"tool_use"').cast(pl.Int64),
        message=pl.when(failed).then(content.str.slice(0, _MOST_TEXT)),
    )


SHAPE = Shape(
    _RAW,
    required=(),
    relevant=lambda record: "message" in record or "inputTokens" in record,
    only=re.compile(rb'"usage"|"isApiErrorMessage": ?true|"api_error"|"inputTokens"'),
    reduced=_reduced,
)
