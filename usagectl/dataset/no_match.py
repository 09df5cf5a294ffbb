"""Why no call meets some filters, and what there is."""

from collections.abc import Iterator

import polars as pl

from usagectl.dataset import conditions, filters
from usagectl.dataset.conditions import ABSENT, Condition
from usagectl.dataset.filters import Filters
from usagectl.dataset.usage import Usage
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Key
from usagectl.model.wording import some_of

_MAGIC = {*"*?["}
_SHOWN = 6


def refuse_nothing(calls: pl.LazyFrame, chosen: Filters, zone: str, said: str = "") -> None:
    """Do nothing where some call meets the filters, or there is none at all.

    Args:
        calls: All calls.
        chosen: The filters.
        zone: Where a day begins.
        said: Of which run, in front of the message.

    Raises:
        NoAnswerError: No call meets them; the message says what there is.
    """
    if chosen == Filters() or calls.limit(1).collect().is_empty():
        return
    if filters.apply(calls, chosen, zone).limit(1).collect().is_empty():
        whys = list(_whys(calls, chosen, zone)) or ["each leaves some, but none meets all of them"]
        raise NoAnswerError(f"{said}no call meets the filters: {'; '.join(whys)}")


def meeting(usage: Usage, chosen: Filters, said: str = "") -> Usage:
    """The usage with no more than the calls that meet some filters; see `refuse_nothing`."""
    refuse_nothing(usage.calls, chosen, usage.zone, said)
    return usage._replace(calls=filters.apply(usage.calls, chosen, usage.zone))


def _whys(calls: pl.LazyFrame, chosen: Filters, zone: str) -> Iterator[str]:
    """For each filter that leaves no call by itself: what there is instead."""
    for key in dict.fromkeys(condition.key for condition in chosen.conditions):
        of_key = [condition for condition in chosen.conditions if condition.key is key]
        if conditions.of_calls(calls, of_key, zone).limit(1).collect().is_empty():
            yield _of_key(calls, key, of_key, zone)
    in_time = filters.apply(calls, chosen._replace(conditions=()), zone)
    if in_time.limit(1).collect().is_empty():
        ends = calls.select(first=pl.col("ended_at").min(), last=pl.col("ended_at").max())
        period = [f"{end:%Y-%m-%d %H:%M:%S}" for end in ends.collect().row(0) if end]
        yield f"the calls are from {' to '.join(period)} UTC" if period else "no call has a time"


def _of_key(calls: pl.LazyFrame, key: Key, wanted: list[Condition], zone: str) -> str:
    values = sorted(value or ABSENT for value in conditions.values_of(calls, key, zone))
    written = " ".join(f"{key}{'!=' if c.negated else '='}{c.glob}" for c in wanted)
    parts = [
        c.glob
        for c in wanted
        if not c.negated and not _MAGIC & {*c.glob} and any(c.glob in value for value in values)
    ]
    hint = f" (a part is written with stars, as in {key}=*{parts[0]}*)" if parts else ""
    return f"{written} leaves none, there are {some_of(values, _SHOWN)}{hint}"
