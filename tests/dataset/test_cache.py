"""The store of the cache: what it gives back was put under that key, whole, or it is nothing."""

import datetime as dt
import json
import os
import time

import polars as pl
import pytest

from usagectl.dataset.cache import entry, folder, keys, place, store
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache

FRAME = pl.DataFrame({"task": ["a", None, "東"], "tokens": [1, None, 2**62]})
HOUR = 3600


@pytest.fixture(autouse=True)
def _settled_code(monkeypatch):
    """Whoever edits the program while its tests run would see an unused cache."""
    for module in (keys, store):
        monkeypatch.setattr(module, "code", lambda: "code")


@pytest.fixture(name="place")
def _place(tmp_path):
    return tmp_path / "some cache*[1]" / "read"


@pytest.fixture(name="cache")
def _cache(place, monkeypatch):
    monkeypatch.delenv("USAGECTL_CACHE_SIZE", raising=False)
    return Cache(str(place))


def entries(place):
    return sorted(path.name for path in place.iterdir() if path.name != "CACHEDIR.TAG")


def test_what_was_put_is_got(cache):
    stages = pl.DataFrame({"status": ["ok"]}, schema={"status": pl.Enum(["ok", "failed"])})
    meta = {"rejects": [["a\udcff.jsonl", 3, "no JSON"]], "none": None, "dots": "a.b:c"}
    assert cache.get(key("a")) is None
    assert cache.put(key("a"), FRAME, meta, {"stages": stages})
    found = cache.get(key("a"))
    assert found.meta == meta
    assert found.scan().collect().equals(FRAME)
    assert found.more("stages").equals(stages)
    assert found.more("stages").schema == stages.schema
    assert cache.get(key("b")) is None


def test_the_canonical_frame_keeps_its_types(cache):
    from usagectl.model.schema import CALLS

    assert cache.put(key("a"), pl.DataFrame(schema=CALLS))
    assert cache.get(key("a")).scan().collect_schema() == CALLS


def test_a_later_put_takes_the_place_of_an_earlier_one(cache, place):
    for meta in (1, 2):
        assert cache.put(key("a"), FRAME, meta)
    assert cache.get(key("a")).meta == 2
    assert len(entries(place)) == 1


def test_only_its_user_may_read_it(cache, place):
    cache.put(key("a"), FRAME)
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / entries(place)[0]).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("one", "other"),
    [(("a", "b"), ("ab",)), (("a", "b"), ("b", "a")), ((), ("",)), (("1:a",), ("1", "a"))],
)
def test_keys_of_different_parts_differ(one, other):
    assert key(*one) != key(*other)
    assert key(*one) == key(*one)


def test_keys_of_another_program_differ(monkeypatch):
    mine = key("a")
    monkeypatch.setattr(keys, "code", lambda: "edited")
    assert key("a") != mine


@pytest.fixture(name="package")
def _package(tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "readers").mkdir(parents=True)
    (package / "readers" / "one.py").write_text("a = 1\n")
    monkeypatch.setattr(keys, "_PACKAGE", str(package))
    monkeypatch.setattr(keys, "_STARTED_NS", time.time_ns() + 10_000_000_000)
    return package


@pytest.mark.parametrize("change", ["edit", "add", "rename", "remove"])
def test_every_change_of_the_source_is_another_code(package, change):
    def code():
        found = code_of()
        assert found is not None
        return found

    code_of = _original_code()
    source = package / "readers" / "one.py"
    (package / "two.py").write_text("b = 2\n")
    before = code()
    assert code() == before
    if change == "edit":
        source.write_text("a = 2\n")
        os.utime(source, (1, 1))
    elif change == "add":
        (package / "readers" / "three.py").write_text("")
    elif change == "rename":
        source.rename(package / "readers" / "uno.py")
    else:
        source.unlink()
    assert code() != before


def test_a_program_that_changed_since_it_began_uses_no_cache(package, monkeypatch, tmp_path):
    monkeypatch.setattr(keys, "_STARTED_NS", time.time_ns())
    assert _original_code()() is None
    monkeypatch.setattr(store, "code", lambda: None)
    cache = Cache(str(tmp_path / "read"))
    assert (cache.put(key("a"), FRAME), cache.get(key("a"))) == (False, None)
    assert "changed" in cache.info().trouble


def test_a_program_without_source_uses_no_cache(package):
    (package / "readers" / "one.py").unlink()
    assert _original_code()() is None


def _original_code():
    from importlib import util

    spec = util.find_spec("usagectl.dataset.cache.keys")
    fresh = util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    for name in ("_PACKAGE", "_STARTED_NS"):
        setattr(fresh, name, getattr(keys, name))
    return fresh.code.__wrapped__


def test_an_entry_cut_at_any_byte_is_none(cache, place):
    cache.put(key("a"), FRAME, {"a": 1})
    path = place / entries(place)[0]
    data = path.read_bytes()
    for size in range(len(data)):
        path.write_bytes(data[:size])
        assert cache.get(key("a")) is None
        assert not path.exists()
    path.write_bytes(data)
    assert cache.get(key("a")).meta == {"a": 1}


def test_an_entry_with_any_byte_changed_is_none(cache, place):
    cache.put(key("a"), FRAME, {"a": 1})
    path = place / entries(place)[0]
    data = bytearray(path.read_bytes())
    for at in range(len(data)):
        data[at] ^= 0x10
        path.write_bytes(data)
        assert cache.get(key("a")) is None, at
        data[at] ^= 0x10
    path.write_bytes(data)
    assert cache.get(key("a")) is not None


@pytest.mark.parametrize(
    "data", [b"", bytes(3000), b"PAR1" * 40, b"PAR1\0\0\0\0\xff\xff\xff\xffPAR1"]
)
def test_what_a_crash_left_is_removed_and_made_anew(cache, place, data):
    cache.put(key("a"), FRAME)
    path = place / entries(place)[0]
    path.write_bytes(data)
    assert cache.get(key("a")) is None
    assert not path.exists()
    path.write_bytes(data)
    assert cache.put(key("a"), FRAME)
    assert cache.get(key("a")) is not None


def test_an_entry_under_another_name_is_none(cache, place):
    cache.put(key("a"), FRAME, "of a")
    path = place / entries(place)[0]
    other = folder.entry_path(str(place), key("b"))
    os.rename(path, other)
    assert cache.get(key("b")) is None
    assert not os.path.exists(other)


def test_the_mark_of_an_entry_in_its_data_misleads_nobody(cache):
    mark = f"usagectl-entry:{key('a')}:00000000:AAAA."
    frame = pl.DataFrame({mark: [mark, None]})
    assert cache.put(key("a"), frame, {mark: mark})
    assert cache.get(key("a")).meta == {mark: mark}
    assert cache.get(key("a")).scan().collect().equals(frame)


def _foreign(path, kind):
    """Something of others under the name of an entry, and what must be left of it."""
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "text":
        path.write_text("a letter")
    else:
        kept = path.parent.parent / "kept.parquet"
        FRAME.write_parquet(kept)
        path.symlink_to(kept)
        return kept
    return path


@pytest.mark.parametrize("kind", ["folder", "pipe", "text", "link"])
def test_what_others_put_there_is_never_touched(cache, place, kind):
    cache.put(key("b"), FRAME)
    path = place / (key("a") + folder.SUFFIX)
    foreign = _foreign(path, kind)
    beside = place / "notes.parquet"
    beside.write_bytes(b"PAR1")
    assert cache.get(key("a")) is None
    assert not cache.put(key("a"), FRAME)
    assert cache.put(key("c"), FRAME)
    assert cache.clear().entries == 2
    assert os.path.lexists(path)
    assert foreign.exists()
    assert beside.read_bytes() == b"PAR1"
    if kind == "text":
        assert path.read_text() == "a letter"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_entries_of_other_users_are_not_believed(cache, place):
    cache.put(key("a"), FRAME)
    path = place / entries(place)[0]
    os.chown(path, 12345, 12345)
    assert cache.get(key("a")) is None
    assert cache.clear().entries == 0
    assert path.exists()


def test_what_was_not_used_for_longest_makes_room(place, monkeypatch):
    frame = pl.DataFrame({"a": os.urandom(20_000).hex()})
    size = len(entry.sealed(key("0"), frame, None, {}))
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", str(size * 10 + size // 2))
    cache = Cache(str(place))
    for number in range(10):
        assert cache.put(key(str(number)), frame)
        path = folder.entry_path(str(place), key(str(number)))
        os.utime(path, (1_700_000_000 + number,) * 2)
    # Asked for, it is no longer the first to go.
    assert cache.get(key("0")) is not None
    assert cache.put(key("10"), frame)
    held = {number for number in range(11) if cache.get(key(str(number)))}
    assert held == {0, *range(3, 11)}
    assert cache.info().bytes <= cache.info().limit_bytes


def test_what_other_processes_put_is_seen_in_time(place, monkeypatch):
    frame = pl.DataFrame({"a": os.urandom(20_000).hex()})
    size = len(entry.sealed(key("0"), frame, None, {}))
    limit = size * 40
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", str(limit))
    caches = [Cache(str(place)) for _ in range(3)]
    for number in range(150):
        assert caches[number % 3].put(key(str(number)), frame)
        assert caches[0].info().bytes <= limit * 1.3


def test_what_was_used_in_the_future_goes_first(place, monkeypatch):
    frame = pl.DataFrame({"a": os.urandom(20_000).hex()})
    size = len(entry.sealed(key("0"), frame, None, {}))
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", str(int(size * 3.5)))
    cache = Cache(str(place))
    for number in range(3):
        cache.put(key(str(number)), frame)
    os.utime(folder.entry_path(str(place), key("1")), (time.time() + 9 * HOUR,) * 2)
    cache.put(key("3"), frame)
    assert [n for n in range(4) if cache.get(key(str(n)))] == [0, 2, 3]


def test_a_frame_that_would_drive_out_all_others_is_not_kept(place, monkeypatch):
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", "3000")
    cache = Cache(str(place))
    assert not cache.put(key("a"), pl.DataFrame({"a": os.urandom(5000).hex()}))
    assert cache.put(key("b"), pl.DataFrame({"a": [1]}))


def test_a_time_of_use_is_written_once_an_hour(cache, place):
    cache.put(key("a"), FRAME)
    path = place / entries(place)[0]
    for age, touched in ((HOUR // 2, False), (2 * HOUR, True), (-2 * HOUR, True)):
        used = time.time() - age
        os.utime(path, (used, used))
        assert cache.get(key("a"))
        assert (abs(path.stat().st_mtime - used) > 1) is touched


def test_what_killed_writers_left_is_removed_after_an_hour(cache, place):
    cache.put(key("a"), FRAME)
    left = [folder.unfinished_path(str(place), key(name)) for name in "xyz"]
    for path, age in zip(left, (2 * HOUR, 0, -2 * HOUR), strict=True):
        with open(path, "wb") as file:
            file.write(b"PAR1")
        os.utime(path, (time.time() - age,) * 2)
    assert cache.info().entries == 1
    assert Cache(str(place)).put(key("b"), FRAME)
    assert [os.path.exists(path) for path in left] == [False, True, False]
    cache.clear()
    assert entries(place) == []


def test_a_cache_that_is_off_finds_and_keeps_nothing(place, cache):
    cache.put(key("a"), FRAME)
    off = Cache(str(place), enabled=False)
    assert (off.enabled, off.get(key("a")), off.put(key("b"), FRAME)) == (False, None, False)
    assert off.info().trouble == "it is switched off"
    assert len(entries(place)) == 1


def test_info_says_what_is_there(cache, place):
    assert cache.info() == (str(place), 0, 0, 5_000_000_000, None, None, None)
    assert not place.exists()
    for name, used in (("a", 1_700_000_000), ("b", 1_700_000_100)):
        cache.put(key(name), FRAME)
        os.utime(folder.entry_path(str(place), key(name)), (used, used))
    info = cache.info()
    assert (info.entries, info.trouble) == (2, None)
    assert info.bytes == sum((place / name).stat().st_size for name in entries(place))
    assert info.oldest == dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)
    assert info.newest - info.oldest == dt.timedelta(seconds=100)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", 5_000_000_000), ("0", 0), ("1000", 1000), ("500 MB", 500_000_000), ("2GiB", 2 << 30),
        ("1.5k", 1500), ("3 tb", 3 * 10**12), ("-1", None), ("much", None), ("1 PB", None),
        ("1e9", None), ("9" * 40, None), ("MB", None),
    ],
)  # fmt: skip
def test_sizes_as_they_are_written(monkeypatch, text, size):
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", text)
    assert place.limit_bytes() == size


@pytest.mark.parametrize("size", ["0", "much"])
def test_a_size_that_is_none_switches_the_cache_off(place, monkeypatch, size):
    monkeypatch.setenv("USAGECTL_CACHE_SIZE", size)
    cache = Cache(str(place))
    assert not cache.put(key("a"), FRAME)
    assert "USAGECTL_CACHE_SIZE" in cache.info().trouble


def test_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("USAGECTL_CACHE_DIR", "")
    assert place.folder().endswith(os.path.join("usagectl", "read"))
    monkeypatch.setenv("USAGECTL_CACHE_DIR", str(tmp_path / "x"))
    assert place.folder() == str(tmp_path / "x")


def test_commands_show_and_remove(usagectl, cache, place):
    cache.put(key("a"), FRAME)
    where = {"USAGECTL_CACHE_DIR": str(place), "USAGECTL_CACHE_SIZE": "1MB"}
    size = cache.info().bytes
    shown = json.loads(usagectl("cache", "info", "--json", **where).stdout)
    assert (shown["entries"], shown["bytes"], shown["limit_bytes"]) == (1, size, 1_000_000)
    assert b"1 entry" in usagectl("cache", "info", **where).stdout
    done = usagectl("cache", "clear", "--json", **where)
    assert json.loads(done.stdout)["bytes"] == size
    assert entries(place) == []
    assert b"removed 0 entries" in usagectl("cache", "clear", **where).stdout
