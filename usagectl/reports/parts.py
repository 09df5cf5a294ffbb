"""The parts of a change as they are shown: the largest, in the unit of their measure."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.aggregation.sketch import OK
from usagectl.comparison.compare import Comparison
from usagectl.comparison.measures import MEASURES
from usagectl.model.names import Measure

MOST = 4
_LEAST_SHARE = 0.01
OTHER = "other"


class Outcomes(NamedTuple):
    """How many calls of a side went well, failed, and were cancelled, per run."""

    ok: float
    failed: float
    cancelled: float

    @property
    def calls(self) -> float:
        """All of them."""
        return self.ok + self.failed + self.cancelled


class PartShown(NamedTuple):
    """A part of a change in the unit of its measure, and the factor behind it on both sides.

    `more` is by how much the factor grew; these three are null where there is no factor. `ok_call`
    and `other_call` are how calls that went well and others are named.
    """

    part: str
    amount: float
    base: float | None
    new: float | None
    more: float | None
    ok_call: str = "call"
    other_call: str = "failed call"


def outcomes(side: Side) -> Outcomes:
    """The calls of a side by what became of them."""
    ok, others, failed = side.cells.select(
        pl.when(pl.col(OK)).then("calls").sum().alias("ok"),
        pl.when(~pl.col(OK)).then("calls").sum().alias("others"),
        pl.col("failed").sum(),
    ).row(0)
    runs = len(side.runs)
    return Outcomes(ok / runs, failed / runs, (others - failed) / runs)


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
    return shown(rows.filter(measure=measure.value), comparison, measure)


def parts_by_group(
    comparison: Comparison, measure: Measure, groups: pl.DataFrame, *, most: int = MOST
) -> dict[tuple[str | None, ...], tuple[PartShown, ...]]:
    """The same of some groups, by their keys."""
    keys = [key.value for key in comparison.keys]
    rows = comparison.parts.filter(measure=measure.value).join(
        groups, on=keys, how="semi", nulls_equal=True
    )
    return {
        group: shown(parts, comparison, measure, most=most)
        for group, parts in rows.partition_by(keys, as_dict=True).items()
    }


def shown(
    rows: pl.DataFrame, comparison: Comparison, measure: Measure, *, most: int = MOST
) -> tuple[PartShown, ...]:
    """The largest first, ties by their names; the smallest of many are one.

    Args:
        rows: The parts of one change.
        comparison: What they are of.
        measure: What changed.
        most: How many to show at most, besides the others together.
    """
    unit = comparison.scale * MEASURES[measure].per_unit
    nouns = _nouns(comparison)
    found = [
        PartShown(part, amount / unit, base, new, _difference(base, new), *nouns)
        for part, amount, base, new in rows.select(
            "part", "amount", "base_factor", "new_factor"
        ).iter_rows()
    ]
    found.sort(key=lambda part: (-abs(part.amount), part.part))
    least = _LEAST_SHARE * sum(abs(part.amount) for part in found)
    kept = [part for part in found[:most] if abs(part.amount) >= least]
    return fewer(found, len(kept))


def fewer(parts: Sequence[PartShown], most: int) -> tuple[PartShown, ...]:
    """The same parts, of which those beyond so many are one."""
    others = sum(part.amount for part in parts[most:])
    rest = [PartShown(OTHER, others, None, None, None)] if others else []
    return (*parts[:most], *rest)


def _nouns(comparison: Comparison) -> tuple[str, str]:
    sides = [outcomes(side) for side in comparison.sides]
    failed, cancelled = any(s.failed for s in sides), any(s.cancelled for s in sides)
    other = " or ".join(
        word for word, there in (("failed", failed), ("cancelled", cancelled)) if there
    )
    return ("successful call" if other else "call"), f"{other or 'failed'} call"


def _difference(base: float | None, new: float | None) -> float | None:
    return None if base is None or new is None else new - base
