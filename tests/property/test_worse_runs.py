"""A worse run never passes a gate that a better one broke, whatever the runs and the gates."""

import copy

from conftest import usage_of
from hypothesis import given, settings
from hypothesis import strategies as st

import usagectl
from usagectl.model.exceptions import NoAnswerError

amounts = st.integers(0, 5_000)
calls = st.fixed_dictionaries(
    {
        "task": st.sampled_from(["a", "b", None]),
        "status": st.sampled_from(["ok", "ok", "ok", "failed"]),
        "outcome": st.sampled_from(["timeout", "invalid_json"]),
        "input_tokens": st.none() | amounts,
        "output_tokens": st.none() | amounts,
        "duration_us": st.none() | st.integers(1, 10**7),
        "recorded_cost_nanousd": st.none() | amounts,
    }
)
first = st.fixed_dictionaries(
    {"task": st.just("a"), "input_tokens": amounts, "output_tokens": amounts}
)
runs = st.builds(lambda one, others: [one, *others], first, st.lists(calls, max_size=8))
limits = st.sampled_from(
    [
        "2x", "1x", "1.5x", "+20%", "+2000", "<=5k", "input_tokens=2x", "output_tokens=+30%",
        "task=a: 3x", "task=*: <=4k", "run: 1.1x", "cost=2x", "cost<=$0.000005", "duration=2x",
        "duration<=9s", "coverage>=50%", "task=*: coverage>=50%", "priced>=50%",
    ]
)  # fmt: skip
gates = st.lists(limits, min_size=1, max_size=3)
LARGER = ("input_tokens", "output_tokens", "duration_us", "recorded_cost_nanousd")


@st.composite
def worse(draw, new, known_stays):
    """The same run, in which something is larger, more often, missing or no longer told."""
    rows = copy.deepcopy(new)
    for _ in range(draw(st.integers(1, 3))):
        row = draw(st.sampled_from(rows))
        name = draw(st.sampled_from(LARGER))
        kind = draw(st.sampled_from(["larger", "again", *([] if known_stays else ["silent"])]))
        if kind == "larger" and row.get(name) is not None:
            row[name] += draw(st.integers(0, 20_000))
        elif kind == "again":
            rows.append(dict(row))
        elif kind == "silent":
            row |= {"input_tokens": None, "output_tokens": None}
    return rows


def code(base, new, gates, **options):
    try:
        comparison = usagectl.compare(usage_of(*base), usage_of(*new))
        return usagectl.check(comparison, gates, **options).exit_code
    except NoAnswerError:
        return 3


@settings(max_examples=150, deadline=None)
@given(runs, runs, gates, st.data())
def test_more_of_anything_never_passes_where_less_broke(base, new, gates, data):
    if code(base, new, gates) != 1:
        return
    larger = data.draw(worse(new, known_stays=True))
    assert code(base, larger, gates) != 0


@settings(max_examples=150, deadline=None)
@given(runs, runs, gates, st.data())
def test_telling_less_never_passes_where_telling_all_broke(base, new, gates, data):
    strict = [gate for gate in gates if "coverage" not in gate] or ["2x"]
    if code(base, new, strict) != 1:
        return
    silent = data.draw(worse(new, known_stays=False))
    assert code(base, silent, strict) != 0


@settings(max_examples=60, deadline=None)
@given(runs, runs, gates)
def test_a_missing_task_never_passes(base, new, gates):
    rest = [row for row in new if row["task"] == "a"]
    if {row["task"] for row in base} == {"a"}:
        return
    assert code(base, rest, gates) != 0


@settings(max_examples=60, deadline=None)
@given(runs, st.lists(st.sampled_from(["2x", "+0%", "+0", "cost=1x", "duration=1x"]), min_size=1))
def test_a_run_passes_against_itself(run, gates):
    found = usagectl.check(usagectl.compare(usage_of(*run), usage_of(*run)), gates)
    assert not [v for v in found.verdicts if v.status == "broken"]
