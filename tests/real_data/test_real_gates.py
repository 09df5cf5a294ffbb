"""Gates made of five real runs: silent on all of them, and they see a doubling in each."""

import polars as pl
import pytest

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.config.gate_grammar import parse
from usagectl.gates.calibration import calibrate
from usagectl.model.names import Key

pytestmark = pytest.mark.real_data


def test_five_plans_of_one_pipeline(real_data):
    """One step, run on five plans: its tokens vary by a half although nothing has changed."""
    tree = real_data / "planexe/history/3/04_deduplicate_levers/outputs"
    paths = sorted(tree.iterdir())
    usages = [usagectl.load(path, timezone="UTC") for path in paths]
    assert len(usages) == 5
    sides = [side_of(usage, [Key.TASK], str(i)) for i, usage in enumerate(usages)]
    gates = [gate.gate for gate in calibrate(sides, [parse("2x"), parse("duration=2x")]).gates]
    everything = usagectl.load(*paths, timezone="UTC")
    for usage in usages:
        double = usage._replace(
            calls=usage.calls.with_columns(pl.col("input_tokens", "output_tokens") * 2)
        )
        assert usagectl.check(usagectl.compare(everything, usage), gates).passed
        for base in (everything, usage):
            found = usagectl.check(usagectl.compare(base, double), gates)
            assert found.exit_code == 1
        for other in usages:
            assert usagectl.check(usagectl.compare(other, usage), gates).passed
