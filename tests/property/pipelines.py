"""Invented pipelines: their runs, runs that are equal or better, and runs that are worse.

A run is a list of rows of calls. Everything comes from one seeded generator, so that a case can be
made again from its number.
"""

import copy
import datetime as dt
from collections import Counter

FIRST = dt.datetime(2026, 3, 20, 9, tzinfo=dt.UTC)
ADDED = "Added"
DAY = dt.timedelta(days=1)
TOKENS = ("input_tokens", "output_tokens")
QUIET = dict.fromkeys((*TOKENS, "recorded_cost_nanousd"))


def plan_of(dice):
    """What a pipeline does: for each of its tasks a model and the tokens of each call."""
    scale = dice.choice([20, 1000, 1000, 20_000])
    names = [f"Task{i}" for i in range(dice.randint(1, 8))] + dice.choice([[], [], [None]])
    return {
        name: (
            dice.choice(["large", "small"]),
            [1 + round(scale * dice.lognormvariate(0, 1)) for _ in range(dice.randint(1, 12))],
        )
        for name in names
    }


def run_of(dice, plan, spread, start=FIRST, failures=0.0):
    """A run of a pipeline, whose answers vary; failed calls are tried again until one goes well."""
    rows, when = [], start
    for task, (model, sizes) in plan.items():
        for size in sizes:
            while True:
                fails = dice.random() < failures
                tokens = max(1, round(size * dice.uniform(1 - spread, 1 + spread)))
                when += dt.timedelta(seconds=1)
                told = not fails or dice.random() < 0.5
                rows.append(
                    {
                        "task": task,
                        "model": model,
                        "status": "failed" if fails else "ok",
                        "outcome": "timeout" if fails else None,
                        "input_tokens": tokens if told else None,
                        "output_tokens": 1 + tokens // 10 if told else None,
                        "duration_us": tokens * 1000,
                        "recorded_cost_nanousd": tokens * 10 if told else None,
                        "ended_at": when,
                    }
                )
                if not fails:
                    break
    return rows


# Equal or better.


def repeated(dice, rows):
    """The same calls at another time, whose sizes vary by a fifth."""
    found = copy.deepcopy(rows)
    for row in found:
        row["ended_at"] += DAY
        for name in (*TOKENS, "duration_us", "recorded_cost_nanousd"):
            if row[name]:
                row[name] = max(1, round(row[name] * dice.uniform(0.85, 1.15)))
    dice.shuffle(found)
    return found


def cheaper(dice, rows):
    """Calls of some tasks need less."""
    tasks = [task for task in tasks_of(rows) if dice.random() < 0.5]
    for row in rows:
        if row["task"] in tasks:
            for name in (*TOKENS, "duration_us", "recorded_cost_nanousd"):
                row[name] = row[name] and max(1, row[name] // 3)
    return rows


def fewer_failures(dice, rows):
    """Failed calls that are not needed any more, or go well; no task is gone without a call."""
    found = []
    working = {row["task"] for row in rows if row["status"] != "failed"}
    for row in rows:
        if row["status"] == "failed" and dice.random() < 0.7:
            if row["task"] in working and (dice.random() < 0.5 or row["input_tokens"] is None):
                continue
            if row["input_tokens"] is not None:
                row |= {"status": "ok", "outcome": None}
        found.append(row)
    return found


def one_more_failure(dice, rows):
    """One call is tried twice, which does not double what its task uses."""
    well = [row for row in rows if row["status"] == "ok" and row["input_tokens"] is not None]
    used = Counter()
    for row in well:
        used[row["task"]] += row["input_tokens"]
    small = [row for row in well if 2 * row["input_tokens"] <= used[row["task"]]]
    if len(well) < 10 or not small:
        return rows
    usage = dice.choice([{}, QUIET])
    return [*rows, {**dice.choice(small), **usage, "status": "failed", "outcome": "timeout"}]


def one_call_less(dice, rows):
    """A task of several calls lacks one that went well."""
    well = [row for row in rows if row["status"] == "ok"]
    several = [row for row in well if sum(row["task"] == o["task"] for o in well) > 1]
    if len(well) < 10 or not several:
        return rows
    one = dice.choice(several)
    return [row for row in rows if row is not one]


def another_task(dice, rows):
    """A small task that was not there before."""
    size = max(1, min((row["input_tokens"] or 1) for row in rows))
    if len(rows) < 10:
        return rows
    return [*rows, {**rows[0], **dict.fromkeys(TOKENS, size), "task": ADDED, "status": "ok"}]


BETTER = (cheaper, fewer_failures, one_more_failure, one_call_less, another_task)
LASTING = tuple(change for change in BETTER if change is not one_more_failure)


def no_worse(dice, rows, changes=BETTER):
    """A run that is equal or better; failures and lacking calls do not add up."""
    found = repeated(dice, rows)
    for change in dice.sample(changes, dice.randint(0, 2)):
        found = change(dice, found)
    return found


# Worse.


def all_failed(dice, rows):
    usage = dice.choice([{}, QUIET])
    return [{**row, "status": "failed", "outcome": "timeout", **usage} for row in rows]


def many_failed(dice, rows):
    """At least a third of the calls that went well fail, with their usage or without."""
    well = [i for i, row in enumerate(rows) if row["status"] == "ok"]
    least = max(2, -(-len(well) // 3)) if len(well) > 1 else 1
    bad = {*dice.sample(well, dice.randint(min(least, len(well)), len(well)))}
    usage = dice.choice([{}, QUIET])
    return [
        {**row, "status": "failed", "outcome": "timeout", **usage} if i in bad else row
        for i, row in enumerate(rows)
    ]


def task_failed(dice, rows):
    task = dice.choice(working(rows))
    status = dice.choice(["failed", "cancelled"])
    return [{**row, "status": status} if row["task"] == task else row for row in rows]


def cancelled(_, rows):
    return [{**row, "status": "cancelled"} for row in rows]


def cut(dice, rows):
    """The run ended early: of what went well at most 89 % are there."""
    well = sum(row["status"] == "ok" for row in rows)
    kept = dice.randint(0, max(0, -(-well * 89 // 100) - 1))
    found = []
    for row in rows:
        if row["status"] == "ok":
            kept -= 1
        if kept < 0:
            break
        found.append(row)
    return found


def task_cut(dice, rows):
    """A task makes at most half of its calls less one, or none."""
    task = dice.choice(working(rows))
    well = [row for row in rows if row["task"] == task and row["status"] == "ok"]
    kept = dice.sample(well, dice.randint(0, max(0, (len(well) - 1) // 2)))
    return [
        r for r in rows if r["task"] != task or r["status"] != "ok" or any(r is k for k in kept)
    ]


def renamed(dice, rows):
    task, times = dice.choice(working(rows)), dice.choice([1, 3, 10])
    return [larger({**row, "task": "Renamed"}, times) if row["task"] == task else row
            for row in rows]  # fmt: skip


def moved(dice, rows):
    """All calls of a task but one are made elsewhere, and may be larger."""
    task, times = dice.choice(working(rows)), dice.choice([1, 2, 8])
    several = [t for t in working(rows) if len(well_of(rows, t)) > 2]
    task = dice.choice(several) if several else task
    target = dice.choice(["Elsewhere", *(t for t in tasks_of(rows) if t != task)])
    stays = well_of(rows, task)[0] if several else None
    return [
        larger({**row, "task": target}, times) if row["task"] == task and row is not stays else row
        for row in rows
    ]


def silent(dice, rows):
    """Calls that went well do not tell what they used: one, a task or all."""
    well = [row for row in rows if row["status"] == "ok" and row["input_tokens"] is not None]
    task = dice.choice(working(rows))
    chosen = dice.choice(
        [[dice.choice(well)], [row for row in well if row["task"] == task] or well, well]
    )
    lost = dice.choice([QUIET, {"output_tokens": None}, {"input_tokens": None}])
    return [{**row, **lost} if any(row is one for one in chosen) else row for row in rows]


def bloated(dice, rows):
    """A task uses 2.5 times as much as 1,000 tokens or more at least, or all of them do."""
    task = dice.choice(working(rows))
    chosen = dice.choice([[task], tasks_of(rows)])
    used = sum(sum(row[n] or 0 for n in TOKENS) for row in rows if row["task"] in chosen)
    times = max(2.5, dice.choice([2.5, 5, 40]), 1500 / max(used, 1))
    return [larger(row, times) if row["task"] in chosen else row for row in rows]


WORSE = (
    all_failed, many_failed, task_failed, cancelled, cut, task_cut, renamed, moved, silent, bloated,
)  # fmt: skip


def worse(dice, rows):
    """A run that is worse in one way or two, and its kinds."""
    found = repeated(dice, rows)
    for row, old in zip(sorted(found, key=lambda r: r["ended_at"]), rows, strict=True):
        row |= {name: old[name] for name in TOKENS}
    found.sort(key=lambda row: row["ended_at"])
    if dice.random() < 0.4:
        found = disguised(dice, found)
    kinds = dice.sample(WORSE, dice.choice([1, 1, 2]))
    for kind in kinds:
        if found and working(found):
            found = kind(dice, found)
    return found, [kind.__name__ for kind in kinds]


def disguised(dice, rows):
    """A new task and fewer failures, which look like progress."""
    return fewer_failures(dice, another_task(dice, rows) if dice.random() < 0.5 else rows)


def larger(row, times):
    return {**row, **{name: row[name] and round(row[name] * times) + 1 for name in TOKENS}}


def tasks_of(rows):
    return list(dict.fromkeys(row["task"] for row in rows))


def working(rows):
    """The tasks of the pipeline of which a call went well and told what it used."""
    known = [row for row in rows if row["status"] == "ok" and row["input_tokens"] is not None]
    return [task for task in tasks_of(known) if task != ADDED]


def well_of(rows, task):
    return [row for row in rows if row["task"] == task and row["status"] == "ok"]
