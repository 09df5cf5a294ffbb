"""A baseline is a side that was kept: nothing that a comparison asks of it is lost."""

import json

import polars as pl
import pytest
from conftest import FIXTURES, usage_of
from polars.testing import assert_frame_equal

import usagectl
from usagectl.aggregation.side import side_of
from usagectl.comparison.baseline import regrouped, written
from usagectl.comparison.baseline_read import side_from
from usagectl.comparison.baseline_values import KEPT
from usagectl.comparison.compare import compare_sides
from usagectl.config import document as documents
from usagectl.gates.check import check
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import GateStatus, Key

KEYS = [Key.TASK, Key.MODEL]


def side(*names, keys=KEYS):
    usage = usagectl.load(*(FIXTURES / "runs" / name for name in names), timezone="UTC")
    return side_of(usagectl.price(usage), keys, " + ".join(names))


def kept(original, folder):
    path = folder / "baseline.json"
    path.write_text(written(original))
    return side_from(documents.read(path))


@pytest.mark.parametrize("names", [["qwen35b"], ["qwen9b", "qwen35b"]])
def test_a_comparison_with_a_baseline_is_that_with_its_runs(tmp_path, names):
    original = side(*names)
    base = kept(original, tmp_path)
    # Other tasks and models than a baseline of one run has, but some in common.
    new = side("qwen9b", "qwen35b")._replace(name="new")
    one, other = compare_sides(original, new), compare_sides(base, new)
    for name in ("totals", "groups", "parts", "total_parts", "failures"):
        assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.notices == other.notices
    assert (one.base, one.scale) == (other.base, other.scale)


def test_a_baseline_of_a_baseline_is_the_same_text(tmp_path):
    original = side("qwen35b")
    assert written(kept(original, tmp_path)) == written(original)


def test_the_document_is_made_for_a_diff(tmp_path):
    """Sorted, a group a line; another order of the calls changes nothing."""
    usage = usagectl.load(FIXTURES / "runs/qwen35b", timezone="UTC")
    turned = usage._replace(calls=usage.calls.reverse())
    texts = [written(side_of(u, [Key.TASK], "r")) for u in (usage, turned)]
    assert texts[0] == texts[1]
    lines = texts[0].splitlines()
    assert sum('"ExpandPlanTask"' in line for line in lines) == 2
    bloated = usage._replace(
        calls=usage.calls.with_columns(
            input_tokens=pl.when(pl.col("task") == "ExpandPlanTask")
            .then(pl.col("input_tokens") + 1)
            .otherwise("input_tokens")
        )
    )
    other = written(side_of(bloated, [Key.TASK], "r")).splitlines()
    assert sum(a != b for a, b in zip(lines, other, strict=True)) == 2


TOKENS = {"input_tokens": 0, "output_tokens": 0}


def of_values(*groups, column="duration_us", **same):
    """A usage with calls that have some values, by task and status."""
    return usage_of(
        *(
            {"task": task, "status": status, column: value, **TOKENS, **same}
            for task, status, values in groups
            for value in values
        )
    )


def test_many_values_are_kept_in_steps_of_one_percent_with_their_counts(tmp_path):
    values = [1_000_000 + 1_000 * i for i in range(1000)]
    original = side_of(of_values(("t", "ok", values)), [Key.TASK], "r")
    base = kept(original, tmp_path)
    frame = base.samples["duration_us"]
    assert frame["stepped"].all()
    assert frame["calls"].sum() == 1000
    assert frame["value"].to_list() == [1_000_000 + 10_000 * i for i in range(100)]
    # Each value is in the step that begins below it.
    assert frame["calls"].to_list() == [10] * 100
    assert base.cells["duration_us"].sum() == sum(values)
    assert written(base) == written(original)


def test_many_calls_of_few_values_are_exact(tmp_path):
    usage = of_values(("t", "ok", [7, 9] * 5000))
    base = kept(side_of(usage, [Key.TASK], "r"), tmp_path)
    assert base.samples["duration_us"].rows() == [
        ("t", True, 7, 5000, False),
        ("t", True, 9, 5000, False),
    ]


def code(base, new, *gates):
    return check(compare_sides(base, new, tested=False), gates).exit_code


def test_the_calls_that_go_well_do_not_weigh_more_than_the_others(tmp_path):
    """4,000 calls of 1.0 to 1.6 s beside 120 of a minute, and half of both failed."""
    fast = [1_000_000 + 150 * i for i in range(4000)]
    groups = [("a", "ok", fast), ("a", "failed", [60_000_000] * 60), ("b", "ok", [60_000_000] * 60)]
    slower = [(task, status, [20 * v for v in values]) for task, status, values in groups]
    base, new = (side_of(of_values(*g), [Key.TASK], "r") for g in (groups, slower))
    for gate in ("run: p95(duration)=2x", "task=a: p50(duration)=19x", "p99(duration)=1.5x"):
        assert code(base, new, gate) == 1
        assert code(kept(base, tmp_path), new, gate) == 1
    for gate in ("run: p95(duration)=1x", "run: p50(duration)=1x", "p37(duration)=+0s"):
        assert code(kept(base, tmp_path), base, gate) == 0
        longer = of_values(*((t, s, [v + 1 for v in values]) for t, s, values in groups))
        assert code(kept(base, tmp_path), side_of(longer, [Key.TASK], "r"), gate) == 1


def test_a_percentile_of_other_groups_is_told_within_its_error(tmp_path):
    """Saved by task and model, asked by task: exact where nobody is near the limit."""
    values = [1_000_000 + 997 * i for i in range(1000)]
    usage = of_values(("a", "ok", values), ("a", "failed", values), model="m")
    other = of_values(("a", "ok", values), ("b", "ok", values), model="n")
    calls = pl.concat([usage.calls, other.calls])
    original = side_of(usage._replace(calls=calls), KEYS, "r")
    asked = side_of(usage._replace(calls=calls), [Key.TASK], "r")
    base = regrouped(kept(original, tmp_path), [Key.TASK])
    assert code(base, asked, "task=a: p90(duration)=1.02x") == 0
    assert code(base, asked, "task=a: p90(duration)=0.98x") == 1
    found = check(compare_sides(base, asked, tested=False), ["task=a: p90(duration)=1x"])
    assert found.exit_code == 3
    assert "within 1 %" in found.of(GateStatus.UNKNOWN)[0].detail
    # Of all calls it is known exactly.
    assert code(base, asked, "run: p90(duration)=1x") == 0


def test_tests_of_values_in_steps_say_so(tmp_path):
    values = [1_000_000 + 997 * i for i in range(1000)]
    original = side_of(of_values(("a", "ok", values)), [Key.TASK], "r")
    slower = side_of(of_values(("a", "ok", [2 * v for v in values])), [Key.TASK], "new")
    same, base = compare_sides(original, original), kept(original, tmp_path)
    assert [n.code for n in same.notices] == ["same-calls"]
    assert [n.code for n in compare_sides(base, original).notices] == [
        "same-calls",
        "values-in-steps",
    ]
    verdicts = [
        compare_sides(side, slower).groups.filter(measure="duration_seconds")["verdict"].item()
        for side in (original, base)
    ]
    assert verdicts == ["worse", "worse"]


def first_version(side):
    document = json.loads(written(side))
    document |= {"schema": "usagectl.baseline/1"}
    for name in ("percentiles", "percentiles_of_all"):
        assert document.pop(name) == []
    for row in document["samples"]:
        row["calls"] = max(len(values) for values in row.values() if isinstance(values, list))
    return document


def test_the_first_version_is_read_where_it_is_exact(tmp_path):
    original = side("qwen35b")
    document = first_version(original)
    (tmp_path / "old.json").write_text(json.dumps(document))
    read = side_from(documents.read(tmp_path / "old.json"))
    assert written(read) == written(original)
    document["samples"][0] |= {"calls": 201, "duration_us": [*range(KEPT)]}
    document["sums"][0] |= {"calls": 300}
    (tmp_path / "old.json").write_text(json.dumps(document))
    with pytest.raises(WrongUsageError, match="kept only some of the values of more than 200"):
        side_from(documents.read(tmp_path / "old.json"))


def test_fewer_keys(tmp_path):
    base = kept(side("qwen35b"), tmp_path)
    new = side("qwen9b", keys=[Key.TASK])._replace(name="new")
    one = compare_sides(side("qwen35b", keys=[Key.TASK]), new)
    assert_frame_equal(one.groups, compare_sides(regrouped(base, [Key.TASK]), new).groups)
    with pytest.raises(WrongUsageError, match="save it with --by task,model,day"):
        regrouped(base, [Key.DAY])


def stepped(document, *column, **parts):
    document["samples"][0]["duration_us"] = parts or {"values": column[0]}


def damaged(change):
    document = json.loads(written(side("qwen35b")))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "is no baseline"),
        ("[]", "expected keys"),
        ('{"schema": "other/1"}', "is no baseline"),
        ('{"schema": "usagectl.baseline/3"}', "update usagectl, or save the baseline again"),
        ('{"schema": "usagectl.baseline/1"}', "it lacks usagectl, name, runs"),
        ('{"schema": "usagectl.baseline/1",', "not readable as JSON"),
        (damaged(lambda d: d["sums"][0].update(calls=-1)), "expected a number from 0 on"),
        (damaged(lambda d: d["sums"][0].update(calls=1.5)), "expected a whole number"),
        (damaged(lambda d: d["sums"][0].pop("calls")), "a row without calls"),
        (damaged(lambda d: d["sums"][0].pop("ok")), "a row without ok"),
        (
            damaged(lambda d: d["sums"][0].update(input_calls=99)),
            r"input_calls \(99\) is more than",
        ),
        (damaged(lambda d: d["sums"][0].update(failed=99)), r"failed \(99\) is more than calls"),
        (damaged(lambda d: d["sums"][0].update(failed=1)), "1 failed among the calls that are ok"),
        (damaged(lambda d: d["sums"][0].update(input_tokens=2**70)), r"sums\[0\]"),
        (damaged(lambda d: d["sums"][0].update(total_tokens=5)), "total_tokens is 5, input_tokens"),
        (damaged(lambda d: d["sums"][0].pop("duration_us")), "but there is no duration_us"),
        (damaged(lambda d: d["sums"][0].pop("duration_calls")), "known of no call"),
        (damaged(lambda d: d["sums"][0].update(tokns=1)), "no key 'tokns'"),
        (damaged(lambda d: d["sums"].append(d["sums"][0])), "a second row of the same task, model"),
        (damaged(lambda d: d.update(sums=[])), "sums: the baseline is damaged: there are no calls"),
        (damaged(lambda d: d.update(sums_by_run=d["sums"])), "no key 'model_of_cell'"),
        (damaged(lambda d: d["failures"].append({"failure": "x", "calls": 1})), "failures, but"),
        (
            damaged(lambda d: d["failures"].extend(d["failures"])),
            "a second row of the same failure",
        ),
        (damaged(lambda d: d["samples"][0].update(duration_us=[1.5])), "expected a whole number"),
        (damaged(lambda d: d["samples"][0].update(duration_us=[2, 1])), "not in their order"),
        (damaged(lambda d: d["samples"][0].update(duration_us=[1] * 99)), "samples of 99 calls"),
        (
            damaged(lambda d: d["sums"][0].update(duration_us=d["sums"][0]["duration_us"] + 1)),
            r"samples\[0\].*samples add up to",
        ),
        (damaged(lambda d: d["samples"][0].update(duration_us=[10**12])), "samples add up to"),
        (damaged(lambda d: d["samples"][0].update(cache_share=[-0.5])), "a number from 0 on"),
        (damaged(lambda d: d["samples"][0].pop("ok")), "samples without ok"),
        (damaged(lambda d: d["samples"].append(d["samples"][0])), "a second row of the same group"),
        (damaged(lambda d: d["samples"][0].update(task="x")), "no sums of this group"),
        (damaged(lambda d: stepped(d, [10, 15])), "expected values or steps"),
        (damaged(lambda d: stepped(d, steps=[1, 2], calls=[1])), "2 values, but 1 numbers of"),
        (damaged(lambda d: stepped(d, steps=[1001], calls=[1])), "there is no such step"),
        (damaged(lambda d: stepped(d, values=[1, 1], calls=[1, 1])), "not in their order"),
        (damaged(lambda d: stepped(d, values=[1], calls=[0])), "expected a number from 1 on"),
        (
            damaged(lambda d: d["percentiles_of_all"].append({"duration_us": [5] * 100})),
            "other perc",
        ),
        (damaged(lambda d: d["percentiles"].append({"duration_us": [5]})), "other percentiles"),
        (damaged(lambda d: d.update(runs=[])), "runs: the baseline is damaged: there are none"),
        (damaged(lambda d: d.update(runs=["a", "a"])), "'a' stands here a second time"),
        (damaged(lambda d: d.update(runs=["a", "b"])), "the runs are a, b"),
        (damaged(lambda d: d.update(by=["task", "task"])), "'task' stands here a second time"),
        (damaged(lambda d: d.update(by=[])), "there are none"),
        (damaged(lambda d: d.update(by=["task", "run"])), "no key 'model'|cannot have a run"),
        (damaged(lambda d: d.update(prices_of=[])), "the first and the last day in this order"),
        (damaged(lambda d: d.update(prices_of=["2026-02-02", "2026-01-01"])), "in this order"),
        (damaged(lambda d: d.update(first="2999-01-01T00:00:00+00:00")), "ends before it begins"),
        (damaged(lambda d: d.update(last=None)), "only one of both is known"),
        (damaged(lambda d: d.update(models=["x"])), "models: the baseline is damaged: sums are of"),
        (damaged(lambda d: d.update(by=["taks"])), "did you mean 'task'"),
        (damaged(lambda d: d.update(first="soon")), "expected a time"),
    ],
)
def test_damage_is_told_with_its_place(tmp_path, text, message):
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(WrongUsageError, match=message) as caught:
        side_from(documents.read(path))
    assert str(path) in str(caught.value)


TWICE = """{
  "schema": "usagectl.baseline/2",
  "name": "a",
  "name": "b"
}"""
CONFLICT = """{
<<<<<<< HEAD
  "schema": "usagectl.baseline/2",
=======
  "schema": "usagectl.baseline/2",
>>>>>>> other
}"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TWICE, ":4: 'name' stands here a second time"),
        (CONFLICT, ":2: holds the marks of a merge conflict"),
        ('{"schema": "usagectl.baseline/2", "name": ' + "9" * 5000 + "}", "a number too long"),
        (damaged(lambda d: d.update(rejected=10**400)), "found a number of more than 30 digits"),
    ],
)
def test_a_file_that_was_merged_badly_or_edited(tmp_path, text, message):
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(WrongUsageError, match=message):
        side_from(documents.read(path))


def test_sums_by_run_add_up_to_the_sums(tmp_path):
    document = json.loads(written(side("qwen9b", "qwen35b", keys=[Key.TASK])))
    row = next(row for row in document["sums_by_run"] if row.get("duration_us"))
    row["duration_us"] += 1
    (tmp_path / "b.json").write_text(json.dumps(document))
    with pytest.raises(WrongUsageError, match=r"duration_us of this group is \d+ in sums, \d+ in"):
        side_from(documents.read(tmp_path / "b.json"))


@pytest.mark.parametrize("tokens", [30_000_000, 10**12])
def test_sums_have_the_limits_of_sums(tmp_path, tokens):
    """40,000 calls of half a minute are more microseconds than one record may have."""
    row = {"task": "t", "duration_us": 30_000_000, "input_tokens": tokens, "output_tokens": 0}
    original = side_of(usage_of(*[row] * 40_000), [Key.TASK], "r")
    base = kept(original, tmp_path)
    assert base.cells["duration_us"].sum() == 1_200_000_000_000
    assert base.cells["input_tokens"].sum() == 40_000 * tokens
    assert written(base) == written(original)


@pytest.mark.parametrize("column", ["duration_us", "recorded_cost_nanousd", "input_tokens"])
def test_a_sum_of_more_than_64_bits_is_no_answer(tmp_path, column):
    """It would be a negative number of tokens, seconds or dollars."""
    row = {"task": "t", "input_tokens": 0, "output_tokens": 0}
    most = [2**62, 2**62 - 1]
    side = side_of(usage_of(*({**row, column: value} for value in most)), [Key.TASK], "r")
    base = kept(side, tmp_path)
    assert base.cells.select(pl.col(f"^{column.removeprefix('recorded_')}$")).item() == 2**63 - 1
    more = usage_of(*({**row, column: 2**62} for _ in range(2)))
    with pytest.raises(NoAnswerError, match="a sum is larger than 9,223,372,036,854,775,807"):
        side_of(more, [Key.TASK], "r")
    if column == "input_tokens":
        with pytest.raises(NoAnswerError, match="a sum is larger than"):
            usagectl.summarize(more)
        return
    found = usagectl.summarize(more).row(0, named=True)
    assert found["duration_seconds" if column == "duration_us" else "cost_usd"] in (
        pytest.approx(2**63 / 10**6),
        pytest.approx(2**63 / 10**9),
    )


def test_by_fewer_keys_each_run_keeps_what_it_did():
    rows = [
        {"task": task, "model": "m", "input_tokens": tokens, "output_tokens": 1, "run": run}
        for run, tokens in (("a", 10), ("b", 700))
        for task in ("x", "y")
    ]
    usage = usage_of(*rows, runs=("a", "b"))
    both = side_of(usage, [Key.TASK, Key.MODEL], "base")
    alone = side_of(usage, [Key.TASK], "base")
    order = ["run_of_side", "task"]
    found = regrouped(both, [Key.TASK]).by_run.sort(order)
    assert found.equals(alone.by_run.select(found.columns).sort(order))
