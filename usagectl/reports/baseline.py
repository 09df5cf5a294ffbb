"""What a baseline holds, as rows: all calls, and the groups by what they consumed."""

from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl.aggregation.side import Side, added_up
from usagectl.comparison.comparability import models_of
from usagectl.model.names import Key


class BaselineReport(NamedTuple):
    """The sums of all calls, and a row for each group with the same columns and the keys."""

    name: str
    runs: tuple[str, ...]
    keys: tuple[Key, ...]
    first: datetime | None
    last: datetime | None
    models: tuple[str, ...]
    total: dict[str, Any]
    groups: tuple[dict[str, Any], ...]


class Kept(NamedTuple):
    """A baseline in a list: its name, how many calls it holds, of which runs, and the last call."""

    name: str
    calls: int
    runs: tuple[str, ...]
    last: datetime | None


def kept(name: str, side: Side) -> Kept:
    """A baseline as a list shows it."""
    return Kept(name, int(side.cells.get_column("calls").sum()), tuple(side.runs), side.last)


def baseline_report(side: Side) -> BaselineReport:
    """Put a side that was kept into rows, the largest first."""
    names = [key.value for key in side.keys]
    largest = pl.col("total_tokens").fill_null(0)
    groups = added_up(side.cells, names).sort(-largest, *names, nulls_last=True)
    return BaselineReport(
        side.name,
        side.runs,
        side.keys,
        side.first,
        side.last,
        tuple(models_of(side)),
        added_up(side.cells, []).row(0, named=True),
        tuple(groups.iter_rows(named=True)),
    )
