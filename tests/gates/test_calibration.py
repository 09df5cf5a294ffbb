"""Gates made of runs of one unchanged pipeline: silent among them, and they see a doubling."""

import itertools
import random
from fractions import Fraction

import polars as pl
import pytest
from conftest import usage_of

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.config.gate_grammar import parse
from usagectl.config.settings import find_config
from usagectl.gates.calibration import calibrate
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import GateStatus, Key
from usagectl.render.formats.config import config
from usagectl.render.pages.calibration import page

ASKED = ["2x", "input_tokens=2x", "duration=2x", "tokens_per_second>=0.8x", "failure_rate=+5pts",
         "failed(*)<=1", "cost=2x", "p95(duration)=2x", "cache_share>=1%", "calls=2x"]  # fmt: skip
TASKS = {f"Task{i:02}": random.Random(i) for i in range(12)}


def run(seed, spread=0.12, lost=0):
    """A run of twelve tasks, in which the size of answers and their time vary as they do."""
    dice = random.Random(seed)
    rows = []
    for number, task in enumerate(TASKS):
        plan = random.Random(number)
        size, answer = plan.randint(800, 20_000), plan.randint(200, 3_000)
        for _ in range(plan.randint(1, 6)):
            output = round(answer * dice.lognormvariate(0, spread))
            failed = dice.random() < 0.05
            rows.append(
                {
                    "task": task,
                    "input_tokens": round(size * dice.lognormvariate(0, 0.02)),
                    "output_tokens": output,
                    "duration_us": round(output * 20_000 * dice.lognormvariate(0, 0.1)),
                    "recorded_cost_nanousd": output * 1000,
                    "status": "failed" if failed else "ok",
                    "outcome": "timeout" if failed else None,
                }
            )
    for row in dice.sample(rows, lost):
        row |= {"input_tokens": None, "output_tokens": None}
    return usage_of(*rows)


def sides(usages, asked=ASKED, margin=0):
    return calibrate(
        [side_of(u, [Key.TASK], f"run{i}") for i, u in enumerate(usages)],
        [parse(gate) for gate in asked],
        Fraction(margin),
    )


def doubled(usage, task):
    calls = usage.calls.with_columns(
        pl.when(pl.col("task") == task).then(pl.col(name) * 2).otherwise(name).alias(name)
        for name in ("input_tokens", "output_tokens")
    )
    return usage._replace(calls=calls)


def test_five_runs_pass_and_a_doubling_in_any_task_fires():
    usages = [run(seed) for seed in range(5)]
    gates = [gate.gate for gate in sides(usages).gates]
    for base, new in itertools.permutations(usages, 2):
        found = usagectl.check(usagectl.compare(base, new), gates)
        assert found.exit_code == 0, found.verdicts[0]
    for (base, new), task in itertools.product(itertools.permutations(usages, 2), TASKS):
        found = usagectl.check(usagectl.compare(base, doubled(new, task)), gates)
        assert (task,) in {v.group for v in found.verdicts if v.status == "broken"}


def test_they_pass_where_some_usage_is_unknown():
    usages = [run(seed, lost=seed) for seed in range(5)]
    gates = [gate.gate for gate in sides(usages).gates]
    assert any("coverage" in gate for gate in gates)
    for base, new in itertools.permutations(usages, 2):
        lost_all = usagectl.check(usagectl.compare(base, new), gates).verdicts
        # A task of which nothing is known is told whatever the gates are.
        assert not [v for v in lost_all if v.status == "broken"]
        unknown = [v for v in lost_all if v.status == "unknown"]
        assert all("no call" in v.detail for v in unknown)


def test_a_margin_makes_them_wider_and_alarms_fewer():
    usages = [run(seed) for seed in range(6)]
    tight, wide = sides(usages), sides(usages, margin=Fraction(1, 2))
    assert tight.alarms[Fraction(0)] > wide.alarms[Fraction(1, 2)]
    assert tight.trials == 30
    assert sorted(tight.alarms.values(), reverse=True) == list(tight.alarms.values())
    for one, other in zip(tight.gates, wide.gates, strict=True):
        if one.factor is not None and not one.subject.more_is_better:
            assert other.factor >= one.factor


def test_what_is_printed_can_be_pasted(tmp_path):
    names = ["a, b: *[c]", "(", "plain", None]
    rows = [{"task": n, "input_tokens": 5000, "output_tokens": 5, "duration_us": 7} for n in names]
    calibration = sides([usage_of(*rows)] * 3, ["2x", "duration=2x"])
    (tmp_path / "usagectl.yaml").write_text(config(page(calibration)))
    gates = find_config(tmp_path).gates
    comparison = usagectl.compare(usage_of(*rows), usage_of(*rows))
    found = usagectl.check(comparison, gates)
    assert found.exit_code == 0
    assert not found.notices
    assert {v.group[0] for v in found.verdicts if v.group} == {*names}


def test_too_few_runs():
    with pytest.raises(WrongUsageError, match="at least 3 runs"):
        sides([run(1), run(2)])


def failing(*counts):
    """Runs of 20 calls, of which so many failed by a timeout."""
    rows = {"task": "t", "input_tokens": 5000, "output_tokens": 10}
    bad = rows | {"status": "failed", "outcome": "timeout"}
    return [usage_of(*[bad] * count, *[rows] * (20 - count)) for count in counts]


@pytest.mark.parametrize("glob", ["*", "timeout", "t*"])
def test_a_run_without_a_failure_has_none_of_it(glob):
    found = sides(failing(3, 3, 4, 0), [f"failed({glob})=+1"])
    assert [gate.gate for gate in found.gates] == ["run: failed(timeout)=+4"]
    base, new = (usagectl.compare(*pair) for pair in (failing(0, 4), failing(0, 5)))
    (gate,) = (gate.gate for gate in found.gates)
    assert status(usagectl.check(base, [gate]), gate) == GateStatus.PASSED
    assert status(usagectl.check(new, [gate]), gate) == GateStatus.BROKEN


def status(checked, gate):
    """What was found of one gate, whatever is held besides."""
    return next(verdict.status for verdict in checked.verdicts if verdict.gate == gate)


def test_where_no_run_fails_the_glob_is_held():
    found = sides(failing(0, 0, 0), ["failed(time*)=+1"])
    assert [gate.gate for gate in found.gates] == ["run: failed(time*)=+0"]


@pytest.mark.parametrize(
    "name", [" t", "t ", "  ", " ", "\u00a0t", "a,b", "a:b", "(a", "a=b", "[x]", "\\", "-", "\n"]
)
def test_a_gate_is_for_the_task_whose_name_it_has(name):
    rows = [[{"task": name, "input_tokens": 5000, "output_tokens": size}] for size in (10, 20, 30)]
    (gate,) = (
        gate.gate
        for gate in sides([usage_of(*r) for r in rows], ["2x"]).gates
        if "task=" in gate.gate
    )
    found = usagectl.check(usagectl.compare(usage_of(*rows[0]), usage_of(*rows[1])), [gate])
    groups = [verdict.group for verdict in found.verdicts if verdict.gate == gate]
    # The run as a whole is held to the same factor.
    assert sorted(groups, key=bool) == [None, (name,)]
