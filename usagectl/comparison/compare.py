"""Two sides beside each other: what changed, why, and whether that is more than noise."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.side import SUMS, Side, added_up, side_of, without_empty_runs
from usagectl.comparison import comparability
from usagectl.comparison.attribution import parts_of_changes
from usagectl.comparison.measures import measured
from usagectl.comparison.same_tasks import SameTask, with_same_tasks
from usagectl.comparison.significance import judged, tests_of_groups, tests_of_totals
from usagectl.comparison.workload import work_of_groups, work_of_totals
from usagectl.dataset.machines import machines_of
from usagectl.dataset.usage import Usage
from usagectl.model import portrait
from usagectl.model.arguments import expect, keys_of
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Key, Measure, Presence
from usagectl.model.notices import Notice
from usagectl.model.schema import refusing_large_sums

_CALL = 'compare(load("runs/a"), load("runs/b"), by="task")'
_SHOWN = (
    Measure.CALLS,
    Measure.FAILURE_RATE,
    Measure.INPUT_TOKENS,
    Measure.OUTPUT_TOKENS,
    Measure.DURATION_SECONDS,
    Measure.COST_USD,
)


class Compared(NamedTuple):
    """A side as it was compared: its name, its runs, their period, and the models that answered."""

    name: str
    runs: tuple[str, ...]
    first: datetime | None
    last: datetime | None
    models: tuple[str, ...]


class Comparison(NamedTuple):
    """What changed between two sides.

    `totals` has a row for each `usagectl.model.names.Measure`, `groups` a row for each group and
    measure, with the columns of `usagectl.comparison.measures.measured` and
    `usagectl.comparison.significance.judged`. `parts` and `total_parts` have what the changes are
    made of: `measure`, `part`, `amount` in whole tokens, microseconds or 1e-9 USD, times `scale`;
    and the factor itself on both sides, as `base_factor` and `new_factor`. The amounts of a group
    add up to its change, those of all groups to the total. `failures` has `failure` and its calls
    on both sides, per run as `base` and `new`.

    `scale` is 1 unless the sides have different numbers of runs: the sums are means per run, and
    the scale makes them whole. `sides` are what was compared, `same_tasks` those of their tasks
    that are called otherwise in the files.
    """

    keys: tuple[Key, ...]
    base: Compared
    new: Compared
    totals: pl.DataFrame
    groups: pl.DataFrame
    total_parts: pl.DataFrame
    parts: pl.DataFrame
    failures: pl.DataFrame
    notices: tuple[Notice, ...]
    scale: int
    sides: tuple[Side, Side]
    same_tasks: tuple[SameTask, ...] = ()

    def __repr__(self) -> str:
        """What changed in total, in eight lines at most."""
        return portrait.text(*self._portrait())

    def _repr_html_(self) -> str:
        return portrait.table(*self._portrait())

    def _portrait(self) -> tuple[str, portrait.Rows]:
        shown = self.totals.filter(pl.col("measure").is_in(_SHOWN))
        rows = [
            (
                row["measure"],
                f"{portrait.figure(row['base'])} -> {portrait.figure(row['new'])}"
                f"  {row.get('verdict') or ''}".rstrip(),
            )
            for row in shown.iter_rows(named=True)
        ]
        groups = self.groups.select(key.value for key in self.keys).n_unique() if self.keys else 1
        by = ",".join(self.keys)
        rows.append(("groups", f"{groups:,} by {by}; {len(self.notices)} notices"))
        return f"Comparison of {self.base.name} and {self.new.name}", rows


def compare(
    base: Usage | Side, new: Usage | Side | None = None, by: str | Sequence[str] = "task"
) -> Comparison:
    """Compare what some runs consumed with what others did.

    Args:
        base: What `load` returned, of one run or several.
        new: The same of what is held against it.
        by: The name of a `usagectl.model.names.Key` that makes the groups, or several.

    Raises:
        WrongUsageError: One of the names is no key that two sides can have in common, or a side is
            nothing that `load` returned.
        NoAnswerError: A side has no calls.
    """
    expect(base, (Usage, Side), _CALL)
    expect(new, (Usage, Side), _CALL)
    keys = keys_of(by)
    sides = [
        side
        if isinstance(side, Side)
        else side_of(without_empty_runs(side), keys, name, machines_of(side))
        for side, name in ((base, "base"), (new, "new"))
        if side is not None
    ]
    return compare_sides(*sides)


@refusing_large_sums()
def compare_sides(
    base: Side, new: Side, *, tested: bool = True, across_trees: bool = True
) -> Comparison:
    """Compare two sides that were added up by the same keys.

    Args:
        base: The base.
        new: The new side.
        tested: Whether to tell changes from noise; else `totals` and `groups` have no verdicts.
        across_trees: Whether tasks may have other folders above them, as `same_tasks` says.

    Raises:
        NoAnswerError: A side has no calls.
    """
    keys = [key.value for key in base.keys]
    for side in (base, new):
        if side.cells.is_empty():
            raise NoAnswerError(f"{side.name} has no calls: there is nothing to compare")
    same: tuple[SameTask, ...] = ()
    if across_trees:
        base, new, same = with_same_tasks(base, new)
    joined = side_by_side(base, new, keys)
    runs = len(base.runs), len(new.runs)
    scale = math.lcm(*runs)
    doubts: list[Notice] = []
    parts, total_parts = parts_of_changes(base, new, (scale // runs[0], scale // runs[1]))
    groups = measured(joined, keys, runs)
    totals = measured(side_by_side(base, new, []), [], runs)
    if tested:
        tests = tests_of_groups(base, new)
        of_totals = tests_of_totals(base, new, groups, tests), total_parts
        totals = judged(totals, *of_totals, work_of_totals(parts, groups, keys), [])
        groups = judged(groups, tests, parts, work_of_groups(parts, keys), keys)
        doubts += comparability.of_steps(base, new)
    return Comparison(
        base.keys,
        _compared(base),
        _compared(new),
        totals,
        groups,
        total_parts,
        parts,
        _failures(base, new),
        (*comparability.notices(base, new, groups, totals), *doubts),
        scale,
        (base, new),
        same,
    )


def _compared(side: Side) -> Compared:
    models = tuple(comparability.models_of(side))
    return Compared(side.name, side.runs, side.first, side.last, models)


def require_common_groups(base: Side, new: Side) -> None:
    """Refuse sides of which no group can be held against another.

    Raises:
        NoAnswerError: Both have calls, but no group in common.
    """
    keys = [key.value for key in base.keys]
    both = base.cells.join(new.cells, on=keys, how="semi", nulls_equal=True)
    if both.is_empty() and not base.cells.is_empty() and not new.cells.is_empty():
        raise NoAnswerError(_nothing_in_common(base, new, keys))


def _nothing_in_common(base: Side, new: Side, keys: Sequence[str]) -> str:
    texts = [
        f"{side.name} has {', '.join(' '.join(v or '-' for v in row) for row in rows)}"
        for side in (base, new)
        if (rows := side.cells.select(keys).unique().sort(keys).head(3).rows())
    ]
    return (
        f"no {' and '.join(keys)} is on both sides ({'; '.join(texts)}): compare --by another key"
    )


def side_by_side(base: Side, new: Side, keys: Sequence[str]) -> pl.DataFrame:
    """A row a group with the sums of both sides, null where a side does not have it."""
    before, after = (
        added_up(side.cells, keys).rename({name: f"{prefix}_{name}" for name in SUMS})
        for side, prefix in ((base, "base"), (new, "new"))
    )
    if keys:
        both = before.join(after, on=keys, how="full", coalesce=True, nulls_equal=True)
    else:
        both = before.hstack(after)
    return both.with_columns(
        presence=pl.when(pl.col("base_calls").is_null())
        .then(pl.lit(Presence.NEW))
        .when(pl.col("new_calls").is_null())
        .then(pl.lit(Presence.GONE))
        .otherwise(pl.lit(Presence.BOTH))
    ).sort(keys or "presence", nulls_last=True)


def _failures(base: Side, new: Side) -> pl.DataFrame:
    """The failure mix of both sides, the most frequent first; what a side has not is 0."""
    runs = len(base.runs), len(new.runs)
    before, after = (
        side.failures.rename({"calls": name})
        for side, name in ((base, "base_calls"), (new, "new_calls"))
    )
    return (
        before.join(after, on=Key.FAILURE.value, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("base_calls", "new_calls").fill_null(0))
        .with_columns(base=pl.col("base_calls") / runs[0], new=pl.col("new_calls") / runs[1])
        .sort(pl.max_horizontal("base", "new"), Key.FAILURE, descending=[True, False])
    )
