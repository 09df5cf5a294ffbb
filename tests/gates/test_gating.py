"""What breaks a gate and what does not: exact limits, floors, noise, and what is not known."""

import datetime as dt

import pytest
from conftest import usage_of

import usagectl
from usagectl.config.gate_grammar import parse
from usagectl.gates.acknowledgements import Acknowledgement
from usagectl.gates.limits import Floors
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import Key


def call(task="t", tokens=10_000, **more):
    return {
        "task": task, "input_tokens": tokens, "output_tokens": 0, "duration_us": 10_000_000,
        "recorded_cost_nanousd": 1_000_000_000, "ended_at": dt.datetime(2026, 3, 20, tzinfo=dt.UTC),
        **more,
    }  # fmt: skip


def checked(base, new, *gates, by=("task",), **options):
    comparison = usagectl.compare(usage_of(*base), usage_of(*new), by=by)
    return usagectl.check(comparison, gates, **options)


def statuses(found, metric=None):
    return {
        (v.group[0] if v.group else None): v.status.value
        for v in found.verdicts
        if metric is None or v.metric == metric
    }


# Ten calls of 10,000 tokens, 10 s and $1 each, with 100 output tokens and one failure.
BASE = [
    *(call(output_tokens=100, input_tokens=9_900) for _ in range(9)),
    call(status="failed", outcome="timeout", output_tokens=100, input_tokens=9_900),
]


def with_first(**change):
    return [{**BASE[0], **change}, *BASE[1:]]


def failed(count):
    return [
        {
            **row,
            "status": "failed" if i < count else "ok",
            "outcome": "timeout" if i < count else None,
        }
        for i, row in enumerate(BASE)
    ]


@pytest.mark.parametrize(
    ("gate", "below", "at", "above"),
    [
        *(
            (gate, with_first(input_tokens=9_900 + more - 1), with_first(input_tokens=9_900 + more),
             with_first(input_tokens=9_900 + more + 1))
            for gate, more in [
                ("2x", 100_000), ("1.5x", 50_000), ("+20%", 20_000), ("20%", 20_000),
                ("+2000", 2_000), ("+2k", 2_000), ("<=500k", 400_000), ("<=1.05x", 5_000),
                ("total_tokens=2x", 100_000), ("task=t*: 2x", 100_000), ("run: 2x", 100_000),
                ("input_tokens=2x", 99_000), ("task=t: input_tokens=+30%", 29_700),
            ]
        ),
        ("output_tokens=2x", with_first(output_tokens=1099), with_first(output_tokens=1100),
         with_first(output_tokens=1101)),
        *(
            (gate, *(with_first(recorded_cost_nanousd=10**9 + more + step) for step in (-1, 0, 1)))
            for gate, more in [("cost<=$12", 2 * 10**9), ("cost=+$0.5", 5 * 10**8), ("cost=2x", 10**10)]
        ),
        *(
            (gate, *(with_first(duration_us=10**7 + more + step) for step in (-1, 0, 1)))
            for gate, more in [("duration<=2m", 2 * 10**7), ("duration=+500ms", 500_000),
                               ("duration=1.25x", 25_000_000)]
        ),
        # 1,000 tokens in 100 s; at 0.8x, 125 s.
        ("tokens_per_second>=0.8x", *(
            with_first(duration_us=35_000_000 + step) for step in (-1, 0, 1)
        )),
        ("tokens_per_second=-20%", *(
            with_first(duration_us=35_000_000 + step) for step in (-1, 0, 1)
        )),
        ("tokens_per_second>=8", *(
            with_first(duration_us=35_000_000 + step) for step in (-1, 0, 1)
        )),
        ("failure_rate<=20%", failed(1), failed(2), failed(3)),
        ("failure_rate=2x", failed(1), failed(2), failed(3)),
        ("failure_rate=+10pts", failed(1), failed(2), failed(3)),
        ("failed(timeout)<=2", failed(1), failed(2), failed(3)),
        ("failed(time*)=+1", failed(1), failed(2), failed(3)),
        ("calls=+1", BASE, [*BASE, call()], [*BASE, call(), call()]),
        ("calls<=11", BASE, [*BASE, call()], [*BASE, call(), call()]),
        ("calls=1.1x", BASE, [*BASE, call()], [*BASE, call(), call()]),
    ],
)  # fmt: skip
def test_a_limit_passes_and_one_more_does_not(gate, below, at, above):
    floors = Floors(0, 0)
    assert checked(BASE, below, gate, floors=floors).exit_code == 0
    assert checked(BASE, at, gate, floors=floors).exit_code == 0
    assert checked(BASE, above, gate, floors=floors).exit_code == 1


@pytest.mark.parametrize(("step", "code"), [(-1, 0), (0, 0), (1, 1)])
def test_a_percentile_is_exact_and_needs_samples(step, code):
    gates = ["p95(duration)<=30s", "p50(duration)=3x"]
    new = [{**row, "duration_us": 30_000_000 + step} for row in BASE]
    assert checked(BASE * 2, new * 2, *gates).exit_code == code
    # A ceiling is held against the new side alone: the base needs no samples for it.
    assert checked(BASE, new, *gates[:1]).exit_code == code
    assert checked(BASE, new, "p95(duration)=3x").exit_code == 0


def test_a_percentile_lies_between_the_two_nearest_values():
    """Of 0, 1, ... 20 s the 95th percentile is 19 s; with a longest of 41 s it does not move."""
    rows = [call(duration_us=i * 10**6) for i in range(21)]
    gate = "p95(duration)<=19s"
    assert checked(rows, rows, gate).exit_code == 0
    assert checked(rows, [*rows[:-1], call(duration_us=41 * 10**6)], gate).exit_code == 0
    longer = [*rows[:-2], call(duration_us=19_000_001), rows[-1]]
    assert checked(rows, longer, gate).exit_code == 1


def test_a_call_that_failed_late_was_slow():
    rows = [call(duration_us=10**7) for _ in range(20)]
    late = [call(duration_us=9 * 10**7, status="failed", outcome="timeout") for _ in range(3)]
    assert checked(rows, rows[3:] + late, "p95(duration)<=30s").exit_code == 1


def test_the_narrowest_gate_decides_and_says_so():
    base = [call("a"), call("b")]
    new = [call("a", 25_000), call("b", 25_000)]
    found = checked(base, new, "2x", "task=a: 3x", "run: 4x")
    assert statuses(found, "total_tokens") == {"a": "passed", "b": "broken", None: "passed"}
    assert {v.gate for v in found.verdicts if v.group == ("a",)} == {"task=a: 3x"}


def test_a_ceiling_does_not_replace_a_limit_on_growth():
    found = checked([call()], [call(tokens=25_000)], "2x", "total_tokens<=1M")
    assert found.exit_code == 1


def test_the_last_of_two_alike_decides():
    assert checked([call()], [call(tokens=25_000)], "2x", "3x").exit_code == 0
    assert checked([call()], [call(tokens=25_000)], "3x", "2x").exit_code == 1


def test_a_factor_of_little_is_below_the_floor_and_said():
    found = checked([call(tokens=3)], [call(tokens=7)], "2x")
    assert found.exit_code == 0
    assert statuses(found, "total_tokens") == {"t": "below_floor", None: "below_floor"}
    assert "--min-tokens" in found.verdicts[0].detail
    assert checked([call(tokens=3)], [call(tokens=7)], "2x", floors=Floors(0, 1)).exit_code == 1
    assert checked([call(tokens=3)], [call(tokens=70_000)], "2x").exit_code == 1
    few = checked([call()], [call(tokens=25_000)], "2x", floors=Floors(0, 5))
    assert statuses(few, "total_tokens")["t"] == "below_floor"


def test_few_samples_of_a_noisy_metric_warn_unless_it_is_beyond_doubt():
    slow = [call(duration_us=25_000_000)]
    found = checked([call()], slow, "duration=2x")
    assert found.exit_code == 0
    assert statuses(found, "duration_seconds") == {"t": "warned", None: "warned"}
    beyond = [call(duration_us=40_000_001)]
    assert checked([call()], beyond, "duration=2x").exit_code == 1
    assert checked([call()] * 5, slow * 5, "duration=2x").exit_code == 1


def test_unknown_usage_is_no_improvement():
    unknown = call(input_tokens=None, output_tokens=None)
    base, new = [call()] * 4, [call(), call(), call(), unknown]
    found = checked(base, new, "2x")
    assert found.exit_code == 3
    assert statuses(found, "coverage") == {None: "unknown"}
    assert checked(base, new, "2x", "coverage>=70%").exit_code == 0
    assert checked(base, [unknown] * 4, "2x", "coverage>=0%").exit_code == 3
    # Beyond the limit by what is known, it broke whatever is unknown.
    assert checked(base, [call(tokens=90_000), unknown], "2x").exit_code == 1


def test_one_more_failed_call_without_usage_is_no_trend():
    failed_one = call(status="failed", outcome="timeout", input_tokens=None, output_tokens=None)
    base = [call()] * 20
    assert checked(base, [*base, failed_one], "2x").exit_code == 0
    two = checked(base, [*base, failed_one, failed_one], "2x")
    assert statuses(two, "coverage") == {None: "unknown"}


def test_unknown_calls_are_taken_to_be_like_the_others():
    unknown = call(input_tokens=None, output_tokens=None)
    found = checked([call()] * 4, [call(tokens=25_000)] * 3 + [unknown], "2x", "coverage>=70%")
    assert statuses(found, "total_tokens")["t"] == "unknown"


def test_a_base_that_knows_less_does_not_break_a_gate():
    unknown = call(input_tokens=None, output_tokens=None)
    found = checked([call(), unknown, unknown], [call()] * 3, "2x")
    assert found.exit_code == 3
    assert "the base rests on 1 of 3 calls" in found.verdicts[0].detail


def test_unpriced_calls_are_no_improvement():
    found = checked([call()] * 2, [call(), call(recorded_cost_nanousd=None)], "cost=2x")
    assert found.exit_code == 3
    assert checked([call()], [call(recorded_cost_nanousd=None)], "cost<=$2").exit_code == 3


def test_missing_and_new_groups():
    base, new = [call("a"), call("b")], [call("a"), call("c")]
    assert checked(base, new, "2x").exit_code == 3
    allowed = checked(base, new, "2x", allow_missing=True)
    assert allowed.exit_code == 0
    assert statuses(allowed) == {"a": "passed", "b": "warned", "c": "warned", None: "passed"}
    assert checked(base, new, "2x", allow_missing=True, new_groups="fail").exit_code == 1
    ignored = checked(base, new, "2x", allow_missing=True, new_groups="ignore")
    assert "c" not in statuses(ignored)


def test_a_ceiling_holds_for_a_new_group():
    found = checked([call("a")], [call("a"), call("b", 90_000)], "task=*: <=50k")
    assert statuses(found, "total_tokens")["b"] == "broken"


def test_a_gate_that_decides_nothing_is_told():
    found = checked([call()], [call()], "2x", "task=Nothing*: 1.1x")
    assert [notice.code for notice in found.notices] == ["dead-gate"]
    with pytest.raises(NoAnswerError, match="no gate is for anything"):
        checked([call()], [call()], "task=Nothing*: 1.1x")


def test_a_key_that_makes_no_groups():
    with pytest.raises(WrongUsageError, match="ask --by task,model"):
        checked([call()], [call()], "model=*: 2x")


def test_a_single_gate_is_a_list_of_one():
    comparison = usagectl.compare(usage_of(call()), usage_of(call()))
    assert usagectl.check(comparison, "2x").verdicts == usagectl.check(comparison, ["2x"]).verdicts


def accepted(limit, expired=False, task="t"):
    gate = parse(f"total_tokens{limit}")
    until = dt.date(2026, 3, 20)
    return Acknowledgement(
        ((Key.TASK, task),), "total_tokens", gate.limit, "known", until, expired, "ack:1"
    )


@pytest.mark.parametrize(
    ("entry", "status", "code", "notice"),
    [
        (accepted("<=25k"), "acknowledged", 0, []),
        (accepted("=2.5x"), "acknowledged", 0, []),
        (accepted("<=24999"), "broken", 1, ["unused-acknowledgement"]),
        (accepted("<=25k", expired=True), "broken", 1, ["expired-acknowledgement"]),
        (accepted("<=25k", task="other"), "broken", 1, ["unused-acknowledgement"]),
    ],
)
def test_acknowledged_breaks(entry, status, code, notice):
    base = [call(), call("big", 100_000)]
    new = [call(tokens=25_000), call("big", 100_000)]
    found = checked(base, new, "2x", acknowledged=[entry])
    assert statuses(found, "total_tokens")["t"] == status
    assert found.exit_code == code
    assert [n.code for n in found.notices] == notice


def test_who_accepts_more_calls_does_not_accept_fewer():
    more = Acknowledgement(
        (), "calls", parse("calls<=30").limit, "known", dt.date(2026, 3, 20), False, "ack:1"
    )
    gates = ["99x", "run: calls>=0.8x", "run: calls=1.5x", "task=*: calls>=0x"]
    assert checked([call()] * 10, [call()] * 20, *gates, acknowledged=[more]).exit_code == 0
    assert checked([call()] * 10, [call()] * 5, *gates, acknowledged=[more]).exit_code == 1


def test_several_runs_are_means():
    base = usage_of(call(run="r"), call(run="s"), runs=("r", "s"))
    comparison = usagectl.compare(base, usage_of(call(tokens=20_000)))
    assert usagectl.check(comparison, ["2x"]).passed
    comparison = usagectl.compare(base, usage_of(call(tokens=20_001)))
    assert not usagectl.check(comparison, ["2x"]).passed
