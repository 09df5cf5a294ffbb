"""Damaged input brings nothing down and costs nothing that is whole."""

import pytest
from fuzz_rules import fuzz

_SEEDS = range(8)
_INPUTS = 64


@pytest.mark.parametrize("seed", _SEEDS)
def test_damage_costs_nothing_that_is_whole(seed):
    assert fuzz(f"ci{seed}", _INPUTS) == []
