"""The parts of every change: of each group, and of all calls as the sum over the groups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.aggregation.side import MODEL, SUMS, Side
from usagectl.aggregation.sketch import OK
from usagectl.comparison.decomposition import Calls, Pair, Sums, factors_of, parts_by_measure
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Measure, Part
from usagectl.model.schema import LARGEST_SUM, TOO_LARGE

PARTS = {
    "measure": pl.String,
    "part": pl.String,
    "amount": pl.Int64,
    "base_factor": pl.Float64,
    "new_factor": pl.Float64,
}

Group = tuple[str | None, ...]


def parts_of_changes(
    base: Side, new: Side, weights: tuple[int, int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split the changes of all amounts.

    Args:
        base: The base.
        new: The new side.
        weights: What the sums of each side are multiplied with.

    Returns:
        The parts of the groups, with the keys, and those of all calls, with the columns PARTS.
        Among the latter, groups that only one side has are parts of their own. Their factors are
        null where the factor over all calls does not explain what the groups add up to.

    Raises:
        NoAnswerError: A part, times its weight, has more than 64 bits.
    """
    keys = [key.value for key in base.keys]
    runs = len(base.runs), len(new.runs)
    groups = _paired(_grouped(base, keys), _grouped(new, keys))
    rows, totals = [], _Totals()
    for group, pair in groups.items():
        alone = _alone(pair)
        sums = _together(pair)
        totals.add(pair, sums, alone)
        for measure, shares in parts_by_measure(pair, weights):
            factors = factors_of(sums, shares, measure, runs)
            for part, amount in shares.items():
                rows.append((*group, measure.value, part.value, amount, *factors[part]))
                totals.count(measure, alone or part, amount)
    of_all = list(totals.rows(runs, weights))
    if any(abs(row[-3]) > LARGEST_SUM for row in (*rows, *of_all)):
        raise NoAnswerError(TOO_LARGE)
    schema = {**dict.fromkeys(keys, pl.String), **PARTS}
    return (
        pl.DataFrame(rows, schema=schema, orient="row"),
        pl.DataFrame(of_all, schema=PARTS, orient="row"),
    )


class _Totals:
    """The sums over groups: of the parts, and of what the factors are reckoned from."""

    def __init__(self) -> None:
        self.amounts: dict[Measure, dict[Part, int]] = {}
        self.calls = Pair(Calls({}, _nothing()), Calls({}, _nothing()))
        self.sums = tuple({"ok": _nothing(), "other": _nothing()} for _ in range(2))
        self.alone = {Part.NEW_GROUPS: 0, Part.GONE_GROUPS: 0}

    def add(self, pair: Pair, sides: Sequence[Mapping[str, Sums]], alone: Part | None) -> None:
        if alone is not None:
            self.alone[alone] += 1
            return
        for calls, of_this in zip(self.calls, pair, strict=True):
            for model, more in of_this.ok.items():
                _add(calls.ok.setdefault(model, _nothing()), more)
            _add(calls.other, of_this.other)
        for sums, side in zip(self.sums, sides, strict=True):
            for name, of_group in side.items():
                _add(sums[name], of_group)

    def count(self, measure: Measure, part: Part, amount: int) -> None:
        shares = self.amounts.setdefault(measure, {})
        shares[part] = shares.get(part, 0) + amount

    def rows(self, runs: tuple[int, int], weights: tuple[int, int]) -> Iterator[tuple[Any, ...]]:
        without_groups = dict(parts_by_measure(self.calls, weights))
        for measure in Measure:
            shares = {p: a for p, a in self.amounts.get(measure, {}).items() if a}
            alike = without_groups.get(measure, {})
            told = {p: a for p, a in shares.items() if _explains(alike.get(p, 0), a)}
            factors = {
                **dict.fromkeys(shares, (None, None)),
                **factors_of(self.sums, told, measure, runs),
                Part.NEW_GROUPS: (0, self.alone[Part.NEW_GROUPS]),
                Part.GONE_GROUPS: (self.alone[Part.GONE_GROUPS], 0),
            }
            for part, amount in shares.items():
                yield measure.value, part.value, amount, *factors[part]


def _explains(without_groups: int, amount: int) -> bool:
    """Whether a part reckoned from all calls, as one group, is within a factor of 2 of the sum.

    Where groups differ much in size, a factor over all calls says how their mix changed.
    """
    if (without_groups > 0) != (amount > 0):
        return False
    least, most = sorted((abs(without_groups), abs(amount)))
    return most <= 2 * least


def _nothing() -> Sums:
    return dict.fromkeys(SUMS, 0)


def _add(to: Sums, more: Mapping[str, int | None]) -> None:
    for name in SUMS:
        to[name] += more[name] or 0


def _grouped(side: Side, keys: Sequence[str]) -> dict[Group, Calls]:
    groups: dict[Group, Calls] = {}
    for row in side.cells.select(*keys, MODEL, OK, *SUMS).iter_rows(named=True):
        group = tuple(row[key] for key in keys)
        calls = groups.get(group)
        if calls is None:
            calls = groups[group] = Calls({}, _nothing())
        if row[OK]:
            calls.ok[row[MODEL]] = row
        else:
            _add(calls.other, row)
    return groups


def _paired(base: dict[Group, Calls], new: dict[Group, Calls]) -> dict[Group, Pair]:
    none = Calls({}, _nothing())
    return {
        group: Pair(base.get(group, none), new.get(group, none))
        for group in sorted(
            {**base, **new}, key=lambda group: [(k is None, k or "") for k in group]
        )
    }


def _alone(pair: Pair) -> Part | None:
    sizes = [bool(calls.ok) or calls.other["calls"] > 0 for calls in pair]
    if all(sizes):
        return None
    return Part.NEW_GROUPS if sizes[1] else Part.GONE_GROUPS


def _together(pair: Pair) -> tuple[dict[str, Sums], ...]:
    """The sums of both sides over all models: of the calls that went well, and of the others."""
    sides = []
    for calls in pair:
        models = list(calls.ok.values())
        ok = models[0] if len(models) == 1 else _nothing()
        if len(models) > 1:
            for sums in models:
                _add(ok, sums)
        sides.append({"ok": ok, "other": calls.other})
    return tuple(sides)
