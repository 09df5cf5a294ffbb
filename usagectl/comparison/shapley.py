"""Why a total moved: the change as a sum of parts, exact to the last unit.

A total is a product of factors, summed over models: calls x share of the model x share of calls
of which it is known x amount per call (x price or time of one unit). The part of a factor is its
Shapley value: its effect, averaged over all orders in which the factors could have changed. So the
parts add up to the change, their order does not matter, and swapping the sides negates them.
(Shapley 1953, A value for n-person games; Shorrocks 2013, Decomposition procedures for
distributional analysis. Sun's refined Laspeyres index of 1998 is the same formula; the logarithmic
mean Divisia index also adds up, but needs logarithms, which are neither exact nor defined at 0.)

- Failed and cancelled calls are split apart from the others, by their number and their size.
- A model that only one side has takes part with the other side's amounts, so its whole effect is
  that of the mix. Where each side has models that the other has not, they are one replaced model:
  their amounts differ, and the mix has not changed.
- What is reckoned with fractions is given out in whole units: each part is cut towards zero, and
  the units left over go to the parts that lost most. That, too, is negated by a swap.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from usagectl.model.names import Part


class Cell(NamedTuple):
    """The calls of a model that went well: how many, how many with a known amount, the amount.

    `through` is a quantity that the amount is proportional to, such as tokens to a cost; None
    where it is not known of the same calls.
    """

    calls: int
    known: int
    amount: int
    through: int | None = None


class Split(NamedTuple):
    """How the amount of a call is named: by itself, or as `through` per call and amount per unit.

    `per_call` is used where the amount cannot be split further.
    """

    per_call: Part
    through: Part | None = None
    per_unit: Part | None = None


Cells = Mapping[str | None, Cell]
_Quotient = tuple[int, int]
_Column = list[tuple[int, int, int]]
"""A factor: for each pair of cells its base, its new value, and what both are divided by."""


def parts(base: Cells, new: Cells, split: Split, weights: tuple[int, int]) -> dict[Part, int]:
    """Split the change of an amount between two sides.

    Args:
        base: The cells of the base, by model.
        new: Those of the new side.
        split: How the amount of a call is named.
        weights: What each side is multiplied with, so that sides of several runs are means.

    Returns:
        Whole units by part, without those of 0. They add up to the change exactly.
    """
    columns = _columns(_paired(base, new), split, weights)
    moving = [part for part, column in columns.items() if any(b != n for b, n, _ in column)]
    scales = [math.prod(below for *_, below in row) for row in zip(*columns.values(), strict=True)]
    below = math.lcm(*scales)
    values = _values(columns, moving, [below // scale for scale in scales])
    shares = _shapley(values, len(moving))
    return _whole(dict(zip(moving, shares, strict=True)), below * math.factorial(len(moving)))


def _paired(base: Cells, new: Cells) -> list[tuple[Cell, Cell]]:
    """Cells of one model; those that only one side has are one model where both have some."""
    nothing = Cell(0, 0, 0)
    pairs = [(cell, new[model]) for model, cell in base.items() if model in new]
    gone = [cell for model, cell in base.items() if model not in new]
    come = [cell for model, cell in new.items() if model not in base]
    if gone and come:
        return [*pairs, (_together(gone), _together(come))]
    return [*pairs, *((cell, nothing) for cell in gone), *((nothing, cell) for cell in come)]


def _together(cells: Sequence[Cell]) -> Cell:
    through = [cell.through for cell in cells if cell.known]
    return Cell(
        sum(cell.calls for cell in cells),
        sum(cell.known for cell in cells),
        sum(cell.amount for cell in cells),
        None if None in through else sum(t or 0 for t in through),
    )


def _columns(
    pairs: Sequence[tuple[Cell, Cell]], split: Split, weights: tuple[int, int]
) -> dict[Part, _Column]:
    base_calls, new_calls = sum(b.calls for b, _ in pairs), sum(n.calls for _, n in pairs)
    columns = {
        Part.CALLS: [(base_calls * weights[0], new_calls * weights[1], 1)] * len(pairs),
        Part.MODEL_MIX: [_factor((b.calls, base_calls), (n.calls, new_calls)) for b, n in pairs],
        Part.REPORTED: [_factor((b.known, b.calls), (n.known, n.calls)) for b, n in pairs],
    }
    proportional = all(bool(cell.through) or not cell.known for pair in pairs for cell in pair)
    if split.through is None or split.per_unit is None or not proportional:
        per_call = [_factor((b.amount, b.known), (n.amount, n.known)) for b, n in pairs]
        return {**columns, split.per_call: per_call}
    through = [(b.through or 0, n.through or 0) for b, n in pairs]
    return {
        **columns,
        split.through: [
            _factor((of_b, b.known), (of_n, n.known))
            for (b, n), (of_b, of_n) in zip(pairs, through, strict=True)
        ],
        split.per_unit: [
            _factor((b.amount, of_b), (n.amount, of_n))
            for (b, n), (of_b, of_n) in zip(pairs, through, strict=True)
        ],
    }


def _factor(base: _Quotient, new: _Quotient) -> tuple[int, int, int]:
    """Both values over one number; a side without the factor takes that of the other."""
    if not base[1]:
        base = new
    if not new[1]:
        new = base
    if not base[1]:
        return 0, 0, 1
    if base[1] == new[1]:
        return base[0], new[0], base[1]
    return base[0] * new[1], new[0] * base[1], base[1] * new[1]


def _values(
    columns: Mapping[Part, _Column], moving: Sequence[Part], lifts: Sequence[int]
) -> list[int]:
    """The total for each choice of factors that have their new value, by the choice's bits."""
    fixed = [column for part, column in columns.items() if part not in moving]
    moved = [columns[part] for part in moving]
    totals = [0] * (1 << len(moving))
    for i, lift in enumerate(lifts):
        products = [lift * math.prod(column[i][0] for column in fixed)]
        for column in moved:
            base, new, _ = column[i]
            products = [p * base for p in products] + [p * new for p in products]
        totals = [total + product for total, product in zip(totals, products, strict=True)]
    return totals


def _shapley(values: Sequence[int], factors: int) -> list[int]:
    """The Shapley value of each factor, times the factorial of their number."""
    weights = [math.factorial(size) * math.factorial(factors - 1 - size) for size in range(factors)]
    return [
        sum(
            weights[choice.bit_count()] * (values[choice | 1 << bit] - values[choice])
            for choice in range(1 << factors)
            if not choice >> bit & 1
        )
        for bit in range(factors)
    ]


def _whole(shares: Mapping[Part, int], below: int) -> dict[Part, int]:
    """Fractions that add up to a whole number, as whole numbers that add up to it."""
    cut = {part: abs(share) // below * (1 if share > 0 else -1) for part, share in shares.items()}
    left = sum(shares.values()) // below - sum(cut.values())
    unit = 1 if left > 0 else -1
    lost = sorted(shares, key=lambda part: (cut[part] * below - shares[part]) * unit)
    for part in lost[: abs(left)]:
        cut[part] += unit
    return {part: share for part, share in cut.items() if share}
