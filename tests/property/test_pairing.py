"""PlanExe's rows are paired by one rule, whatever shortcut tells it, and nearly always rightly."""

import random

import polars as pl
import pytest
from planexe_rows import Plan, written

from usagectl.readers.planexe.attempts import pair
from usagectl.readers.planexe.matching import Row, answers_of, answers_of_leak, is_anthropic


def by_rows(rows):
    """The rule itself: each row in its turn, with all answers that wait."""
    known = rows.with_row_index("row").select(
        "row", pl.col("ended_at").to_physical(), "duration_us", "model", "success", "has_tokens"
    )
    waiting, owed, of, leaks = [], [], {}, {}
    for row in (Row(*values) for values in known.iter_rows()):
        if row.has_tokens:
            found = answers_of_leak(row, waiting) if owed and row.success else []
            if not found:
                waiting.append(row)
                owed = [] if is_anthropic(row.model) else owed
                continue
            leaks[row.row] = owed[-1].row
            owed = []
        else:
            found = answers_of(row, waiting)
            if not found and not row.success and is_anthropic(row.model):
                owed.append(row)
        of |= {answer.row: row.row for answer in found}
        waiting = [answer for answer in waiting if answer not in found]
    return [of.get(i) for i in range(rows.height)], [leaks.get(i) for i in range(rows.height)]


def plan_of(dice):
    return Plan(
        workers=dice.choice([1, 1, 2, 4, 8]),
        calls=dice.choice([20, 60, 150]),
        fails=dice.choice([0.02, 0.2, 0.5]),
        refused=dice.choice([0, 0.1]),
        several=dice.choice([0, 0.2, 0.5]),
        cut=dice.choice([0, 0.05, 0.3]),
        anthropic=dice.choice([0, 0, 0.1, 0.3]),
        seconds=dice.choice([0.1, 1, 4]),
    )


@pytest.mark.parametrize("seed", range(40))
def test_it_is_the_rule(seed):
    rows, _ = written(seed, plan_of(random.Random(seed)))
    found = pair(rows)
    assert (found["attempt"].to_list(), found["leaked_to"].to_list()) == by_rows(rows)
    merged = set(found["attempt"].drop_nulls())
    assert found["merged"].to_list() == [i in merged for i in range(rows.height)]
    closing = found.with_row_index().filter("closes")
    assert closing["index"].to_list() == [
        max(i for i, of in enumerate(found["attempt"]) if of == attempt)
        for attempt in closing["attempt"]
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("most_us", [20_000, 300_000, 2_000_000])
def test_rows_may_be_out_of_order(seed, most_us):
    dice = random.Random(seed)
    rows, _ = written(seed, plan_of(dice))
    late = [dice.randint(-most_us, most_us) * (dice.random() < 0.3) for _ in range(rows.height)]
    moved = rows.with_columns(pl.col("ended_at") + pl.duration(microseconds=pl.Series(late)))
    found = pair(moved)
    assert (found["attempt"].to_list(), found["leaked_to"].to_list()) == by_rows(moved)


def test_a_clock_that_was_set_back_begins_anew():
    rows, _ = written("clock", Plan(workers=4, calls=200))
    back = pl.int_range(pl.len()) >= pl.len() // 2
    moved = rows.with_columns(pl.col("ended_at") - pl.duration(minutes=10 * back))
    assert pair(moved)["attempt"].to_list() == by_rows(moved)[0]


def test_several_files_are_paired_each_by_itself():
    parts = [written(seed, plan_of(random.Random(seed)))[0] for seed in range(40, 46)]
    numbered = [part.with_columns(file=pl.lit(i, pl.UInt32)) for i, part in enumerate(parts)]
    found = pair(pl.concat(numbered))
    at = 0
    for part in parts:
        alone = pair(part).with_columns(pl.col("attempt", "leaked_to") + at)
        assert found.slice(at, part.height).equals(alone.select(found.columns))
        at += part.height


@pytest.mark.parametrize(
    ("plan", "least"),
    [
        (Plan(calls=2000), 0.999),
        (Plan(workers=2, calls=2000), 0.99),
        (Plan(workers=8, calls=2000), 0.97),
        (Plan(workers=8, calls=2000, anthropic=0.05), 0.97),
    ],
    ids=["one worker", "two", "eight", "eight, Anthropic"],
)
def test_it_is_right(plan, least):
    rows, truth = written("truth", plan)
    found = pair(rows)["attempt"].to_list()
    right = sum(a == b for a, b in zip(found, truth, strict=True))
    print(f"{right / len(truth):.4f} of {len(truth):,} rows")
    assert right / len(truth) >= least
