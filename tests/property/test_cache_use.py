"""Whatever happens to files between two looks, a cache gives what reading them anew gives."""

import os
import random
import time

import pytest
from planexe_rows import Plan, as_lines, written
from polars.testing import assert_frame_equal

from usagectl.dataset.cache import identity, keys
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.load import load
from usagectl.dataset.shard import Sizes

MEGABYTE = 1024 * 1024
SMALL = Sizes(at_once=40_000, file=3 * MEGABYTE, unit=20_000, kept=0)
BLOCKS = Sizes(at_once=0, file=0, unit=MEGABYTE, kept=0)


@pytest.fixture(autouse=True)
def _settled_at_once(monkeypatch):
    """What changed just now is never kept, for two seconds; a test cannot wait so long each time.

    Its files get a time of change of their own where that matters: by a pause of a few ticks.
    """
    monkeypatch.setattr(identity, "_SETTLED_NS", 0)
    keys.code.cache_clear()
    monkeypatch.setattr(keys, "_SETTLED_NS", -(10**18))
    yield
    keys.code.cache_clear()


def lines_of(seed, calls):
    frame, _ = written(seed, Plan(workers=2, calls=calls))
    return [f"{line}\n" for line in as_lines(frame)]


def assert_same(path, cache, sizes):
    anew = load(str(path), timezone="UTC", sizes=sizes)
    kept = load(str(path), timezone="UTC", sizes=sizes, cache=cache)
    assert_frame_equal(anew.calls.collect(), kept.calls.collect())
    assert_frame_equal(anew.files, kept.files)
    assert (anew.rejects, anew.notices) == (kept.rejects, kept.notices)
    assert anew.unclaimed == kept.unclaimed


def appended(path, dice, more):
    with path.open("a") as file:
        file.writelines(dice.sample(more, 2))


def truncated(path, dice, more):
    del more
    data = path.read_bytes()
    path.write_bytes(data[: dice.randrange(len(data) // 2, len(data))])


def rewritten(path, dice, more):
    """Another figure in the midst, with the same size and the same time of change."""
    del more
    before = path.stat()
    data = path.read_text()
    at = data.find('"input_tokens": ', dice.randrange(max(len(data) - 5000, 1))) + 16
    path.write_text(f"{data[:at]}{9 - int(data[at])}{data[at + 1 :]}")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def rotated(path, dice, more):
    os.replace(path, path.with_name("usage_metrics.1.jsonl"))
    path.write_text("".join(dice.sample(more, 20)))


def removed(path, dice, more):
    del dice, more
    path.unlink()


CHANGES = (appended, truncated, rewritten, rotated, removed)


def test_many_small_files(tmp_path):
    dice = random.Random("small")
    more = lines_of("more", 400)
    for number in range(230):
        folder = tmp_path / f"run{number:03}"
        folder.mkdir()
        (folder / "usage_metrics.jsonl").write_text("".join(dice.sample(more, 4)))
    (tmp_path / "notes.txt").write_text("nothing\n")
    cache = Cache(str(tmp_path.with_name("cache")))
    assert_same(tmp_path, cache, SMALL)
    assert_same(tmp_path, cache, SMALL)
    assert cache.info().entries > 2
    for change in CHANGES * 2:
        time.sleep(0.02)
        change(dice.choice(sorted(tmp_path.glob("*/usage_metrics.jsonl"))), dice, more)
        assert_same(tmp_path, cache, SMALL)


def test_a_large_file(tmp_path):
    dice = random.Random("large")
    path = tmp_path / "usage_metrics.jsonl"
    path.write_text("".join(lines_of("large", 10_000)))
    more = lines_of("more", 400)
    cache = Cache(str(tmp_path.with_name("cache")))
    assert_same(tmp_path, cache, BLOCKS)
    held = cache.info().entries
    for change in (appended, rewritten, appended, truncated, rewritten):
        time.sleep(0.02)
        change(path, dice, more)
        assert_same(tmp_path, cache, BLOCKS)
    assert cache.info().entries > held


def test_of_what_is_appended_to_only_the_end_is_read(tmp_path):
    path = tmp_path / "usage_metrics.jsonl"
    path.write_text("".join(lines_of("large", 20_000)))
    cache = Cache(str(tmp_path.with_name("cache")))
    assert_same(tmp_path, cache, BLOCKS)
    held = cache.info().entries
    with path.open("a") as file:
        file.writelines(lines_of("more", 20))
    assert_same(tmp_path, cache, BLOCKS)
    # The last block, and where the blocks are.
    assert cache.info().entries - held <= 3
