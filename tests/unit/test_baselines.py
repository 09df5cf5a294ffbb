"""A baseline is a side that was kept: nothing that a comparison asks of it is lost."""

import json

import polars as pl
import pytest
from conftest import FIXTURES, usage_of
from polars.testing import assert_frame_equal

import usagectl
from usagectl import documents
from usagectl.baselines import KEPT, regrouped, side_from, thinned, written
from usagectl.comparison import compare_sides
from usagectl.exceptions import WrongUsageError
from usagectl.names import Key
from usagectl.sides import side_of

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


def test_samples_are_thinned_evenly_and_it_is_said(tmp_path):
    assert thinned(range(5), 5) == [0, 1, 2, 3, 4]
    assert thinned(range(9), 5) == [0, 2, 4, 6, 8]
    rows = [{"task": "t", "output_tokens": i, "input_tokens": 0} for i in range(1000)]
    base = kept(side_of(usage_of(*rows), [Key.TASK], "r"), tmp_path)
    values = base.samples["output_tokens"].drop_nulls().to_list()
    assert base.thinned
    assert len(values) == KEPT
    assert (values[0], values[-1]) == (0, 999)
    assert base.cells["output_tokens"].sum() == sum(range(1000))


def test_fewer_keys(tmp_path):
    base = kept(side("qwen35b"), tmp_path)
    new = side("qwen9b", keys=[Key.TASK])._replace(name="new")
    one = compare_sides(side("qwen35b", keys=[Key.TASK]), new)
    assert_frame_equal(one.groups, compare_sides(regrouped(base, [Key.TASK]), new).groups)
    with pytest.raises(WrongUsageError, match="save it with --by task,model,day"):
        regrouped(base, [Key.DAY])


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
        ('{"schema": "usagectl.baseline/2"}', "update usagectl, or save the baseline again"),
        ('{"schema": "usagectl.baseline/1"}', "it lacks usagectl, name, runs"),
        ('{"schema": "usagectl.baseline/1",', "not readable as JSON"),
        (damaged(lambda d: d["sums"][0].update(calls=-1)), "expected a number from 0 on"),
        (damaged(lambda d: d["sums"][0].update(calls=1.5)), "expected a whole number"),
        (damaged(lambda d: d["sums"][0].update(total_calls=99)), "more calls are known than"),
        (damaged(lambda d: d["sums"][0].update(input_tokens=2**70)), r"sums\[0\]"),
        (damaged(lambda d: d["sums"][0].update(tokns=1)), "no key 'tokns'"),
        (damaged(lambda d: d["samples"][0].update(duration_us=[1.5])), "a sample is no whole"),
        (damaged(lambda d: d["samples"][0].pop("ok")), "samples without ok"),
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
