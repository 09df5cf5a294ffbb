"""A large file gives the same wherever it is cut into blocks, and cuts stay where they are."""

import pytest
from planexe_rows import Plan, as_lines, written
from polars.testing import assert_frame_equal

from usagectl.dataset.blocks import blocks_of
from usagectl.dataset.load import load
from usagectl.dataset.shard import Sizes
from usagectl.inputs.file import SourceFile
from usagectl.readers.registry import claim

MEGABYTE = 1024 * 1024
WHOLE, BLOCKS = Sizes(file=1 << 30), Sizes(at_once=0, unit=MEGABYTE)


def usage_file(folder, plan, seed):
    frame, _ = written(seed, plan)
    path = folder / "usage_metrics.jsonl"
    path.write_text("".join(f"{line}\n" for line in as_lines(frame)))
    return path


def cuts(path):
    file = SourceFile("run", str(path), "", regular=True)
    reader = claim(file)
    return blocks_of(file, path.stat().st_size, reader, "UTC", MEGABYTE)


def assert_same(path):
    whole, blocks = (load(str(path), timezone="UTC", sizes=sizes) for sizes in (WHOLE, BLOCKS))
    assert_frame_equal(whole.calls.collect(), blocks.calls.collect())
    assert_frame_equal(whole.files, blocks.files)
    assert (whole.rejects, whole.notices) == (blocks.rejects, blocks.notices)


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("anthropic", [0.0, 0.1])
def test_rows_of_workers_are_paired_alike(tmp_path, workers, anthropic):
    plan = Plan(workers=workers, calls=8000, anthropic=anthropic, fails=0.1, several=0.1)
    path = usage_file(tmp_path, plan, f"{workers} {anthropic}")
    assert len(cuts(path)) > 2
    assert_same(path)


def test_a_damaged_line_keeps_its_number(tmp_path):
    path = usage_file(tmp_path, Plan(calls=8000), "damaged")
    lines = path.read_text().splitlines()
    lines[-50] = lines[-50][:40]
    path.write_text("\n".join(lines) + "\n")
    assert_same(path)
    (reject,) = load(str(path), timezone="UTC", sizes=BLOCKS).rejects
    assert reject.line == len(lines) - 49


def test_what_is_appended_moves_no_cut(tmp_path):
    path = usage_file(tmp_path, Plan(workers=4, calls=8000), "appended")
    whole = path.read_bytes()
    at = whole.rfind(b"\n", 0, len(whole) * 3 // 4) + 1
    path.write_bytes(whole[:at])
    before = cuts(path)
    path.write_bytes(whole)
    assert cuts(path)[: len(before) - 1] == before[:-1]
