"""On generated damage no good record is lost, and every record is accounted for."""

import json
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import usagectl

counts = st.integers(0, 10**9)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
good = st.fixed_dictionaries(
    {
        "success": st.just(True),
        "model": text,
        "duration_seconds": st.floats(0, 10**6),
        "input_tokens": counts,
    },
    optional={
        "output_tokens": counts,
        "cost_usd": st.floats(0, 10**3),
        "task_name": text,
        "extra": text,
    },
)
bad = st.sampled_from(
    [
        b"garbage",
        b"\x00\x00\x00",
        b'{"success": true, "model": "\xff"}',
        b'{"success": true, "input_tokens": 12.7}',
        b'{"success": true, "input_tokens": -5}',
        b'{"success": true, "input_tokens": 1e30}',
        b'{"success": true, "input_tokens": NaN}',
        b'{"success": true, "input_tokens": true}',
        b'{"success": "perhaps"}',
        b'{"success": true, "model": NaN}',
        b'{"success": true, "model": {"a": [1e400]}}',
        b'{"success": true, "model": ' + b"1" * 50 + b"}",
        b'{"success": true, "model": "\\udfff"}',
        b'{"success": true, "model": "\\ud800b"}',
        b'{"success": true, "extra": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        b'{"model": "m"}',
        b'{"success": true, "model": "cut',
        b"17",
        b"null",
    ]
)
blank = st.sampled_from([b"", b"   ", b"\r"])
line = st.one_of(good, bad, blank)


def encoded(value):
    return json.dumps(value).encode() if isinstance(value, dict) else value


def loaded(*contents, strict=True):
    """Load files of these contents out of one directory, which is gone again when we look."""
    with tempfile.TemporaryDirectory() as folder:
        for i, content in enumerate(contents):
            place = Path(folder) / "run" / f"part{i}"
            place.mkdir(parents=True)
            (place / "usage_metrics.jsonl").write_bytes(content)
        usage = usagectl.load(f"run={folder}/run", timezone="UTC", strict=strict)
        return usage._replace(calls=usage.calls.drop("source").collect().lazy())


@settings(max_examples=150, deadline=None)
@given(st.lists(line, max_size=30), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_every_record_is_accounted_for(lines, ending, ends):
    content = ending.join(map(encoded, lines)) + (ending if ends else b"")
    records = [value for value in lines if isinstance(value, dict)]
    damaged = [value for value in lines if not isinstance(value, dict) and value.strip()]
    usage = loaded(content)
    (file,) = usage.files.iter_rows(named=True)
    calls = usage.calls.collect()
    assert calls.height == len(records)
    # Nothing in and nothing out was not counted.
    assert calls.get_column("input_tokens").to_list() == [
        record["input_tokens"] if record["input_tokens"] or record.get("output_tokens") else None
        for record in records
    ]
    assert file["rejected"] == len(usage.rejects) == len(damaged)
    assert file["records"] == calls.height + file["merged"] + file["ignored"] + file["rejected"]
    positions = [
        i for i, value in enumerate(lines, 1) if not isinstance(value, dict) and value.strip()
    ]
    assert [reject.line for reject in usage.rejects] == positions


@settings(max_examples=50, deadline=None)
@given(st.lists(line, max_size=30))
def test_fast_and_slow_way_agree(lines):
    content = b"\n".join(map(encoded, lines)) + b"\n"
    fast, slow = loaded(content), loaded(content, strict=False)
    assert_frame_equal(fast.calls.collect(), slow.calls.collect())
    assert [(r.line, r.reason) for r in fast.rejects] == [(r.line, r.reason) for r in slow.rejects]


@settings(max_examples=50, deadline=None)
@given(st.lists(good, min_size=1, max_size=30), st.integers(0, 30), st.randoms())
def test_splitting_and_order_change_no_sum(records, cut, random):
    whole = loaded(b"\n".join(map(encoded, records)))
    shuffled = records.copy()
    random.shuffle(shuffled)
    parts = [b"\n".join(map(encoded, part)) for part in (shuffled[:cut], shuffled[cut:])]
    split = loaded(*parts)
    assert_frame_equal(usagectl.summarize(whole), usagectl.summarize(split))


@settings(max_examples=50, deadline=None)
@given(st.lists(good, min_size=1, max_size=30))
def test_shares_and_groups_add_up_to_the_total(records):
    usage = loaded(b"\n".join(map(encoded, records)))
    total = usagectl.summarize(usage).row(0, named=True)
    groups = usagectl.summarize(usage, by=["task", "model"])
    for metric in ("calls", "failed", "input_tokens", "output_tokens", "total_tokens"):
        values = groups.get_column(metric)
        assert (values.sum() if values.count() else None) == total[metric]
    if total["total_tokens"]:
        assert abs(groups.get_column("token_share").sum() - 1) < 1e-9
    assert groups.select(pl.struct("task", "model").is_unique().all()).item()
