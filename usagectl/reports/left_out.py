"""What is not among the figures: records that could not be read, calls without a time."""

from collections.abc import Iterator, Sequence
from typing import NoReturn

import polars as pl

from usagectl.dataset.filters import Filters
from usagectl.dataset.no_match import refuse_nothing
from usagectl.dataset.usage import Usage
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.notices import Notice, Reject
from usagectl.model.wording import plural


def left_out(usage: Usage, chosen: Filters) -> Iterator[Notice]:
    """What of a usage is not in a report on the calls that meet some filters."""
    if usage.rejects:
        yield Notice("rejected-records", _rejected(usage.rejects), len(usage.rejects))
    if chosen.since is None and chosen.until is None:
        return
    without = (
        usage.calls.select(pl.col("ended_at").is_null().sum()).collect(engine="streaming").item()
    )
    if without:
        yield Notice(
            "untimed-calls",
            f"{without} call{plural(without)} without a time cannot meet a time filter"
            " and are left out",
            without,
        )


def in_steps(usage: Usage) -> Iterator[Notice]:
    """How well percentiles are known, where the calls are too many to look at each."""
    if usage.is_large:
        yield Notice(
            "stepped-percentiles",
            f"p50 and p95 of durations are told from steps of 1 %, since there are {usage.rows:,}"
            " rows: each is right to half a percent",
            usage.rows,
        )


def refuse_empty(usage: Usage, chosen: Filters) -> NoReturn:
    """Say why there is nothing to report.

    Raises:
        NoAnswerError: Nothing meets the filters, or nothing could be read.
    """
    refuse_nothing(usage.calls, chosen, usage.zone)
    if usage.rejects:
        raise NoAnswerError(f"nothing could be read: {_rejected(usage.rejects)}")
    files = usage.files.get_column("path").head(3)
    raise NoAnswerError(f"the files hold no calls: {', '.join(files)}")


def _rejected(rejects: Sequence[Reject]) -> str:
    first = rejects[0]
    place = f"{first.source}:{first.line}" if first.line else first.source
    return (
        f"records or files that could not be read: {len(rejects)}, the first {place}:"
        f" {first.reason} (usagectl doctor lists them)"
    )
