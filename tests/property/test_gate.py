"""No worse run passes the gates that are there by default, and no equal or better one fails.

The numbers of cases grow with USAGECTL_CASES: 10,000 take half an hour.
"""

import os
import random

from conftest import usage_of
from pipelines import FIRST, no_worse, plan_of, run_of, worse

from usagectl import documents
from usagectl.baselines import side_from, written
from usagectl.comparison import compare_sides
from usagectl.exceptions import NoAnswerError
from usagectl.gating import check
from usagectl.names import Key
from usagectl.sides import side_of, without_empty_runs

CASES = int(os.environ.get("USAGECTL_CASES", "150"))
SPREAD = 0.1


def side(runs, name):
    names = tuple(f"{name}{i}" for i in range(len(runs)))
    rows = [{**row, "run": run} for run, part in zip(names, runs, strict=True) for row in part]
    usage = usage_of(*rows, runs=names) if rows else usage_of({}, runs=names)
    if not rows:
        usage = usage._replace(calls=usage.calls.limit(0))
    return side_of(without_empty_runs(usage), [Key.TASK], name)


def kept(of, folder):
    """The side as its baseline has it."""
    path = folder / "baseline.json"
    path.write_text(written(of) + "\n")
    return side_from(documents.read(path))


def code(base, new):
    try:
        return check(compare_sides(base, new, tested=False), ["2x"]).exit_code
    except NoAnswerError:
        return 3


def bases(dice):
    """One run or several of a pipeline, and another that is like them."""
    plan = plan_of(dice)
    failures = dice.choice([0, 0, 0.05, 0.2])
    runs = [run_of(dice, plan, SPREAD, FIRST, failures) for _ in range(dice.choice([1, 1, 3]))]
    return runs, dice.choice(runs)


def codes(base, new, folder):
    """Of the runs, and of the baseline of the base."""
    return code(base, new), code(kept(base, folder), new)


def case_of_worse(number):
    dice = random.Random(f"worse {number}")
    runs, like = bases(dice)
    found, kinds = worse(dice, like)
    others = dice.choice([0, 0, 2])
    new = [found, *[like] * others]
    if others and {*kinds} & HIDDEN:
        new = [found] * 2
    return side(runs, "base"), side(new, "new"), kinds


HIDDEN = {"many_failed", "bloated", "silent", "cut", "task_cut", "moved"}
"""What a run among several may do, of which only the mean is held."""


def case_of_better(number):
    dice = random.Random(f"better {number}")
    runs, like = bases(dice)
    new = [no_worse(dice, like) for _ in range(dice.choice([1, 1, 2]))]
    return side(runs, "base"), side(new, "new")


def test_no_worse_run_passes(tmp_path):
    passed = []
    for number in range(CASES):
        base, new, kinds = case_of_worse(number)
        if 0 in codes(base, new, tmp_path):
            passed.append((number, kinds))
    assert not passed


def test_no_equal_or_better_run_fails(tmp_path):
    failed = []
    for number in range(CASES):
        found = codes(*case_of_better(number), tmp_path)
        if any(found):
            failed.append((number, found))
    assert not failed
