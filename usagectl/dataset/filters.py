"""Which calls and stages to look at: conditions on keys and on time."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from usagectl.dataset import conditions
from usagectl.dataset.conditions import Condition, parse_condition
from usagectl.model.exceptions import WrongUsageError

_AGE = re.compile(r"(\d+)([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


class Filters(NamedTuple):
    """Conditions of one key are alternatives, keys add up; `since` counts, `until` does not."""

    conditions: tuple[Condition, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def parse(where: Sequence[str] | None, since: str | None, until: str | None, zone: str) -> Filters:
    """The filters that a user wrote; `zone` is for times without an offset.

    Raises:
        WrongUsageError: One of them cannot be read.
    """
    return Filters(
        tuple(parse_condition(text) for text in where or ()),
        parse_time(since, zone) if since else None,
        parse_time(until, zone, end=True) if until else None,
    )


def parse_time(text: str, zone: str, *, end: bool = False) -> datetime:
    """Read a date, a time, or an age such as `7d`, `12h`, `30m`.

    Args:
        text: What the user wrote.
        zone: The zone of a time without an offset.
        end: Whether a date stands for the end of its day.

    Raises:
        WrongUsageError: It is none of these.
    """
    age = _AGE.fullmatch(text)
    if age:
        try:
            return datetime.now(UTC) - timedelta(**{_UNITS[age[2]]: int(age[1])})
        except OverflowError:
            raise WrongUsageError(f"{text!r} is longer ago than a calendar goes") from None
    try:
        return _moment(text, zone, end=end)
    except (ValueError, OverflowError):
        raise WrongUsageError(
            f"{text!r} is no time: write 2026-03-20, 2026-03-20T14:30 or an age such as 7d, 12h"
        ) from None


def _moment(text: str, zone: str, *, end: bool) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone))
    if end and re.fullmatch(r"\d{4}-?\d\d-?\d\d", text):
        at += timedelta(days=1)
    return at.astimezone(UTC)


def apply(frame: pl.LazyFrame, filters: Filters, zone: str) -> pl.LazyFrame:
    """The rows that meet all filters; a row without a time meets none on time."""
    if filters.since is not None:
        frame = frame.filter(pl.col("ended_at") >= filters.since)
    if filters.until is not None:
        frame = frame.filter(pl.col("ended_at") < filters.until)
    return conditions.of_calls(frame, filters.conditions, zone)


def apply_to_stages(frame: pl.LazyFrame, filters: Filters, zone: str) -> pl.LazyFrame:
    """As apply, on the keys that a stage has; a condition on another key leaves no stage."""
    # A stage that never ended is found by its beginning.
    ended = pl.col("ended_at")
    dated = frame.with_columns(ended_at=pl.coalesce(ended, "started_at"), kept=ended)
    kept = conditions.of_stages(dated, filters.conditions, zone)
    timed = apply(kept, filters._replace(conditions=()), zone)
    return timed.with_columns(ended_at="kept").drop("kept")
