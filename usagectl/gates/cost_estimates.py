"""What calls without a price may cost: the least that a limit on costs has to reckon with.

Their tokens are taken at the price of the other calls of their model, else at the dearest price
that the side has. A call of unknown tokens is taken to be like the others of the side.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from usagectl.aggregation.side import MODEL, Side, added_up
from usagectl.model.schema import NANOUSD_PER_USD

Place = tuple[str | None, ...] | None
"""A group, or None for all calls."""


def estimated_costs(side: Side, keys: Sequence[str]) -> dict[Place, Fraction]:
    """The cost a run of each group in USD, of all calls under None; without what nothing tells."""
    models = {row[MODEL]: row for row in added_up(side.cells, [MODEL]).iter_rows(named=True)}
    prices = {name: price for name, row in models.items() if (price := _price(row)) is not None}
    dearest = max(prices.values(), default=Fraction(0))
    whole = added_up(side.cells, []).row(0, named=True)
    mean = Fraction(whole["total_tokens"] or 0, whole["total_calls"] or 1)
    sums: dict[Place, Fraction] = {None: Fraction(0)}
    untold: set[Place] = set()
    row: Mapping[str, Any]
    for row in added_up(side.cells, [*keys, MODEL]).iter_rows(named=True):
        group = tuple(row[key] for key in keys)
        tokens = _unpriced_tokens(row, mean)
        price = prices.get(row[MODEL], dearest)
        if row["cost_calls"] < row["calls"] and not price and row[MODEL] not in prices:
            untold |= {None, group}
        for place in (None, group):
            sums[place] = sums.get(place, Fraction(0)) + (row["cost_nanousd"] or 0) + tokens * price
    runs = len(side.runs) * NANOUSD_PER_USD
    return {place: value / runs for place, value in sums.items() if place not in untold}


def _price(row: Mapping[str, Any]) -> Fraction | None:
    """What a token of a model costs, in 1e-9 USD."""
    if not row["cost_calls"] or not row["priced_tokens"]:
        return None
    return Fraction(row["cost_nanousd"], row["priced_tokens"])


def _unpriced_tokens(row: Mapping[str, Any], mean: Fraction) -> Fraction:
    unpriced = row["calls"] - row["cost_calls"]
    if not unpriced:
        return Fraction(0)
    unknown = Fraction(min(unpriced, row["calls"] - row["total_calls"]))
    told = Fraction((row["total_tokens"] or 0) - (row["priced_tokens"] or 0))
    return told + unknown * mean
