"""What is held without being asked for: the work that is done, its failures, and where it went."""

import pytest
from conftest import usage_of

import usagectl
from usagectl.model.notices import Notice


def call(task="t", tokens=10_000, **more):
    return {"task": task, "input_tokens": tokens, "output_tokens": 0, **more}


def calls(count, task="t", tokens=10_000, **more):
    return [call(task, tokens, **more) for _ in range(count)]


def failed(count, task="t", **more):
    return calls(count, task, status="failed", outcome="timeout", **more)


def checked(base, new, *gates, **options):
    comparison = usagectl.compare(usage_of(*base), usage_of(*new))
    return usagectl.check(comparison, gates or ["2x"], **options)


def found(check, metric):
    """The verdicts of a metric that are no mere pass, by task."""
    return {
        v.group[0] if v.group else None: v.status.value
        for v in check.verdicts
        if v.metric == metric and v.status != "passed"
    }


def test_a_run_of_which_every_call_failed():
    check = checked(calls(12), failed(12))
    assert check.exit_code == 1
    assert found(check, "failure_rate") == {None: "broken", "t": "broken"}


@pytest.mark.parametrize(
    ("base", "new", "code"),
    [
        # Ten points more of a run, and one failed call more, are let pass.
        (calls(20), calls(18) + failed(2), 0),
        (calls(20), calls(17) + failed(3), 1),
        (calls(5), calls(5) + failed(1), 0),
        (calls(5), calls(5) + failed(2), 1),
        (calls(5) + failed(2), calls(5) + failed(2), 0),
        (calls(5) + failed(2), calls(5), 0),
        # One of many runs may not be hidden by the others: see below.
        (calls(1), failed(1), 1),
        (calls(3), calls(2) + failed(1), 3),
        (failed(3), failed(3), 0),
        (failed(3), calls(3), 0),
    ],
)
def test_the_failure_rate_of_a_run(base, new, code):
    assert checked(base, new).exit_code == code


def test_the_failure_rate_of_a_task():
    rest = calls(60, "rest")
    assert checked(rest + calls(4), rest + calls(3) + failed(1)).exit_code == 0
    check = checked(rest + calls(4), rest + calls(2) + failed(2))
    assert found(check, "failure_rate") == {"t": "broken"}
    check = checked(rest + calls(1), rest + failed(1))
    assert found(check, "failure_rate") == {"t": "broken"}


@pytest.mark.parametrize(
    ("base", "new", "code"),
    [
        (75, 10, 3), (75, 5, 3), (75, 68, 0), (75, 67, 3), (10, 9, 0), (9, 8, 3), (2, 1, 3),
        (4, 5, 0),
    ],
)  # fmt: skip
def test_less_work_of_a_run_is_no_answer(base, new, code):
    check = checked(calls(base), calls(new))
    assert check.exit_code == code
    if code:
        assert found(check, "successful_calls")[None] == "unknown"


@pytest.mark.parametrize(
    ("base", "new", "less"),
    [(1, 1, False), (2, 1, False), (3, 2, False), (3, 1, True), (5, 4, False), (6, 4, True),
     (10, 8, False), (10, 7, True)],
)  # fmt: skip
def test_less_work_of_a_task_is_no_answer(base, new, less):
    rest = calls(90, "rest")
    check = checked(rest + calls(base), rest + calls(new))
    assert check.exit_code == (3 if less else 0)
    assert found(check, "successful_calls") == ({"t": "unknown"} if less else {})


def test_retries_that_are_not_needed_any_more_are_no_loss():
    assert checked(calls(10) + failed(8), calls(10)).exit_code == 0


def test_a_task_that_only_failed_is_missed_all_the_same():
    only_failed = checked(calls(10) + failed(2, "gone"), calls(10))
    assert only_failed.exit_code == 3
    assert found(only_failed, "missing") == {"gone": "unknown"}


def test_cancelled_calls_and_calls_of_unknown_outcome_did_nothing():
    assert checked(calls(8), calls(8, status="cancelled")).exit_code == 3
    assert checked(calls(8), calls(8, status=None)).exit_code == 3
    assert checked(calls(8, status=None), calls(3, status=None)).exit_code == 3
    assert checked(calls(8, status=None), calls(8, status=None)).exit_code == 0
    assert checked(calls(8, status=None), calls(8)).exit_code == 0


def test_a_row_that_stands_for_many_calls():
    session = {"granularity": "session"}
    assert checked(calls(1, calls=40, **session), calls(1, calls=40, **session)).exit_code == 0
    assert checked(calls(1, calls=40, **session), calls(1, calls=12, **session)).exit_code == 3


def test_a_user_says_how_much_less_is_enough():
    base, new = calls(75), calls(10)
    for gate in ("calls>=0.1x", "successful_calls>=0.1x", "calls>=10", "calls=-90%"):
        whole = checked(base, new, "2x", gate)
        assert whole.exit_code == (3 if gate == "calls>=10" else 0), gate
    assert checked(base, new, "2x", "calls>=0.8x").exit_code == 1
    assert checked(base, new, "2x", "run: calls>=0.1x", "task=t: calls>=0.1x").exit_code == 0
    # The least and the most do not replace each other.
    both = ("2x", "calls>=0.1x", "calls<=1.5x")
    assert checked(base, new, *both).exit_code == 0
    assert checked(base, calls(120, tokens=1000), *both).exit_code == 1


def test_a_user_says_how_many_may_fail():
    base, new = calls(10), calls(6) + failed(4)
    assert checked(base, new, "2x").exit_code == 1
    assert checked(base, new, "2x", "failure_rate=+40pts").exit_code == 0
    assert checked(base, new, "2x", "failure_rate=+30pts").exit_code == 1
    for_one = checked(base, new, "2x", "task=t: failure_rate<=40%")
    assert found(for_one, "failure_rate") == {None: "broken"}


def runs_of(*runs):
    names = tuple(f"r{i}" for i in range(len(runs)))
    rows = [{**row, "run": name} for name, run in zip(names, runs, strict=True) for row in run]
    return usage_of(*rows, runs=names)


def test_one_of_several_runs_is_not_hidden_by_their_mean():
    base = usage_of(*calls(8), *calls(2, "small"))
    whole = [*calls(8), *calls(2, "small")]
    stopped = calls(2, "small", status="cancelled")
    for bad in (calls(5), calls(2) + calls(2, "small"), [*calls(8), *failed(2, "small")],
                [*calls(8), *stopped]):  # fmt: skip
        comparison = usagectl.compare(base, runs_of(*[whole] * 9, bad))
        assert usagectl.check(comparison, ["2x"]).exit_code == 3
    comparison = usagectl.compare(base, runs_of(*[whole] * 10))
    assert usagectl.check(comparison, ["2x"]).exit_code == 0


def test_failures_of_several_runs_are_counted_together():
    comparison = usagectl.compare(usage_of(*calls(4)), runs_of(*[[*calls(4), *failed(1)]] * 10))
    assert usagectl.check(comparison, ["2x"]).exit_code == 1


def test_work_that_moved_into_a_new_task_is_named():
    rest = calls(100, "rest")
    base = rest + calls(8, "old")
    check = checked(base, [*rest, *calls(1, "old"), *calls(7, "new", 80_000)])
    assert check.exit_code == 3
    assert found(check, "successful_calls") == {"old": "unknown"}
    assert found(check, "total_tokens") == {"new": "unknown"}
    said = {v.metric: v.detail for v in check.verdicts if v.status == "unknown"}
    assert "perhaps it is now new, which is new" in said["successful_calls"]
    assert "together with old, of whose work it seems to be" in said["total_tokens"]


def test_a_task_that_tripled_under_another_name():
    rest = calls(100, "rest")
    base, new = rest + calls(8, "old"), rest + calls(8, "other", 30_000)
    assert checked(base, new).exit_code == 3
    assert checked(base, new, allow_missing=True).exit_code == 3
    small = rest + calls(8, "other", 12_000)
    assert checked(base, small, allow_missing=True).exit_code == 0
    # The user knows the new task.
    known = ["2x", "task=other: <=300k"]
    assert checked(base, new, *known, allow_missing=True).exit_code == 0
    ignored = checked(base, new, allow_missing=True, new_groups="ignore")
    assert ignored.exit_code == 0


def test_a_factor_for_every_task_holds_the_run_too():
    base = calls(4, "a", 1000) + calls(4, "b", 1000)
    moved = base + calls(4, "c", 30_000)
    assert checked(base, moved, "task=*: 2x").exit_code == 1
    assert checked(base, moved, "task=a: 2x", "task=b: 3x").exit_code == 1
    assert checked(base, moved, "task=a: 2x").exit_code == 0
    assert checked(base, moved, "task=*: 2x", "run: 99x").exit_code == 0


def test_many_small_tasks_triple_together():
    base = [call(f"t{i}", 300) for i in range(20)]
    tripled = [call(f"t{i}", 900) for i in range(20)]
    assert checked(base, tripled).exit_code == 1


def test_a_task_that_few_runs_have_is_held_all_the_same():
    whole = calls(50, "rest")
    base = runs_of([*whole, call()], whole, whole)
    comparison = usagectl.compare(base, runs_of([*whole, call(tokens=90_000)], whole, whole))
    assert usagectl.check(comparison, ["2x"]).exit_code == 1


def test_tokens_that_are_not_counted_any_more_are_not_saved():
    assert checked(calls(5), calls(5, tokens=0)).exit_code == 3
    rest = calls(50, "rest")
    assert checked(rest + calls(5), rest + calls(5, tokens=0)).exit_code == 3
    assert checked(calls(5, tokens=0), calls(5, tokens=0)).exit_code == 0


class TestCoverage:
    def test_fewer_failed_calls_without_usage_are_no_loss(self):
        silent = failed(1, input_tokens=None, output_tokens=None)
        base = calls(10) + failed(1) + silent
        assert checked(base, calls(10) + silent).exit_code == 0
        assert checked(base, calls(10) + failed(1) + silent + silent).exit_code == 0
        larger = calls(30) + failed(1) + silent
        assert checked(larger, larger + silent * 2).exit_code == 3

    def test_successful_calls_that_are_not_told_are_not_made_up_for(self):
        quiet = {"input_tokens": None, "output_tokens": None}
        base = calls(10) + failed(10, **quiet)
        assert checked(base, calls(6) + calls(4, **quiet)).exit_code == 3

    @pytest.mark.parametrize(
        ("base", "new", "code"),
        [((20, 1, 1), (40, 2, 2), 0), ((20, 1, 1), (100, 2, 1), 0), ((100, 2, 1), (100, 1, 1), 0),
         ((20, 1, 1), (20, 2, 1), 3), ((20, 0, 1), (20, 1, 1), 3), ((100, 1, 1), (95, 1, 1), 0)],
    )  # fmt: skip
    def test_unreadable_records_are_a_share(self, base, new, code):
        """Calls, unreadable records and runs of each side."""
        sides = []
        for count, rejects, runs in (base, new):
            side = usagectl.compare(runs_of(*[calls(count // runs)] * runs), usage_of(*calls(9)))
            sides.append(side.sides[0]._replace(rejected=rejects))
        found = usagectl.check(usagectl.compare(*sides), ["9x"])
        assert found.exit_code == code

    @pytest.mark.parametrize(("base", "new", "code"), [(0, 1, 3), (1, 1, 0), (1, 0, 0)])
    def test_files_that_nobody_reads(self, base, new, code):
        sides = usagectl.compare(usage_of(*calls(9)), usage_of(*calls(9))).sides
        noted = [
            side._replace(notices=(Notice("unread-usage-file", "a.zip is not read", count),))
            for side, count in zip(sides, (base, new), strict=True)
        ]
        found = usagectl.check(usagectl.compare(*noted), ["2x"])
        assert found.exit_code == code


def priced(count, tokens, usd, model="m"):
    nanousd = None if usd is None else int(usd * 10**9)
    return calls(count, tokens=tokens, recorded_cost_nanousd=nanousd, model=model)


class TestPartlyPriced:
    def test_what_is_not_priced_could_break_it(self):
        base = priced(2, 1000, 0.01) + priced(38, 1000, None, "other")
        larger = priced(2, 1000, 0.01) + priced(38, 500_000, None, "other")
        gates = ["run: 999x", "task=*: 999x"]
        check = checked(base, larger, *gates, "cost<=$2")
        assert check.exit_code == 3
        assert "it rests on 2 of 40 calls" in check.verdicts[0].detail
        assert checked(base, larger, *gates, "cost=2x").exit_code == 3

    def test_what_it_rests_on_is_said_where_it_passes(self):
        run = priced(2, 1000, 0.01) + priced(38, 1000, None, "other")
        check = checked(run, run, "cost<=$2")
        assert check.exit_code == 0
        assert found(check, "cost_usd") == {None: "warned"}
        assert checked(run, run, "cost<=$0.1").exit_code == 3

    def test_a_price_of_nothing_tells_nothing_of_another_model(self):
        run = priced(2, 1000, 0) + priced(38, 1000, None, "other")
        assert checked(run, run, "cost<=$2").exit_code == 3
        own = priced(20, 1000, 0) + priced(2, 1000, None)
        assert checked(own, own, "cost<=$2").exit_code == 0

    def test_the_price_of_the_same_model_is_taken(self):
        run = priced(2, 1000, 1, "dear") + priced(2, 1000, 0.01, "cheap")
        run += priced(8, 1000, None, "cheap")
        assert checked(run, run, "cost<=$2.2").exit_code == 0
        assert checked(run, run, "cost<=$2.09").exit_code == 3


def test_failures_that_a_run_of_the_base_had_too_are_in_the_place_of_no_work():
    runs = [calls(6) + failed(4), calls(6) + failed(2), calls(6) + failed(2)]
    base = [{**row, "run": f"run{i}"} for i, rows in enumerate(runs) for row in rows]
    usage = usage_of(*base, runs=("run0", "run1", "run2"))
    new = usage_of(*calls(5), *failed(4))
    assert usagectl.check(usagectl.compare(usage, new), "2x").exit_code == 3
