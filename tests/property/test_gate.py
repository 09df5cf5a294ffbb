"""No worse run passes the gates that are there by default, and no equal or better one fails.

The numbers of cases grow with USAGECTL_CASES, for depth by hand: 10,000.
"""

import json
import os
import random

from conftest import usage_of
from pipelines import FIRST, LASTING, no_worse, plan_of, run_of, worse

import usagectl
from usagectl.aggregation.side import Side, side_of, without_empty_runs
from usagectl.comparison.baseline import written
from usagectl.comparison.baseline_read import side_from
from usagectl.comparison.compare import compare_sides
from usagectl.config import document
from usagectl.gates.check import check
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Key

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
    return side_from(document.read(path))


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
    new = [no_worse(dice, like)]
    if dice.random() < 1 / 3:
        # A task of which a call fails in each of two runs would be worse.
        new.append(no_worse(dice, like, LASTING))
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


def in_file(rows, folder):
    """A run as a pipeline leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in rows:
        line = {
            "timestamp": row["ended_at"].strftime("%Y-%m-%dT%H:%M:%S.%f"),
            "success": row["status"] == "ok",
            "model": row["model"],
            "duration_seconds": row["duration_us"] / 10**6,
            "input_tokens": row["input_tokens"],
            "output_tokens": row["output_tokens"],
        }
        if row["status"] != "ok":
            line["error_message"] = "the request timed out"
        if row["task"] is not None:
            line["task_name"] = row["task"]
        lines.append(json.dumps(line) + "\n")
    (folder / "usage_metrics.jsonl").write_text("".join(lines))
    return folder


def files_of(number, folder):
    """A base, a run that is no worse, one that is worse, one that is cut, and one without tokens."""
    dice = random.Random(f"files {number}")
    rows = run_of(dice, plan_of(dice), SPREAD, FIRST, 0.05)
    base = in_file(rows, folder / "base")
    better = in_file(no_worse(dice, rows), folder / "better")
    bad = [in_file(worse(dice, rows)[0], folder / "worse")]
    text = (base / "usage_metrics.jsonl").read_text()
    (folder / "cut").mkdir(exist_ok=True)
    (folder / "cut/usage_metrics.jsonl").write_text(text[: dice.randint(0, len(text) * 3 // 4)])
    zeros = dict.fromkeys(("input_tokens", "output_tokens"), 0)
    bad += [folder / "cut", in_file([{**row, **zeros} for row in rows], folder / "zeros")]
    return base, better, bad


def loaded(path):
    return side_of(without_empty_runs(usagectl.load(path, timezone="UTC")), [Key.TASK], path.name)


def code_of_files(base, new):
    try:
        return code(base if isinstance(base, Side) else loaded(base), loaded(new))
    except NoAnswerError:
        return 3


def test_it_is_the_same_through_files(tmp_path):
    for number in range(max(1, CASES // 15)):
        base, better, bad = files_of(number, tmp_path)
        of_baseline = kept(loaded(base), tmp_path)
        for side_of_base in (base, of_baseline):
            assert code_of_files(side_of_base, better) == 0, number
            assert all(code_of_files(side_of_base, new) for new in bad), number


def test_it_is_the_same_on_the_command_line(tmp_path, usagectl):
    base, better, bad = files_of(0, tmp_path)
    saved = tmp_path / ".usagectl/baseline.json"
    assert usagectl("baseline", "save", base, cwd=tmp_path).returncode == 0
    for one in (base, saved):
        assert usagectl("regress", one, better, cwd=tmp_path).returncode == 0
        for new in bad:
            assert usagectl("regress", one, new, cwd=tmp_path).returncode in (1, 3)
    swapped = usagectl("regress", better, saved, cwd=tmp_path)
    assert swapped.returncode == 2
