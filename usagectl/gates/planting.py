"""A side with a figure planted in it: to prove that a gate sees what it is for."""

import math
from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.aggregation.sketch import OK
from usagectl.comparison.compare import Comparison, side_by_side
from usagectl.comparison.measures import MEASURES, measured
from usagectl.config.gate import Gate
from usagectl.config.gate_subject import Kind, Subject
from usagectl.gates.limits import limit_of
from usagectl.gates.observations import SAMPLES, Figures, Group
from usagectl.model.names import Key, Measure

Values = Mapping[Group | None, int]
"""Whole units by group; of all calls together under None."""


def limits_in(gate: Gate, figures: Figures) -> dict[Group | None, Fraction]:
    """The last value that passes in each group, in the unit that is planted."""
    subject = gate.subject
    if subject.failure is not None:
        pairs = [pair for _, pair in figures.failed_like(subject.failure)]
    else:
        pairs = list(figures.of(subject))
    found = {}
    for pair in pairs:
        last = limit_of(gate.limit, pair.base.value)
        if last is not None and pair.base.value is not None:
            found[pair.group] = max(last * _below_line(subject, figures, pair.group), last * 0)
    return found


def at_the_limit(gate: Gate, last: Fraction) -> int:
    """The last whole number of units that passes."""
    return math.ceil(last) if gate.limit.least else math.floor(last)


def can_be(subject: Subject, figures: Figures, group: Group | None, value: int) -> bool:
    """Whether there can be so much of it: no share is more than everything."""
    whole = subject.kind is Kind.SHARE and _below_line(subject, figures, group)
    return value >= 0 and (not whole or value <= whole)


def planted(comparison: Comparison, subject: Subject, values: Values) -> Comparison:
    """The comparison of the base with itself, in which the new side has other values."""
    base, _ = comparison.sides
    if subject.failure is not None:
        return comparison._replace(failures=_failures(comparison, subject.failure, values[None]))
    if subject.percentile is not None:
        side = base._replace(samples=_samples(base, subject, values), percentiles={})
        return comparison._replace(sides=(base, side))
    cells = _cells(base, _column(subject), values, well=subject.successful)
    side = base._replace(cells=cells)
    return compared(comparison, side)


def compared(comparison: Comparison, side: Side) -> Comparison:
    """The same comparison with other figures of the new side; without tests, which gates ignore."""
    base, _ = comparison.sides
    keys = [key.value for key in base.keys]
    runs = len(base.runs), len(side.runs)
    return comparison._replace(
        groups=measured(side_by_side(base, side, keys), keys, runs),
        totals=measured(side_by_side(base, side, []), [], runs),
        sides=(base, side),
    )


def _column(subject: Subject) -> str:
    definition = MEASURES[subject.measure or Measure.CALLS]
    return definition.rests_on if subject.coverage else definition.sum_of


def _below_line(subject: Subject, figures: Figures, group: Group | None) -> Fraction:
    """What a value is multiplied with to be a sum of whole units."""
    side = figures.comparison.sides[0]
    if subject.failure is not None:
        return Fraction(len(side.runs))
    definition = MEASURES[subject.measure or Measure.CALLS]
    if subject.percentile is not None:
        return Fraction(SAMPLES[subject.measure or Measure.CALLS][1])
    over = "calls" if subject.coverage else definition.over
    if over is None:
        return Fraction(len(side.runs) * definition.per_unit)
    rows = figures.sums(group)
    records = side.rejected if subject.coverage and group is None else 0
    return Fraction((rows[over] or 0) + records, 1 if subject.coverage else definition.times)


def _cells(side: Side, column: str, values: Values, *, well: bool) -> pl.DataFrame:
    """The cells, of which the first of each group has it all; `well` are only those that went so.

    The others stay as they are.
    """
    keys = [key.value for key in side.keys]
    left = dict(values)
    rows = []
    for row in side.cells.iter_rows(named=True):
        group = None if None in values else tuple(row[key] for key in keys)
        if group in values and (row[OK] or not well):
            row[column] = left.pop(group, 0)
        rows.append(row)
    return pl.DataFrame(rows, schema=side.cells.schema, orient="row")


def _samples(side: Side, subject: Subject, values: Values) -> Mapping[str, pl.DataFrame]:
    column, _ = SAMPLES[subject.measure or Measure.CALLS]
    keys = [key.value for key in side.keys]
    rows = []
    for row in side.samples[column].iter_rows(named=True):
        group = None if None in values else tuple(row[key] for key in keys)
        if group in values and row["value"] is not None:
            row |= {"value": values[group], "stepped": False}
        rows.append(row)
    frame = pl.DataFrame(rows, schema=side.samples[column].schema, orient="row")
    return {**side.samples, column: frame}


def _failures(comparison: Comparison, glob: str, calls: int) -> pl.DataFrame:
    figures = Figures(comparison)
    labels = [metric[len("failed(") : -1] for metric, _ in figures.failed_like(glob)]
    frame = comparison.failures
    label = pl.col(Key.FAILURE).fill_null("-")
    there = frame.filter(~label.is_in(labels))
    base = dict(frame.select(label, "base_calls").iter_rows())
    more = pl.DataFrame(
        {Key.FAILURE.value: labels, "base_calls": [base.get(name, 0) for name in labels]},
        schema={Key.FAILURE.value: pl.String, "base_calls": pl.Int64},
    ).with_columns(new_calls=pl.lit(calls, pl.Int64))
    return pl.concat([there, more], how="diagonal_relaxed")
