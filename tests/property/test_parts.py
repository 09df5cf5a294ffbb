"""The parts of a change add up to it exactly, whatever the numbers, and a swap negates them."""

from fractions import Fraction
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from usagectl.comparison.shapley import Cell, Split, parts
from usagectl.model.names import Part

SPLIT = Split(Part.COST_PER_CALL, Part.TOKENS_PER_CALL, Part.PRICE)


@st.composite
def cells(draw):
    calls = draw(st.integers(1, 10**6))
    known = draw(st.integers(0, calls))
    amount = draw(st.integers(0, 10**15)) if known else 0
    through = draw(st.none() | st.integers(0, 10**9)) if known else None
    return Cell(calls, known, amount, through)


sides = st.dictionaries(st.sampled_from([None, "a", "b", "c"]), cells(), max_size=4)
weights = st.tuples(st.integers(1, 5), st.integers(1, 5))


def total(side, weight):
    return weight * sum(cell.amount for cell in side.values())


@settings(max_examples=400, deadline=None)
@given(sides, sides, weights)
def test_parts_add_up_and_a_swap_negates_them(base, new, weight):
    found = parts(base, new, SPLIT, weight)
    assert sum(found.values()) == total(new, weight[1]) - total(base, weight[0])
    swapped = parts(new, base, SPLIT, weight[::-1])
    assert swapped == {part: -amount for part, amount in found.items()}


@settings(max_examples=100, deadline=None)
@given(sides, weights)
def test_a_side_beside_itself_has_no_parts(side, weight):
    assert parts(side, side, SPLIT, (weight[0], weight[0])) == {}


@settings(max_examples=100, deadline=None)
@given(sides, sides, st.randoms())
def test_the_order_of_models_changes_nothing(base, new, random):
    def shuffled(side):
        items = list(side.items())
        random.shuffle(items)
        return dict(items)

    assert parts(base, new, SPLIT, (1, 1)) == parts(shuffled(base), shuffled(new), SPLIT, (1, 1))


def averaged_over_all_orders(base, new):
    """The definition: each factor's effect, averaged over all orders of changing them."""
    factors = {
        Part.CALLS: (Fraction(base.calls), Fraction(new.calls)),
        Part.TOKENS_PER_CALL: (Fraction(base.through, base.calls), Fraction(new.through, new.calls)),
        Part.PRICE: (Fraction(base.amount, base.through), Fraction(new.amount, new.through)),
    }  # fmt: skip
    effects = dict.fromkeys(factors, Fraction(0))
    orders = list(permutations(factors))
    for order in orders:
        at = {part: values[0] for part, values in factors.items()}
        for part in order:
            before = at[Part.CALLS] * at[Part.TOKENS_PER_CALL] * at[Part.PRICE]
            at[part] = factors[part][1]
            after = at[Part.CALLS] * at[Part.TOKENS_PER_CALL] * at[Part.PRICE]
            effects[part] += (after - before) / len(orders)
    return effects


known = st.builds(lambda n, a, t: Cell(n, n, a, t), *(st.integers(1, 10**6),) * 3)


@settings(max_examples=200, deadline=None)
@given(known, known)
def test_each_part_is_the_mean_over_all_orders_to_the_unit(base, new):
    found = parts({"m": base}, {"m": new}, SPLIT, (1, 1))
    for part, effect in averaged_over_all_orders(base, new).items():
        assert abs(found.get(part, 0) - effect) < 1
