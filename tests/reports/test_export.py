import json

import polars as pl
import pytest
from conftest import FIXTURES

from usagectl.model.schema import EXPORTED, STAGES


@pytest.mark.parametrize(
    ("suffix", "read"),
    [
        ("parquet", pl.read_parquet),
        ("arrow", pl.read_ipc),
        ("ndjson", pl.read_ndjson),
        ("csv", pl.read_csv),
    ],
)
def test_formats(usagectl, tmp_path, suffix, read):
    target = tmp_path / f"calls.{suffix}"
    done = usagectl("export", "fixtures/planexe/labels/run", "--output", target)
    assert done.returncode == 0, done.stderr
    frame = read(target)
    expected = json.loads((FIXTURES / "planexe/labels/expected.json").read_text())["totals"]
    assert frame.height == expected["calls"]
    assert frame.get_column("input_tokens").sum() == expected["input_tokens"]
    # Polars itself forgets the order of more than 32 keys when it reads them back.
    columns = (
        frame.columns
        if suffix != "ndjson"
        else list(json.loads(target.read_text().splitlines()[0]))
    )
    assert columns == [name for name in EXPORTED if name != "message"]


def test_types_survive_in_parquet(usagectl, tmp_path):
    target = tmp_path / "calls.parquet"
    usagectl("export", "fixtures/planexe/labels/run", "--output", target, "--with-messages")
    assert pl.read_parquet(target).schema == EXPORTED


def test_stages(usagectl, tmp_path):
    target = tmp_path / "stages.parquet"
    usagectl(
        "export",
        "fixtures/codex_forge/finished/run",
        "--stages",
        "--output",
        target,
        "--with-messages",
    )
    assert pl.read_parquet(target).schema == STAGES


def test_filters(usagectl, tmp_path):
    target = tmp_path / "calls.csv"
    usagectl("export", "fixtures/runs/qwen35b", "--where", "status=failed", "--output", target)
    assert pl.read_csv(target).height == 11
