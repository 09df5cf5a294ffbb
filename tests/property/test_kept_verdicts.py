"""What a baseline decides is what its runs decide, or it says that it cannot tell."""

import random

import pytest
from conftest import usage_of
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from usagectl.aggregation.side import side_of
from usagectl.comparison.baseline import regrouped, written
from usagectl.comparison.baseline_read import side_from
from usagectl.comparison.compare import compare_sides
from usagectl.config import document
from usagectl.gates.check import check
from usagectl.gates.limits import WITHIN_ERROR
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import GateStatus, Key

KEYS = [Key.TASK, Key.MODEL]
AMOUNTS = ("input_tokens", "output_tokens", "duration_us", "recorded_cost_nanousd")
LIMITS = ["1x", "1.005x", "1.02x", "1.5x", "2x", "+0%", "+1%"]
METRICS = [
    "", "input_tokens=", "output_tokens=", "calls=", "p50(duration)=", "p95(duration)=",
    "p99(total_tokens)=", "p5(output_tokens)=", "p33(duration)=",
]  # fmt: skip
OTHERS = [
    "duration=1.5x", "cost=1x", "failure_rate=+1pts", "tokens_per_second>=0.9x", "cache_share>=1x",
    "run: p95(duration)<=3s", "failed(*)=+0", "coverage>=50%",
]  # fmt: skip
gates = st.lists(
    st.sampled_from([*OTHERS, *(metric + limit for metric in METRICS for limit in LIMITS)]),
    min_size=4,
    max_size=8,
)
sizes = st.one_of(st.integers(1, 30), st.integers(150, 450), st.integers(1000, 2500))


def run(seed, size, factor=1.0):
    """Calls of three tasks and two models, whose sizes vary as they do, some failed or silent."""
    dice = random.Random(seed)
    few, slow, silent = dice.random() < 0.3, dice.random() * 0.3, dice.random() < 0.3
    rows = []
    for _ in range(size):
        ok = dice.random() > 0.2
        size_of = dice.randint(1, 5) * 1000 if few else round(dice.lognormvariate(6, 2))
        time = dice.lognormvariate(13, 1) * (40 if dice.random() < slow else 1)
        rows.append(
            {
                "task": dice.choice(["a", "a", "a", "b", None]),
                "model": dice.choice("mn"),
                "status": "ok" if ok else "failed",
                "outcome": None if ok else dice.choice(["timeout", "invalid_json"]),
                "input_tokens": 1000 + size_of,
                "cache_read_tokens": dice.randint(0, 1000),
                "output_tokens": None
                if silent and dice.random() < 0.1
                else round(size_of * factor),
                "duration_us": round(time * factor) if ok or dice.random() < 0.8 else None,
                "recorded_cost_nanousd": round(size_of * factor),
            }
        )
    return usage_of(*rows)


def verdicts(base, new, chosen):
    """The status of each gate for each group, and whether it is known within an error alone."""
    try:
        found = check(compare_sides(base, new, tested=False), chosen)
    except NoAnswerError as error:
        return str(error)
    return {
        (v.gate, v.group, v.metric): (v.status, v.detail == WITHIN_ERROR) for v in found.verdicts
    }


def held(base, kept, new, chosen):
    raw, saved = verdicts(base, new, chosen), verdicts(kept, new, chosen)
    if isinstance(raw, str):
        assert saved == raw
        return
    assert saved.keys() == raw.keys()
    for place, (status, unsure) in saved.items():
        if unsure:
            assert status is GateStatus.UNKNOWN
        else:
            assert status is raw[place][0], place


@pytest.fixture(name="folder", scope="module")
def _folder(tmp_path_factory):
    return tmp_path_factory.mktemp("baselines")


def saved(side, folder):
    path = folder / "b.json"
    path.write_text(written(side))
    return side_from(document.read(path))


# A case of thousands of calls is looked at as it is: to find a smaller one would take minutes.
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 10**9), sizes, sizes, st.sampled_from([0.99, 1, 1.004, 1.6, 2.2]), gates)
def test_a_baseline_decides_as_its_runs_do(folder, seed, size, other, factor, chosen):
    base, new = run(seed, size), run(seed + 1, other, factor)
    wide = saved(side_of(base, KEYS, "r"), folder)
    for keys in (KEYS, [Key.TASK], [Key.MODEL]):
        raw, against = side_of(base, keys, "r"), side_of(new, keys, "new")
        narrow = saved(raw, folder)
        assert_frame_equal(narrow.cells, raw.cells, check_row_order=False, check_column_order=False)
        for chances in (chosen, [f"run: {gate}" for gate in chosen if ":" not in gate]):
            held(raw, narrow, against, chances)
            held(raw, regrouped(wide, keys), against, chances)


# A case of thousands of calls is looked at as it is: to find a smaller one would take minutes.
@settings(max_examples=6, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 10**9), sizes, gates)
def test_a_run_does_not_break_its_own_baseline(folder, seed, size, chosen):
    base = run(seed, size)
    relative = [gate for gate in chosen if "<=" not in gate and "coverage" not in gate] or ["1x"]
    wide = saved(side_of(base, KEYS, "r"), folder)
    same = side_of(base, KEYS, "new")
    # Exact where it is asked as it was saved.
    assert {status for status, _ in verdicts(wide, same, relative).values()} <= {
        GateStatus.PASSED, GateStatus.SKIPPED, GateStatus.BELOW_FLOOR,
    }  # fmt: skip
    by_task = side_of(base, [Key.TASK], "new")
    found = verdicts(regrouped(wide, [Key.TASK]), by_task, relative)
    assert GateStatus.BROKEN not in {status for status, _ in found.values()}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 2**60)] * 4), min_size=1, max_size=3), st.booleans())
def test_sums_come_back_up_to_the_limit_of_sums(folder, amounts, whole):
    rows = [{"task": "t", **dict(zip(AMOUNTS, row, strict=True))} for row in amounts]
    if not whole:
        rows[0]["output_tokens"] = None
    side = side_of(usage_of(*rows), [Key.TASK], "r")
    kept = saved(side, folder)
    assert_frame_equal(kept.cells, side.cells, check_column_order=False)
    assert written(kept) == written(side)
