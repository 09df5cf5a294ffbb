"""Parts of literal cells, reckoned by hand."""

import pytest

from usagectl.comparison.shapley import Cell, Split, parts
from usagectl.model.names import Part

TOKENS = Split(Part.INPUT_PER_CALL)
COST = Split(Part.COST_PER_CALL, Part.TOKENS_PER_CALL, Part.PRICE)


@pytest.mark.parametrize(
    ("base", "new", "expected"),
    [
        # 10 more of 2 tokens in the mean, and 1 more token in 15 calls in the mean.
        ({"m": (10, 10, 15)}, {"m": (20, 20, 50)}, {Part.CALLS: 20, Part.INPUT_PER_CALL: 15}),
        ({"m": (10, 10, 20)}, {"m": (10, 10, 200)}, {Part.INPUT_PER_CALL: 180}),
        # All calls as large as before, of which only half are known.
        ({"m": (10, 10, 20)}, {"m": (10, 5, 10)}, {Part.REPORTED: -10}),
        # Another model took over half of the calls, at three times the tokens.
        ({"a": (10, 10, 10)}, {"a": (5, 5, 5), "b": (5, 5, 15)}, {Part.MODEL_MIX: 10}),
        # A replaced model is no other mix: its calls are compared.
        ({"a": (10, 10, 10)}, {"b": (10, 10, 30)}, {Part.INPUT_PER_CALL: 20}),
        ({}, {"m": (2, 2, 7)}, {Part.CALLS: 7}),
        ({"m": (2, 2, 7)}, {}, {Part.CALLS: -7}),
        ({}, {}, {}),
    ],
)
def test_parts_of_tokens(base, new, expected):
    def cells(side):
        return {model: Cell(*values) for model, values in side.items()}

    assert parts(cells(base), cells(new), TOKENS, (1, 1)) == expected


def test_cost_is_calls_times_tokens_times_price():
    base, new = Cell(10, 10, 1000, 100), Cell(10, 10, 6000, 300)
    assert parts({"m": base}, {"m": new}, COST, (1, 1)) == {
        # 20 more tokens a call at 15 in the mean, and 10 more a token at 20 tokens in the mean.
        Part.TOKENS_PER_CALL: 3000,
        Part.PRICE: 2000,
    }


def test_cost_without_known_tokens_is_not_split_further():
    base, new = Cell(10, 10, 1000), Cell(10, 10, 6000, 300)
    assert parts({"m": base}, {"m": new}, COST, (1, 1)) == {Part.COST_PER_CALL: 5000}


def test_sides_of_several_runs_are_means():
    one, three = Cell(10, 10, 100), Cell(30, 30, 300)
    assert parts({"m": one}, {"m": three}, TOKENS, (3, 1)) == {}
