"""A comparison as finished rows: the headline, what drove each metric, the failures."""

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.comparison.compare import Compared, Comparison
from usagectl.comparison.measures import MEASURES
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key, Measure, Presence, Sort, Verdict
from usagectl.model.notices import Notice
from usagectl.reports.parts import MOST, Outcomes, PartShown, outcomes, parts_by_group, shown

_BY_DEFAULT = (Measure.TOTAL_TOKENS, Measure.DURATION_SECONDS, Measure.CALLS)
_EXPLAINED_BY_DEFAULT = (Measure.TOTAL_TOKENS, Measure.DURATION_SECONDS, Measure.COST_USD)
# Of the parts of a group, where not everything is asked for.
_FEW = 2
# What has less of all the change than this is no driver, unless the user asks for less.
_LEAST_SHARE = 0.01
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)(%?)")


class Driver(NamedTuple):
    """A group and its row of a measure; `weight` is its change against the largest, 0 to 1.

    Where the change is not known, because a side does not know the figure, the weight is null.
    """

    row: dict[str, Any]
    parts: tuple[PartShown, ...]
    weight: float | None


class Explained(NamedTuple):
    """Why a measure changed, in total and by group; `listed` is whether the groups were asked for.

    `moved` is how many groups changed, `leader` the row of the one with the largest change in the
    direction of the total, if any.
    `drivers` are the groups to show. The others are folded away: `unchanged`, `noise`, `small`
    ones that changed by less than was asked for, and `hidden` ones beyond the number to show.
    """

    measure: Measure
    total: dict[str, Any]
    parts: tuple[PartShown, ...]
    moved: int
    leader: dict[str, Any] | None
    drivers: tuple[Driver, ...]
    unchanged: "Folded"
    noise: "Folded"
    small: "Folded"
    hidden: "Folded"
    listed: bool


class Folded(NamedTuple):
    """How many groups are not shown, and what they changed together, null for a ratio."""

    groups: int
    change: float | None


class DiffReport(NamedTuple):
    """What `usagectl diff` says; `totals` are the rows of the measures that are known.

    `outcomes` are what became of the calls of both sides, `presences` how many groups are on which
    of them, `every` is whether all is to be shown.
    """

    comparison: Comparison
    base: Compared
    new: Compared
    keys: tuple[Key, ...]
    totals: tuple[dict[str, Any], ...]
    why: tuple[Explained, ...]
    failures: tuple[dict[str, Any], ...]
    notices: tuple[Notice, ...]
    zone: str
    outcomes: tuple[Outcomes, Outcomes]
    presences: dict[Presence, int]
    every: bool


class Least(NamedTuple):
    """The least change to show: in the unit of the measure, or as a fraction of its base."""

    amount: float
    relative: bool


def parse_least(text: str) -> Least:
    """Read `500` or `5%`.

    Raises:
        WrongUsageError: It is neither.
    """
    found = _LIMIT.fullmatch(text.strip())
    if not found or not math.isfinite(float(found[1])):
        raise WrongUsageError(f"--min-change {text!r}: expected a number such as 500, or 5%")
    return Least(float(found[1]) / (100 if found[2] else 1), bool(found[2]))


def diff_report(
    comparison: Comparison,
    *,
    metrics: Sequence[Measure] = (),
    sort: Sort = Sort.CONTRIBUTION,
    top: int | None = None,
    every: bool = False,
    least: Least | None = None,
    zone: str,
) -> DiffReport:
    """Put a comparison into rows.

    Args:
        comparison: What changed.
        metrics: What to show the drivers of; by default of tokens, else of what is known.
        sort: Their order.
        top: How many to show of each; None for all.
        every: Show also those that did not change, or by no more than noise.
        least: Fold away what changed by less; by default by less than 1 % of all changes.
        zone: The zone of times.
    """
    totals = [
        row for row in comparison.totals.iter_rows(named=True) if row["verdict"] != Verdict.UNKNOWN
    ]
    known = [Measure(row["measure"]) for row in totals]
    wanted = [*metrics] or [next(m for m in _BY_DEFAULT if m in known)]
    others = [m for m in _EXPLAINED_BY_DEFAULT if m in known and m not in wanted]
    shown = [(m, top) for m in wanted] + [(m, 0) for m in others if not metrics]
    return DiffReport(
        comparison,
        comparison.base,
        comparison.new,
        comparison.keys,
        tuple(totals),
        tuple(
            _explained(comparison, measure, sort, limit, least, every=every)
            for measure, limit in shown
        ),
        tuple(comparison.failures.iter_rows(named=True)),
        comparison.notices,
        zone,
        (outcomes(comparison.sides[0]), outcomes(comparison.sides[1])),
        _presences(comparison),
        every,
    )


def _explained(
    comparison: Comparison,
    measure: Measure,
    sort: Sort,
    top: int | None,
    least: Least | None,
    *,
    every: bool,
) -> Explained:
    total = comparison.totals.row(by_predicate=pl.col("measure") == measure, named=True)
    rows = comparison.groups.filter(pl.col("measure") == measure, pl.col("verdict") != "unknown")
    same = pl.col("verdict") == Verdict.SAME
    noise = pl.col("verdict") == Verdict.NOISE
    small = _small(least)
    kept = rows if every else rows.filter(~same & ~noise & ~small)
    folded = rows.clear() if every else rows
    keys = [key.value for key in comparison.keys]
    ordered = _ordered(kept, measure, sort, keys)
    drivers = ordered.head(top) if top is not None else ordered
    largest = kept.select(_weight().max()).item() or 0
    of_groups = parts_by_group(comparison, measure, drivers, most=MOST if every else _FEW)
    return Explained(
        measure,
        total,
        shown(comparison.total_parts.filter(measure=measure.value), comparison, measure),
        rows.filter(pl.col("change") != 0).height,
        _leader(rows, total["change"], keys),
        tuple(
            Driver(
                row,
                of_groups.get(tuple(row[key] for key in keys), ()),
                None if row["change"] is None else abs(row["change"]) / (largest or 1),
            )
            for row in drivers.iter_rows(named=True)
        ),
        _folded(folded.filter(same), measure),
        _folded(folded.filter(noise), measure),
        _folded(folded.filter(small & ~same & ~noise), measure),
        _folded(ordered.slice(drivers.height), measure),
        top != 0,
    )


def _presences(comparison: Comparison) -> dict[Presence, int]:
    groups = comparison.groups.filter(measure=Measure.CALLS.value)
    return {p: groups.filter(presence=p.value).height for p in Presence}


def _leader(rows: pl.DataFrame, change: float | None, keys: Sequence[str]) -> dict[str, Any] | None:
    if not change:
        return None
    along = rows.filter(pl.col("change").sign() == (1 if change > 0 else -1))
    first = along.sort([-pl.col("change").abs(), *keys], nulls_last=True).head(1)
    return next(first.iter_rows(named=True), None)


def _weight() -> pl.Expr:
    """How much a change matters: where it is not known, as much as the side that is."""
    return pl.coalesce(pl.col("change"), "base", "new").abs()


def _folded(rows: pl.DataFrame, measure: Measure) -> Folded:
    adds_up = MEASURES[measure].over is None
    together = float(rows.select(pl.col("change").sum()).item())
    return Folded(rows.height, together if adds_up else None)


def _small(least: Least | None) -> pl.Expr:
    change = pl.col("change").abs()
    if least is None:
        return (change < change.sum() * _LEAST_SHARE).fill_null(False)
    size = pl.col("relative").abs() if least.relative else pl.col("change").abs()
    return (size < least.amount).fill_null(False)


def _ordered(rows: pl.DataFrame, measure: Measure, sort: Sort, keys: Sequence[str]) -> pl.DataFrame:
    change = pl.col("change")
    harm = change if MEASURES[measure].less_is_better else -change
    order = {
        Sort.CONTRIBUTION: -_weight(),
        Sort.WORST: -harm,
        Sort.FACTOR: -pl.col("relative").abs(),
    }.get(sort)
    by = keys if order is None else [order, *keys]
    return rows.sort(by, nulls_last=True, maintain_order=True)
