"""The canonical frames as a file of another tool's format."""

import io

import polars as pl

from usagectl import filters
from usagectl.filters import Filters
from usagectl.usage import Usage


def encoded(
    usage: Usage, suffix: str, *, stages: bool, with_messages: bool, chosen: Filters
) -> tuple[bytes, int]:
    """The calls or stages as bytes of a file, and how many rows there are.

    Args:
        usage: What was loaded.
        suffix: `.parquet`, `.csv`, `.ndjson` or `.arrow`.
        stages: The stages instead of the calls.
        with_messages: Keep the raw error texts.
        chosen: Which rows.
    """
    if stages:
        frame = filters.apply_to_stages(usage.stages, chosen, usage.zone)
    else:
        frame = filters.apply(usage.calls, chosen, usage.zone)
    rows = (frame if with_messages else frame.drop("message")).collect()
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
        rows.write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
    return out.getvalue(), rows.height
