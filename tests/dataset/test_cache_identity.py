"""Whether a file is still what it was: no rewrite may keep an identity, whoever hides it."""

import hashlib
import itertools
import os
import random
import time

import polars as pl
import pytest

from usagectl.dataset.cache import identity, keys, known, store
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache

SECOND = 1_000_000_000
# Two changes with less between them may have the same times, by the clock of older kernels.
TICK = 0.02
HOW = (identity.by_stat, identity.identity)


@pytest.fixture(name="later")
def _later(monkeypatch):
    """Sets the clock that the program sees, in seconds from now."""
    real = time.time_ns

    def later(seconds):
        monkeypatch.setattr(time, "time_ns", lambda: real() + int(seconds * SECOND))

    return later


@pytest.fixture(name="file")
def _file(tmp_path):
    path = tmp_path / "usage.jsonl"
    path.write_bytes(b"a" * 300_000)
    return path


@pytest.fixture(name="cache")
def _cache(tmp_path, monkeypatch):
    for module in (keys, store):
        monkeypatch.setattr(module, "code", lambda: "code")
    return Cache(str(tmp_path / "read"))


@pytest.mark.parametrize("how", HOW)
def test_a_file_that_changed_just_now_has_none(file, later, how):
    assert how(str(file)) is None
    later(1.9)
    assert how(str(file)) is None
    later(3)
    assert how(str(file)) == how(str(file)) is not None


@pytest.mark.parametrize("how", HOW)
def test_a_file_of_the_future_has_none(file, later, how):
    later(-3600)
    assert how(str(file)) is None


@pytest.mark.parametrize("how", HOW)
def test_an_old_mtime_makes_no_file_old(file, how):
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert how(str(file)) is None


@pytest.mark.parametrize("how", HOW)
def test_a_rewrite_in_place_with_the_same_size_and_mtime_is_noticed(file, later, how):
    later(3)
    before, times = how(str(file)), file.stat()
    time.sleep(TICK)
    with open(file, "r+b") as opened:
        # In the middle, where no hash of head or tail sees it.
        opened.seek(150_000)
        opened.write(b"b")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert file.stat().st_size == times.st_size
    assert file.stat().st_mtime_ns == times.st_mtime_ns
    assert how(str(file)) not in (None, before)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("change", ["append", "truncate", "replace", "rotate", "touch"])
def test_every_change_is_noticed(file, later, how, change):
    later(3)
    before = how(str(file))
    time.sleep(TICK)
    if change == "append":
        with open(file, "ab") as opened:
            opened.write(b"b")
    elif change == "truncate":
        os.truncate(file, 299_999)
    elif change == "replace":
        other = file.with_name("other")
        other.write_bytes(file.read_bytes())
        os.replace(other, file)
    elif change == "rotate":
        os.rename(file, file.with_name("usage.jsonl.1"))
        assert how(str(file)) is None
        file.write_bytes(b"a" * 300_000)
    else:
        os.utime(file, (1, 1))
    assert how(str(file)) not in (None, before)


@pytest.mark.parametrize("how", HOW)
def test_a_link_is_the_file_that_it_leads_to(file, tmp_path, later, how):
    other = tmp_path / "other"
    other.write_bytes(b"b" * 300_000)
    link = tmp_path / "link"
    link.symlink_to(file)
    later(3)
    before = how(str(link))
    link.unlink()
    link.symlink_to(other)
    assert how(str(link)) not in (None, before)


@pytest.mark.parametrize("how", HOW)
def test_a_path_is_meant_from_everywhere(file, later, how, monkeypatch):
    later(3)
    monkeypatch.chdir(file.parent)
    assert how(file.name) == how(str(file)) is not None


@pytest.mark.parametrize("how", [*HOW, lambda path: identity.digests(path, [(0, 1)])])
def test_what_is_no_regular_file_has_none(tmp_path, later, how):
    later(3)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "none", "/dev/null", "a\0b"):
        assert how(str(path)) is None


def test_a_file_that_changes_while_it_is_looked_at_has_none(file, later, monkeypatch):
    later(3)
    read = os.pread

    def changing(*arguments):
        with open(file, "ab") as opened:
            opened.write(b"b")
        return read(*arguments)

    monkeypatch.setattr(os, "pread", changing)
    assert identity.identity(str(file)) is None


def test_digests_are_of_all_bytes(file):
    data = bytearray(os.urandom(5_000_000))
    file.write_bytes(data)
    ranges = [(0, 2_500_000), (2_500_000, 5_000_000), (7, 7), (0, 5_000_000)]
    found = identity.digests(str(file), ranges)
    assert found == [hashlib.sha256(data[start:end]).hexdigest() for start, end in ranges]
    assert found == [identity.digest(bytes(data[start:end])) for start, end in ranges]
    assert identity.digests(str(file), []) == []
    assert identity.digests(str(file), [(0, 1), (4_999_999, 5_000_001)]) is None
    data[1_234_567] ^= 1
    file.write_bytes(data)
    changed = identity.digests(str(file), ranges)
    assert [a == b for a, b in zip(found, changed, strict=True)] == [False, True, True, False]


def test_a_file_that_did_not_change_is_not_read_for_its_digests(file, cache, later, monkeypatch):
    ranges = [(0, 100_000), (100_000, 300_000)]
    assert known.digests(cache, str(file), ranges) == identity.digests(str(file), ranges)
    assert cache.info().entries == 0, "it changed just now"
    later(3)
    found = known.digests(cache, str(file), ranges)
    monkeypatch.setattr(identity, "digests", None)
    assert known.digests(cache, str(file), ranges) == found


def test_what_was_appended_to_keeps_the_digests_of_its_blocks(file, cache, later):
    later(3)
    ranges = [(0, 100_000), (100_000, 300_000)]
    before = known.digests(cache, str(file), ranges)
    time.sleep(TICK)
    with open(file, "ab") as opened:
        opened.write(b"more")
    after = known.digests(cache, str(file), [*ranges, (300_000, 300_004)])
    assert after[:2] == before
    time.sleep(TICK)
    with open(file, "r+b") as opened:
        opened.seek(200_000)
        opened.write(b"b")
    rewritten = known.digests(cache, str(file), ranges)
    assert [a == b for a, b in zip(rewritten, before, strict=True)] == [True, False]


def test_a_cache_that_is_off_remembers_no_digests(file, cache, later, tmp_path):
    later(3)
    off = Cache(str(tmp_path / "read"), enabled=False)
    assert known.digests(off, str(file), [(0, 1)]) == identity.digests(str(file), [(0, 1)])
    assert cache.info().entries == 0


class Life:
    """What happens to files of usage, honestly or not: each method is one such thing."""

    def __init__(self, folder, chance):
        self.folder = folder
        self.chance = chance
        self.path = folder / "usage.jsonl"
        self.path.write_bytes(self.data(400))

    def data(self, size):
        return self.chance.randbytes(size)

    def append(self):
        with open(self.path, "ab") as file:
            file.write(self.data(self.chance.randrange(1, 300)))

    def truncate(self):
        os.truncate(self.path, self.chance.randrange(self.path.stat().st_size + 1))

    def rewrite_and_hide(self):
        times = self.path.stat()
        with open(self.path, "r+b") as file:
            file.seek(self.chance.randrange(times.st_size + 1) if times.st_size else 0)
            file.write(self.data(1)[: times.st_size - file.tell()])
        os.utime(self.path, ns=(times.st_atime_ns, times.st_mtime_ns))

    def rotate(self):
        os.replace(self.path, self.folder / "usage.jsonl.1")
        self.path.write_bytes(self.data((self.folder / "usage.jsonl.1").stat().st_size))

    def rotate_back(self):
        if (self.folder / "usage.jsonl.1").exists():
            os.replace(self.folder / "usage.jsonl.1", self.path)

    def replace_and_hide(self):
        times = self.path.stat()
        other = self.folder / "other"
        other.write_bytes(self.data(times.st_size))
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        os.replace(other, self.path)

    def set_time(self):
        os.utime(self.path, (self.chance.randrange(2**31),) * 2)

    def nothing(self):
        pass


LIFE = [name for name in vars(Life) if not name.startswith("_") and name != "data"]


def cached_content(cache, how, path):
    """The content of a file as a reader with a cache would have it, and whether it was kept."""
    before = how(path)
    kept = before and cache.get(key("content", before))
    if kept:
        return bytes.fromhex(kept.meta), True
    with open(path, "rb") as file:
        data = file.read()
    if before is not None and how(path) == before:
        cache.put(key("content", before), pl.DataFrame(), data.hex())
    return data, False


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("how", HOW)
def test_no_life_of_a_file_makes_the_cache_wrong(tmp_path, cache, monkeypatch, seed, how):
    monkeypatch.setattr(identity, "_SETTLED_NS", TICK * SECOND)
    chance = random.Random(seed)
    life = Life(tmp_path, chance)
    kept = 0
    for _ in range(60):
        getattr(life, chance.choice(LIFE))()
        if chance.random() < 0.4:
            time.sleep(TICK * 1.2)
        content = life.path.read_bytes()
        for _ in range(2):
            found, was_kept = cached_content(cache, how, str(life.path))
            assert found == content
            kept += was_kept
        cuts = sorted({0, len(content), *(chance.randrange(len(content) + 1) for _ in range(2))})
        ranges = list(itertools.pairwise(cuts))
        digests = [identity.digest(content[start:end]) for start, end in ranges]
        assert known.digests(cache, str(life.path), ranges) == digests
        assert known.digests(cache, str(life.path), ranges) == digests
    assert kept > 5
