"""The cache among processes, kills, full and read-only disks: it costs time, never an answer."""

import errno
import os
import random
import signal
import subprocess
import sys
import time

import polars as pl
import pytest

from usagectl.dataset.cache import folder, keys, store
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache

BEGIN = """
import os, random, resource, signal, sys, time
import polars as pl
from usagectl.dataset.cache import keys, store
from usagectl.dataset.cache.store import Cache
from usagectl.model import interrupts

keys.code = store.code = lambda: "code"
cache = Cache(sys.argv[1])
key = keys.key

def frame(number):
    return pl.DataFrame({"a": pl.int_range(number, number + 2000, eager=True), "b": [str(number)] * 2000})
"""
RACE = """
chance = random.Random(sys.argv[2])
hits = 0
end = time.monotonic() + 2
while time.monotonic() < end:
    number = chance.randrange(8)
    found = cache.get(key(str(number)))
    if found is None:
        cache.put(key(str(number)), frame(number), {"number": number}, {"more": frame(number + 1)})
        continue
    assert found.meta == {"number": number}
    assert found.more("more").equals(frame(number + 1))
    try:
        assert found.scan().collect().equals(frame(number))
        hits += 1
    except FileNotFoundError:
        pass  # Another process needed the room.
    if chance.random() < 0.02:
        cache.clear()
assert cache.enabled, cache.info().trouble
print(hits)
"""
STOPPED = """
interrupts.catch()
store.os.replace = lambda *_: os.kill(os.getpid(), int(sys.argv[2]))
cache.put(key("a"), frame(1))
time.sleep(60)
"""
ENDLESS = """
print("begun", flush=True)
for number in range(1_000_000):
    cache.put(key(str(number % 50)), frame(number % 50), number % 50)
"""
FULL = """
if "limited" in sys.argv:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
assert cache.put(key("small"), pl.DataFrame({"a": [1]}), "small")
big = pl.DataFrame({"a": os.urandom(150_000).hex()})
assert not cache.put(key("big"), big)
assert not cache.enabled
print(cache.info().trouble)
assert not cache.put(key("small2"), pl.DataFrame({"a": [1]}))
assert not [name for name in os.listdir(sys.argv[1]) if "unfinished" in name]
assert Cache(sys.argv[1]).get(key("small")).meta == "small"
assert Cache(sys.argv[1]).get(key("big")) is None
"""
READ_ONLY = """
assert cache.get(key("a")).meta == "kept"
print(cache.info().trouble)
assert not cache.put(key("b"), frame(1))
print(cache.info().trouble)
cache.clear()
"""


def _arguments(script, *arguments):
    return [sys.executable, "-c", BEGIN + script, *map(str, arguments)]


def run(script, *arguments, prefix=(), **environment):
    return subprocess.run(
        [*prefix, *_arguments(script, *arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | environment,
    )


def start(script, *arguments, **environment):
    return subprocess.Popen(
        _arguments(script, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | environment,
    )


@pytest.fixture(autouse=True)
def _settled_code(monkeypatch):
    monkeypatch.delenv("USAGECTL_CACHE_SIZE", raising=False)
    for module in (keys, store):
        monkeypatch.setattr(module, "code", lambda: "code")


@pytest.fixture(name="cache")
def _cache(tmp_path):
    return Cache(str(tmp_path / "read"))


def test_processes_that_race_see_only_whole_entries(cache):
    # Room for some of the entries alone, so that they drive each other out.
    size = {"USAGECTL_CACHE_SIZE": "60kB"}
    racing = [start(RACE, cache.directory, seed, **size) for seed in range(4)]
    for process in racing:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err.decode()
        assert int(out) > 0
    assert [name for name in os.listdir(cache.directory) if "unfinished" in name] == []


def test_a_writer_that_is_killed_leaves_nothing_that_is_taken_for_an_entry(cache):
    assert run(STOPPED, cache.directory, int(signal.SIGKILL)).returncode == -signal.SIGKILL
    assert cache.info().entries == 0
    assert cache.get(key("a")) is None
    left = folder.unfinished(cache.directory, abandoned=False)
    assert len(left) == 1
    os.utime(left[0].path, (1, 1))
    assert cache.put(key("b"), pl.DataFrame({"a": [1]}))
    assert folder.unfinished(cache.directory, abandoned=False) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_writer_that_is_stopped_leaves_nothing(cache, number):
    assert run(STOPPED, cache.directory, int(number)).returncode == 128 + number
    assert os.listdir(cache.directory) == ["CACHEDIR.TAG"]


@pytest.mark.parametrize("seed", range(4))
def test_whenever_a_writer_is_killed_all_that_is_found_is_whole(cache, seed):
    process = start(ENDLESS, cache.directory)
    assert process.stdout.readline() == b"begun\n"
    time.sleep(random.Random(seed).uniform(0.02, 0.2))
    process.kill()
    process.communicate()
    for number in range(50):
        found = cache.get(key(str(number)))
        if found is not None:
            assert found.meta == number
            assert found.scan().collect().get_column("b").unique().to_list() == [str(number)]


def test_a_file_that_may_not_grow_costs_only_the_cache(cache):
    done = run(FULL, cache.directory, "limited")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("it cannot be written: ")


def mounted(options):
    """What runs a command with a file system of memory in `read`, which nobody else sees."""
    script = f'mount -t tmpfs -o {options} none "$0" && exec "$@"'
    return lambda place: ["unshare", "--mount", "sh", "-c", script, str(place)]


@pytest.fixture(name="mount")
def _mount(cache):
    os.mkdir(cache.directory)
    prefix = mounted("size=100k")(cache.directory)
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    return prefix


def test_a_full_disk_costs_only_the_cache(cache, mount):
    done = run(FULL, cache.directory, prefix=mount)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"it cannot be written: {os.strerror(errno.ENOSPC)}\n"


def test_a_disk_that_is_read_only_is_still_read(cache, mount):
    cache.put(key("a"), pl.DataFrame({"a": [1]}), "kept")
    read_only = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", read_only, cache.directory]
    done = run(READ_ONLY, cache.directory, prefix=prefix)
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == f"{cache.directory!r} cannot be written"
    assert second == f"it cannot be written: {os.strerror(errno.EROFS)}"
    assert cache.get(key("a")) is not None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission_is_still_read(cache):
    cache.put(key("a"), pl.DataFrame({"a": [1]}), "kept")
    os.chmod(cache.directory, 0o500)
    try:
        assert cache.get(key("a")).meta == "kept"
        assert not cache.put(key("b"), pl.DataFrame({"a": [1]}))
        assert "cannot be written" in cache.info().trouble
    finally:
        os.chmod(cache.directory, 0o700)


@pytest.mark.parametrize("below", ["", "below"])
def test_a_directory_that_is_none_costs_only_the_cache(tmp_path, below):
    (tmp_path / "file").write_text("x")
    cache = Cache(str(tmp_path / "file" / below))
    assert cache.get(key("a")) is None
    assert cache.clear().entries == 0
    assert "is no directory" in cache.info().trouble
    assert not cache.put(key("a"), pl.DataFrame({"a": [1]}))
    assert not cache.enabled
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("name", ["replace", "mkdir", "open", "scandir"])
def test_no_trouble_of_the_system_reaches_the_caller(cache, tmp_path, monkeypatch, code, name):
    def refuse(*_, **__):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patched:
        patched.setattr(os, name, refuse)
        assert not cache.put(key("a"), pl.DataFrame({"a": [1]}))
        assert cache.get(key("a")) is None
        cache.clear()
        cache.info()
    assert cache.info().trouble == f"it cannot be written: {os.strerror(code)}"
    assert list(tmp_path.rglob("*unfinished")) == []


def test_a_cache_that_is_cleared_while_it_is_written_is_written_on(cache, monkeypatch):
    replace = os.replace

    def cleared_before(*arguments):
        cache.clear()
        replace(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", cleared_before)
        assert not cache.put(key("a"), pl.DataFrame({"a": [1]}))
    assert cache.put(key("a"), pl.DataFrame({"a": [1]}))


def test_what_is_removed_after_it_was_got_is_told_when_it_is_read(cache):
    cache.put(key("a"), pl.DataFrame({"a": [1]}))
    found = cache.get(key("a"))
    cache.clear()
    with pytest.raises(FileNotFoundError):
        found.scan().collect()
