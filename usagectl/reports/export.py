"""The canonical frames as a file of another tool's format."""

import io

import polars as pl

from usagectl.dataset import filters
from usagectl.dataset.filters import Filters
from usagectl.dataset.no_match import meeting
from usagectl.dataset.usage import Usage
from usagectl.failures.secrets import masked
from usagectl.model.escaping import FORMULA
from usagectl.model.notices import Notice
from usagectl.model.schema import EXPORTED, conform
from usagectl.pricing import apply
from usagectl.pricing.requests import Wanted


def encoded(
    usage: Usage,
    suffix: str,
    *,
    stages: bool,
    with_messages: bool,
    chosen: Filters,
    wanted: Wanted = Wanted(),  # noqa: B008
) -> tuple[bytes, int, tuple[Notice, ...]]:
    """The calls with their costs, or the stages, as bytes of a file, how many rows, and the doubts.

    Args:
        usage: What was loaded.
        suffix: `.parquet`, `.csv`, `.ndjson` or `.arrow`.
        stages: The stages instead of the calls.
        with_messages: Keep the raw error texts, with likely secrets in them masked.
        chosen: Which rows.
        wanted: How to price calls.

    Raises:
        NoAnswerError: There are calls, but none that meets the filters.
    """
    notices = usage.notices
    if stages:
        frame = filters.apply_to_stages(usage.stages, chosen, usage.zone)
    else:
        priced, _ = apply.priced(meeting(usage, chosen), wanted)
        notices = priced.notices
        frame = conform(priced.calls, EXPORTED)
    if with_messages:
        rows = frame.with_columns(masked(pl.col("message"))).collect()
    else:
        rows = frame.drop("message").collect()
    out = io.BytesIO()
    if suffix == ".parquet":
        rows.write_parquet(out)
    elif suffix == ".arrow":
        rows.write_ipc(out)
    elif suffix == ".ndjson":
        rows.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")).write_ndjson(
            out
        )
    else:
        texts = pl.col(pl.String)
        safe = pl.when(texts.str.contains(FORMULA)).then("'" + texts).otherwise(texts)
        rows.with_columns(safe.name.keep()).write_csv(
            out, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ", quote_style="non_numeric"
        )
    return out.getvalue(), rows.height, notices
