"""A comparison as finished rows: the headline, what drove each metric, the failures."""

import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.comparison import Compared, Comparison
from usagectl.exceptions import WrongUsageError
from usagectl.measures import MEASURES
from usagectl.names import Key, Measure, Sort, Verdict
from usagectl.notices import Notice

_BY_DEFAULT = (Measure.TOTAL_TOKENS, Measure.DURATION_SECONDS, Measure.CALLS)
_EXPLAINED_BY_DEFAULT = (Measure.TOTAL_TOKENS, Measure.DURATION_SECONDS, Measure.COST_USD)
_MOST_PARTS = 4
# What has less of all the change than this is no driver, unless the user asks for less.
_LEAST_SHARE = 0.01
_LIMIT = re.compile(r"(\d+(?:\.\d+)?)(%?)")


class PartShown(NamedTuple):
    """A part of a change in the unit of its measure, and the factor behind it on both sides.

    `more` is by how much the factor grew; these three are null where there is no factor.
    """

    part: str
    amount: float
    base: float | None
    new: float | None
    more: float | None


class Driver(NamedTuple):
    """A group and its row of a measure; `weight` is its change against the largest, 0 to 1."""

    row: dict[str, Any]
    parts: tuple[PartShown, ...]
    weight: float


class Explained(NamedTuple):
    """Why a measure changed, in total and by group; `listed` is whether the groups were asked for.

    `drivers` are the groups to show. The others are folded away: `unchanged`, `noise`, `small`
    ones that changed by less than was asked for, and `hidden` ones beyond the number to show.
    """

    measure: Measure
    total: dict[str, Any]
    parts: tuple[PartShown, ...]
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
    """What `usagectl diff` says; `totals` are the rows of the measures that are known."""

    comparison: Comparison
    base: Compared
    new: Compared
    keys: tuple[Key, ...]
    totals: tuple[dict[str, Any], ...]
    why: tuple[Explained, ...]
    failures: tuple[dict[str, Any], ...]
    notices: tuple[Notice, ...]
    zone: str


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
    largest = kept.select(pl.col("change").abs().max()).item() or 0
    of_groups = _parts_by_group(comparison, measure, drivers, keys)
    return Explained(
        measure,
        total,
        _parts(comparison.total_parts.filter(measure=measure.value), comparison.scale, measure),
        tuple(
            Driver(
                row,
                of_groups.get(tuple(row[key] for key in keys), ()),
                abs(row["change"] or 0) / largest if largest else 0,
            )
            for row in drivers.iter_rows(named=True)
        ),
        _folded(folded.filter(same), measure),
        _folded(folded.filter(noise), measure),
        _folded(folded.filter(small & ~same & ~noise), measure),
        _folded(ordered.slice(drivers.height), measure),
        top != 0,
    )


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
        Sort.CONTRIBUTION: -change.abs(),
        Sort.WORST: -harm,
        Sort.FACTOR: -pl.col("relative").abs(),
    }.get(sort)
    by = keys if order is None else [order, *keys]
    return rows.sort(by, nulls_last=True, maintain_order=True)


def parts_of(
    comparison: Comparison, measure: Measure, group: Sequence[str | None] | None
) -> tuple[PartShown, ...]:
    """What the change of a measure is made of, in one group or, without one, of all calls."""
    if group is None:
        rows = comparison.total_parts
    else:
        rows = comparison.parts.filter(
            pl.col(key).eq_missing(pl.lit(value, pl.String))
            for key, value in zip(comparison.keys, group, strict=True)
        )
    return _parts(rows.filter(measure=measure.value), comparison.scale, measure)


def _parts_by_group(
    comparison: Comparison, measure: Measure, drivers: pl.DataFrame, keys: Sequence[str]
) -> dict[tuple[str | None, ...], tuple[PartShown, ...]]:
    shown = comparison.parts.filter(measure=measure.value).join(
        drivers, on=keys, how="semi", nulls_equal=True
    )
    return {
        group: _parts(parts, comparison.scale, measure)
        for group, parts in shown.partition_by(keys, as_dict=True).items()
    }


def _parts(rows: pl.DataFrame, scale: int, measure: Measure) -> tuple[PartShown, ...]:
    """The largest first, ties by their names; the smallest of many are one."""
    unit = scale * MEASURES[measure].per_unit
    found = [
        PartShown(part, amount / unit, base, new, _difference(base, new))
        for part, amount, base, new in rows.select(
            "part", "amount", "base_factor", "new_factor"
        ).iter_rows()
    ]
    found.sort(key=lambda part: (-abs(part.amount), part.part))
    least = _LEAST_SHARE * sum(abs(part.amount) for part in found)
    shown = [part for part in found[:_MOST_PARTS] if abs(part.amount) >= least]
    others = sum(part.amount for part in found[len(shown) :])
    rest = [PartShown("other", others, None, None, None)] if others else []
    return (*shown, *rest)


def _difference(base: float | None, new: float | None) -> float | None:
    return None if base is None or new is None else new - base
