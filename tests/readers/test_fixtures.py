"""Every directory of `fixtures/` is a test: detection, figures, rejects, conservation."""

import json
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import usagectl
from usagectl.dataset.keys import key_expression
from usagectl.dataset.load import load
from usagectl.dataset.shard import Sizes
from usagectl.inputs.file import SourceFile
from usagectl.model.names import Key
from usagectl.model.schema import CALLS, FAILURE_COLUMNS, STAGES
from usagectl.readers.registry import READERS, claim, reader

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.json"))
RUNS = json.loads((FIXTURES / "runs" / "expected.json").read_text())
MICROSECOND = 2e-5


def case_id(path):
    return f"{path.parent.name}/{path.name}"


def _everything():
    for case in CASES:
        yield pytest.param(
            case / "run", json.loads((case / "expected.json").read_text()), id=case_id(case)
        )
    for name, expected in RUNS.items():
        yield pytest.param(FIXTURES / "runs" / name, expected, id=f"runs/{name}")


EVERYTHING = list(_everything())


def counted(usage, key):
    by = usage.calls.group_by(key_expression(key, "UTC").alias("key")).agg(pl.col("calls").sum())
    return {"null" if value is None else value: count for value, count in by.collect().iter_rows()}


def test_every_format_has_fixtures():
    assert {case.parent.name for case in CASES} == set(READERS)


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_figures(run, expected):
    """Totals are those that were reckoned by hand from the description of the format."""
    usage = usagectl.load(str(run), timezone="UTC")
    totals = usagectl.summarize(usage).row(0, named=True)
    for metric, value in expected["totals"].items():
        assert totals[metric] == pytest.approx(value, abs=MICROSECOND), metric
    assert counted(usage, Key.TASK) == expected["calls_by_task"]
    assert counted(usage, Key.MODEL) == expected["calls_by_model"]
    assert usage.stages.collect().height == expected.get("stages", 0)


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_every_record_is_accounted_for(run, expected):
    """Records = calls + merged + ignored + rejected, and each as reckoned by hand."""
    usage = usagectl.load(str(run), timezone="UTC")
    rows = dict(usage.calls.group_by("source").len().collect().iter_rows())
    found = {}
    for file in usage.files.iter_rows(named=True):
        calls = rows.get(file["path"], 0)
        parts = {name: file[name] for name in ("records", "merged", "ignored", "rejected")}
        assert parts["records"] == calls + sum(parts.values()) - parts["records"], file["path"]
        found[str(Path(file["path"]).relative_to(run))] = {"calls": calls, **parts}
    assert len(usage.rejects) == expected.get("rejected", 0)
    if "files" in expected:
        assert found == expected["files"]


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_doubts_are_spoken(run, expected):
    usage = usagectl.load(str(run), timezone="UTC")
    spoken = " ".join(notice.text for notice in usage.notices).lower()
    for word in expected.get("notice_words", []):
        assert word in spoken


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_salvage_changes_nothing(run, expected):
    """Reading every line by itself gives the same frames as the fast way."""
    fast = usagectl.load(str(run), timezone="Europe/Berlin")
    slow = usagectl.load(str(run), timezone="Europe/Berlin", strict=False)
    assert_same_usage(fast, slow)


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_reading_in_small_units_changes_nothing(run, expected):
    whole = usagectl.load(str(run), timezone="Europe/Berlin")
    for sizes in (Sizes(at_once=0, unit=1), Sizes(at_once=900, unit=400)):
        assert_same_usage(whole, load(str(run), timezone="Europe/Berlin", sizes=sizes))


def assert_same_usage(one, other):
    assert_frame_equal(one.calls.collect(), other.calls.collect())
    assert_frame_equal(one.stages.collect(), other.stages.collect())
    assert_frame_equal(one.files, other.files)
    assert one.rejects == other.rejects
    assert one.notices == other.notices


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_frames_have_the_declared_columns(run, expected):
    usage = usagectl.load(str(run), timezone="UTC")
    columns = pl.Schema({**CALLS, **FAILURE_COLUMNS})
    assert usage.calls.collect_schema() == columns
    assert usage.stages.collect_schema() == STAGES
    assert usage.calls.collect().schema == columns


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_no_file_is_claimed_by_two_readers(run, expected):
    for path in sorted(Path(run).rglob("*")):
        if not path.is_file():
            continue
        file = SourceFile("run", str(path), "")
        owner = claim(file)
        if owner is None:
            continue
        others = [reader(m) for m in READERS if reader(m) is not owner]
        assert [r.name for r in others if r.detect(file.head())] == [], path


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_a_fixture_is_told_by_its_content(case):
    files = [SourceFile("run", str(p), "") for p in case.rglob("run/**/*") if p.is_file()]
    owners = {claim(file).name for file in files if claim(file) and not file.by_name}
    assert owners == {reader(case.parent.name).name}


@pytest.mark.parametrize(("run", "expected"), EVERYTHING)
def test_every_row_says_what_it_is(run, expected):
    calls = usagectl.load(str(run), timezone="UTC").calls.collect()
    assert not calls.select("granularity", "calls", "status").null_count().sum_horizontal().item()


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_every_fixture_says_what_is_odd(case):
    assert len((case / "README.md").read_text().splitlines()) > 2
