"""The figures that gates look at: of each group on both sides, exact, with what they rest on."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from usagectl.aggregation.side import Side, added_up
from usagectl.aggregation.sketch import Estimate, percentiles
from usagectl.comparison.compare import Comparison
from usagectl.comparison.measures import MEASURES
from usagectl.config.gate_subject import Subject
from usagectl.gates.cost_estimates import estimated_costs
from usagectl.gates.knowledge import Tellings
from usagectl.model.names import Key, Measure, Presence

Group = tuple[str | None, ...]
Takers = Mapping[Group, Sequence[Group]]
"""The new groups that may do the work of each group which does less than in the base."""

SAMPLES = {
    # Where the values of single calls stand, and how many of them are one unit.
    Measure.DURATION_SECONDS: ("duration_us", 1_000_000),
    Measure.OUTPUT_TOKENS: ("output_tokens", 1),
    Measure.TOTAL_TOKENS: ("total_tokens", 1),
}


def named(group: Group) -> str:
    """A group in a sentence."""
    return ", ".join(value or "-" for value in group)


class Figure(NamedTuple):
    """A figure of one side: `known` of `calls` calls have it; `value` is None where none has.

    `estimate` is what it would be if the other calls were like those that are known. Where the
    value is known only within some error, it is the least that it can be, and `most` the largest.
    """

    value: Fraction | None
    known: int
    calls: int
    estimate: Fraction | None
    most: Fraction | None = None


class Pair(NamedTuple):
    """A figure on both sides of a group; of all calls where the group is None."""

    group: Group | None
    presence: Presence
    base: Figure
    new: Figure


class Figures:
    """All figures of a comparison; each is taken from it once."""

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison
        self.keys: tuple[Key, ...] = comparison.keys
        self.pairs: dict[Subject, tuple[Pair, ...]] = {}
        self.base_sums: dict[Group | None, Mapping[str, int | None]] = {}
        self.told = Tellings(comparison)

    def of(self, subject: Subject) -> tuple[Pair, ...]:
        """The pairs of a measure, a percentile or a coverage: of all calls, then of the groups."""
        if subject not in self.pairs:
            self.pairs[subject] = tuple(self._pairs(subject))
        return self.pairs[subject]

    def sums(self, group: Group | None) -> Mapping[str, int | None]:
        """The sums of the base: of a group, or of all calls."""
        if not self.base_sums:
            side = self.comparison.sides[0]
            names = [key.value for key in self.keys]
            self.base_sums = {None: added_up(side.cells, []).row(0, named=True)}
            for row in added_up(side.cells, names).iter_rows(named=True):
                self.base_sums[tuple(row[name] for name in names)] = row
        return self.base_sums[group]

    def failed_like(self, glob: str) -> Iterator[tuple[str, Pair]]:
        """The failed calls a run of each label that meets a glob; where none does, of none."""
        found = self.labels_like(glob) or {glob: Pair(None, Presence.BOTH, NONE, NONE)}
        for label, pair in found.items():
            yield f"failed({label})", pair

    def labels_like(self, glob: str) -> dict[str, Pair]:
        """The same by label, without any where no call failed so."""
        there = self._failed()
        return {label: there[label] for label in there if fnmatch.fnmatchcase(label, glob)}

    def _failed(self) -> dict[str, Pair]:
        runs = len(self.comparison.base.runs), len(self.comparison.new.runs)
        columns = self.comparison.failures.select(Key.FAILURE, "base_calls", "new_calls")
        found = {}
        for label, *counts in columns.iter_rows():
            base, new = (_whole(c, r) for c, r in zip(counts, runs, strict=True))
            found[label or "-"] = Pair(None, Presence.BOTH, base, new)
        return found

    def _successful(self) -> Iterator[Pair]:
        """The calls that went well; an outcome that is not known is told from those that failed."""
        sides = self.comparison.sides
        for pair in self.of(Subject(Measure.CALLS)):
            figures = []
            for i, figure in enumerate((pair.base, pair.new)):
                well, open_ = (
                    self.told.calls(i, pair.group, ok=ok).get("calls", 0) for ok in (True, None)
                )
                runs, known = len(sides[i].runs), figure.calls - open_
                figures.append(
                    Figure(
                        Fraction(well, runs) if known or not figure.calls else None,
                        known,
                        figure.calls,
                        Fraction(well + open_, runs),
                    )
                )
            yield Pair(pair.group, pair.presence, *figures)

    def _pairs(self, subject: Subject) -> Iterator[Pair]:
        if subject.successful:
            yield from self._successful()
            return
        measure = subject.measure or Measure.CALLS
        names = [key.value for key in self.keys]
        percentiles = self._percentiles(subject) if subject.percentile is not None else None
        costs = (
            [estimated_costs(side, names) for side in self.comparison.sides]
            if measure is Measure.COST_USD
            else None
        )
        for frame, keys in ((self.comparison.totals, []), (self.comparison.groups, names)):
            for row in frame.filter(measure=measure.value).iter_rows(named=True):
                group = tuple(row[key] for key in keys) if keys else None
                base, new = (_figure(row, side, measure) for side in ("base", "new"))
                if percentiles is not None:
                    base, new = (
                        _percentile(side.get(group), subject, figure.calls)
                        for side, figure in zip(percentiles, (base, new), strict=True)
                    )
                elif subject.coverage:
                    base, new = _coverage(base), _coverage(new)
                elif costs is not None:
                    base, new = (
                        figure._replace(estimate=estimates.get(group))
                        for figure, estimates in zip((base, new), costs, strict=True)
                    )
                yield Pair(group, Presence(row["presence"]), base, new)

    def _percentiles(self, subject: Subject) -> list[Mapping[Group | None, Estimate]]:
        column, _ = SAMPLES[subject.measure or Measure.DURATION_SECONDS]
        percent = subject.percentile or 0
        return [_estimates(side, column, percent) for side in self.comparison.sides]


def _figure(row: Mapping[str, Any], side: str, measure: Measure) -> Figure:
    above, below = row[f"{side}_numerator"], row[f"{side}_denominator"]
    known, calls = row[f"{side}_known"] or 0, row[f"{side}_calls"] or 0
    if above is None or not below:
        return Figure(None, known, calls, None)
    value = Fraction(above, below)
    adds_up = MEASURES[measure].over is None and known
    return Figure(value, known, calls, value * calls / known if adds_up else value)


def _whole(calls: int, runs: int) -> Figure:
    value = Fraction(calls, runs)
    return Figure(value, calls, calls, value)


NONE = _whole(0, 1)
"""No call, and that is known."""


def _coverage(figure: Figure) -> Figure:
    share = Fraction(figure.known, figure.calls) if figure.calls else None
    return Figure(share, figure.calls, figure.calls, share)


def _estimates(side: Side, column: str, percent: int) -> dict[Group | None, Estimate]:
    """Of the values of single calls, well or not: one that failed late was slow all the same."""
    values = side.samples[column]
    of_groups = percentiles(values, [key.value for key in side.keys], percent)
    found: dict[Group | None, Estimate] = dict(of_groups.items())
    whole = percentiles(values, (), percent)
    if whole:
        found[None] = whole[()]
    for group, hundredths in side.percentiles.get(column, {}).items():
        if group in found:
            exact = Fraction(hundredths[percent], 100)
            found[group] = Estimate(exact, exact, found[group].known)
    return found


def _percentile(found: Estimate | None, subject: Subject, calls: int) -> Figure:
    if found is None:
        return Figure(None, 0, calls, None)
    _, unit = SAMPLES[subject.measure or Measure.DURATION_SECONDS]
    low, high = found.low / unit, found.high / unit
    return Figure(low, found.known, calls, low, high if high > low else None)
