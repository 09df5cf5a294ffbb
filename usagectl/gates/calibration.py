"""The tightest gates that several runs of an unchanged pipeline would not have broken.

Each run is held against each other one, in both directions. A limit is the largest factor (of a
share or of what was 0: the largest growth) that was seen, rounded outwards, so it holds whichever
of the runs becomes the baseline.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import permutations
from statistics import median
from typing import NamedTuple

from usagectl.aggregation.side import Side
from usagectl.comparison.compare import compare_sides
from usagectl.config import gate as gates
from usagectl.config.gate import Gate
from usagectl.config.gate_subject import Kind, Subject
from usagectl.gates.observations import NONE, Figure, Figures, Group
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key, Measure

_LEAST_RUNS = 3
_HUNDRED = 100
_MARGINS = (Fraction(0), Fraction(1, 10), Fraction(1, 4), Fraction(1, 2))
_COVERAGE = Subject(Measure.TOTAL_TOKENS, coverage=True)

Values = dict[tuple[Subject, Group | None], Figure]


class Calibrated(NamedTuple):
    """A gate, and the figures it comes from: their median, the least and the largest.

    `factor` is by how much it lets a figure grow, None where the limit is no factor.
    """

    gate: str
    subject: Subject
    median: Fraction
    least: Fraction
    largest: Fraction
    factor: Fraction | None


class Calibration(NamedTuple):
    """The gates that several runs ask for.

    Of `trials` comparisons with a run that was left out, `alarms` would have broken a gate of the
    others, by how much wider its limits are: what to expect of the next run. `missing` are groups
    that not every run has.
    """

    runs: tuple[str, ...]
    keys: tuple[Key, ...]
    gates: tuple[Calibrated, ...]
    margin: Fraction
    alarms: dict[Fraction, int]
    trials: int
    missing: tuple[Group, ...]


def calibrate(
    sides: Sequence[Side], asked: Sequence[Gate], margin: Fraction = Fraction(0)
) -> Calibration:
    """Find the gates.

    Args:
        sides: The runs, each a side, by the same keys.
        asked: What is to be gated; their limits do not matter.
        margin: By which part of itself each limit is made wider.

    Raises:
        WrongUsageError: There are too few runs to tell a spread.
        NoAnswerError: A run has no calls.
    """
    if len(sides) < _LEAST_RUNS:
        raise WrongUsageError(
            f"--calibrate needs at least {_LEAST_RUNS} runs of one unchanged pipeline, better 5 or"
            f" more; these are {len(sides)}"
        )
    subjects = [s for s in dict.fromkeys(gate.subject for gate in asked) if not s.coverage]
    figures = [Figures(compare_sides(side, side, tested=False)) for side in sides]
    runs = [_values(of_side, [*subjects, _COVERAGE]) for of_side in figures]
    for glob in (subject.failure for subject in subjects if subject.failure is not None):
        for run, of_label in zip(runs, _failures(figures, glob), strict=True):
            run.update(of_label)
    places = dict.fromkeys(place for values in runs for place in values)
    found = [
        gate
        for subject, group in places
        if (gate := _calibrated(subject, group, runs, sides[0].keys, 1 + margin)) is not None
    ]
    pairs = [(b, n) for n in range(len(runs)) for b in range(len(runs)) if b != n]
    alarms = {
        more: sum(_alarm(runs, base, new, 1 + more) for base, new in pairs)
        for more in sorted({margin, *_MARGINS})
        if more >= margin
    }
    groups = dict.fromkeys(g for _, g in places if g is not None)
    return Calibration(
        tuple(side.name for side in sides),
        sides[0].keys,
        tuple(found),
        margin,
        alarms,
        len(pairs),
        tuple(g for g in groups if any((Subject(Measure.CALLS), g) not in run for run in runs)),
    )


def _values(figures: Figures, subjects: Sequence[Subject]) -> Values:
    return {
        (subject, pair.group): pair.new
        for subject in dict.fromkeys([Subject(Measure.CALLS), *subjects])
        if subject.failure is None
        for pair in figures.of(subject)
    }


def _failures(figures: Sequence[Figures], glob: str) -> list[Values]:
    """The failed calls of each run by the labels of all: a run without a label has none of it."""
    found = [of_run.labels_like(glob) for of_run in figures]
    labels = sorted({label for there in found for label in there})
    if not labels:
        return [{(Subject(failure=glob), None): NONE} for _ in found]
    return [
        {
            (Subject(failure=_glob(label)), None): there[label].new if label in there else NONE
            for label in labels
        }
        for there in found
    ]


def _calibrated(
    subject: Subject,
    group: Group | None,
    runs: Sequence[Values],
    keys: Sequence[Key],
    wider: Fraction,
) -> Calibrated | None:
    known = [run[subject, group] for run in runs if (subject, group) in run]
    figures = [figure for figure in known if figure.value is not None]
    exact = [figure.value for figure in figures if figure.value is not None]
    if not exact or (subject == Subject(Measure.CALLS)):
        return None
    if subject.coverage:
        # Only where runs differ: else nothing less than the base is the tighter gate.
        if group is not None or len({*exact}) == 1:
            return None
        limit, factor = f">={gates.amount(subject, min(exact), up=False)}", None
    else:
        limit, factor = _limit(subject, figures, wider)
    text = f"{_where(group, keys)}: {subject}{limit}"
    return Calibrated(text, subject, median(exact), min(exact), max(exact), factor)


def _limit(
    subject: Subject, figures: Sequence[Figure], wider: Fraction
) -> tuple[str, Fraction | None]:
    growth = max((abs(grown) for grown in _pairs(figures, subject, factor=False)), default=0)
    growth *= wider
    by_amount = subject.kind is Kind.SHARE or subject.failure is not None
    if by_amount or any(figure.value == 0 for figure in figures):
        if subject.kind is Kind.SHARE:
            points = Fraction(math.ceil(growth * _HUNDRED * 10), 10)
            return f"=+{_decimal(points)}pts", None
        return f"=+{gates.amount(subject, growth, up=True)}", None
    factors = list(_pairs(figures, subject, factor=True)) or [Fraction(1)]
    if subject.more_is_better:
        least = Fraction(math.floor(min(factors) / wider * _HUNDRED), _HUNDRED)
        return f">={_decimal(least)}x", least
    most = Fraction(math.ceil(max(factors) * wider * _HUNDRED), _HUNDRED)
    return f"={_decimal(most)}x", most


def _pairs(figures: Sequence[Figure], subject: Subject, *, factor: bool) -> Iterator[Fraction]:
    """How each figure relates to each other one, as it is known and as it is estimated."""
    for base, new in permutations(figures, 2):
        for one, other in ((base.value, new.value), (base.estimate, new.estimate)):
            if one is None or other is None:
                continue
            if not factor:
                yield (one - other) if subject.more_is_better else (other - one)
            elif one:
                yield other / one


def _alarm(runs: Sequence[Values], base: int, new: int, wider: Fraction) -> bool:
    """Whether a run that was left out would have broken a gate of the others."""
    others = [run for i, run in enumerate(runs) if i != new]
    return any(
        _beyond(
            place[0],
            [run[place] for run in others if place in run],
            runs[base][place],
            runs[new][place],
            wider,
        )
        for place in runs[new].keys() & runs[base].keys()
        if not place[0].coverage and place[0] != Subject(Measure.CALLS)
    )


def _beyond(
    subject: Subject, seen: Sequence[Figure], base: Figure, new: Figure, wider: Fraction
) -> bool:
    """Whether a figure moved further than those that were seen."""
    known = [figure for figure in seen if figure.value is not None]
    if base.value is None or new.value is None or len(known) < 2:  # noqa: PLR2004
        return False
    factor = all(figure.value for figure in (*known, base, new)) and subject.kind is not Kind.SHARE
    moves = list(_pairs(known, subject, factor=factor))
    if not factor:
        moved = new.value - base.value
        return (-moved if subject.more_is_better else moved) > max(moves) * wider
    if subject.more_is_better:
        return new.value / base.value < min(moves) / wider
    return new.value / base.value > max(moves) * wider


def _where(group: Group | None, keys: Sequence[Key]) -> str:
    if group is None:
        return gates.WHOLE_RUN
    return ",".join(f"{key}={_glob(name)}" for key, name in zip(keys, group, strict=True))


def _glob(name: str | None) -> str:
    """A glob that is for a name; what a gate takes for its own is any character.

    That is what it reads as a glob or an end, and blanks around the name, which it leaves out.
    """
    if not name:
        return "-"
    ends = (0, len(name) - 1)
    return "".join(
        "?" if c in "*?[](),\\" or not c.isprintable() or (i in ends and c.isspace()) else c
        for i, c in enumerate(name)
    )


def _decimal(value: Fraction) -> str:
    return f"{float(value):.2f}".rstrip("0").rstrip(".")
