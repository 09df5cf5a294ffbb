"""Clusters of both kinds, real ones of two workers on this machine: the same bytes, or none."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from planexe_rows import Plan, as_lines, written

from usagectl.engines import worker
from usagectl.model.exceptions import NoAnswerError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
PATIENCE_SECONDS = 90
NEEDS = {"dask": "distributed", "ray": "ray"}

pytestmark = pytest.mark.cluster


def engines():
    for name, package in NEEDS.items():
        missing = importlib.util.find_spec(package) is None
        yield pytest.param(
            name, marks=pytest.mark.skipif(missing, reason=f"{package} is not installed")
        )


every_engine = pytest.mark.parametrize("engine", [*engines()])


@pytest.fixture(name="place")
def _place():
    """A directory for all that is temporary, whose path is short enough for sockets."""
    folder = tempfile.mkdtemp(prefix="u")
    yield Path(folder)
    shutil.rmtree(folder, ignore_errors=True)


def environment(place, package=ROOT):
    return {
        **os.environ,
        "TMPDIR": str(place),
        "PYTHONPATH": os.pathsep.join([str(package), str(HERE)]),
        "PYTHONWARNINGS": "ignore",
        # Ray asks everybody for the token of its cluster.
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": "of-the-tests-alone-0123456789abcdef",
    }


def driven(place, engine, function, works, retries=3, address=""):
    command = [sys.executable, HERE / "driver.py", engine, function, str(retries), address, *works]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(place)
    )


def answer(process):
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, err.decode()
    return json.loads(out.decode().splitlines()[-1])


def digests(names):
    from cluster_work import hashed

    return [[index, hashed(name).decode()] for index, name in enumerate(names)]


@pytest.fixture(name="tree")
def _tree(tmp_path):
    """Runs, of which one is larger than a shard, with a damaged line."""
    for number, calls in enumerate((6000, 40, 50)):
        frame, _ = written(f"cluster {number}", Plan(workers=2, calls=calls, fails=0.1))
        lines = list(as_lines(frame))
        lines[7] = lines[7][:50]
        run = tmp_path / "runs" / f"run{number}"
        run.mkdir(parents=True)
        (run / "usage_metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return tmp_path / "runs"


def summary(place, tree, *options):
    command = [sys.executable, "-m", "usagectl", "summary", str(tree), "--format", "json"]
    return subprocess.run(
        [*command, "--timezone", "UTC", *options],
        capture_output=True,
        env=environment(place),
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@every_engine
def test_a_summary_is_the_same_byte_for_byte(place, tree, engine):
    here = summary(place, tree)
    there = summary(place, tree, "--engine", engine, "--shard-size", "1MiB")
    assert there.returncode == 0, there.stderr.decode()
    assert there.stdout == here.stdout
    assert b"rejected-records" in here.stdout
    assert [path.name for path in place.iterdir() if path.name.startswith("usagectl")] == []


def pid_in(path):
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"nobody began {path.name}")


@every_engine
def test_work_of_a_killed_worker_is_done_again(place, tmp_path, engine):
    names = ["a", "b", "slow", "c", "d", "e", "f"]
    process = driven(place, engine, "slow_at_first", [f"{tmp_path}/{name}" for name in names])
    os.kill(pid_in(tmp_path / "slow.0"), signal.SIGKILL)
    assert answer(process) == {"done": digests(names)}
    assert (tmp_path / "slow.1").exists()


@every_engine
def test_nothing_comes_of_work_that_nobody_can_do(place, tmp_path, engine):
    process = driven(place, engine, "always_slow", [f"{tmp_path}/slow"], retries=0)
    os.kill(pid_in(tmp_path / "slow.0"), signal.SIGKILL)
    said = answer(process)
    assert said["error"] == "NoAnswerError"
    assert f"a {engine} worker could not do its work" in said["message"]


@every_engine
def test_a_refusal_comes_back_as_it_is(place, engine):
    said = answer(driven(place, engine, "refused", ["this"]))
    assert said["error"] == "NoAnswerError"
    assert said["message"].startswith("no answer to this (on ")


@every_engine
def test_an_address_at_which_nobody_answers(place, tree, engine):
    done = summary(place, tree, "--engine", engine, "--address", "127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, b"")
    assert f"no {engine} cluster answers there".encode() in done.stderr


@every_engine
def test_ctrl_c_leaves_nothing(place, tmp_path, engine):
    process = driven(place, engine, "always_slow", [f"{tmp_path}/slow"])
    pid_in(tmp_path / "slow.0")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_SECONDS)
    until = time.monotonic() + PATIENCE_SECONDS
    while (left := of_place(place)) and time.monotonic() < until:
        time.sleep(0.2)
    assert left == []


def of_place(place):
    """The processes that were started with this directory for what is temporary."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"TMPDIR={place}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@contextlib.contextmanager
def dask_cluster(place, package=ROOT):
    """A scheduler and two workers, which have their package from a directory."""
    env = environment(place, package)
    file = place / "scheduler.json"
    scheduler = [sys.executable, "-m", "dask", "scheduler", "--scheduler-file", str(file)]
    scheduler += ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
    worker = [sys.executable, "-m", "dask", "worker", "--scheduler-file", str(file)]
    worker += ["--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env, "cwd": place}
    processes = [subprocess.Popen(scheduler, **quiet), subprocess.Popen(worker, **quiet)]
    try:
        until = time.monotonic() + PATIENCE_SECONDS
        while not (file.exists() and file.read_text()) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(4)
        yield json.loads(file.read_text())["address"]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.communicate(timeout=PATIENCE_SECONDS)


@contextlib.contextmanager
def ray_cluster(place, package=ROOT):
    """A node, which has its package from a directory."""
    env = environment(place, package)
    ray = [sys.executable, "-m", "ray.scripts.scripts"]
    port = 20_000 + os.getpid() % 20_000
    start = [
        *ray,
        "start",
        "--head",
        f"--port={port}",
        "--num-cpus=2",
        "--node-ip-address=127.0.0.1",
    ]
    start += ["--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={place}/ray"]
    # Its output stays open as long as the node is there: nobody reads it.
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": place}
    subprocess.run(start, env=env, check=True, timeout=PATIENCE_SECONDS, **quiet)
    try:
        yield f"127.0.0.1:{port}"
    finally:
        subprocess.run([*ray, "stop", "--force"], env=env, check=False, capture_output=True)


CLUSTERS = {"dask": dask_cluster, "ray": ray_cluster}


@every_engine
def test_a_cluster_that_is_there_is_used_and_stays(place, tree, engine):
    here = summary(place, tree)
    with CLUSTERS[engine](place) as address:
        for _ in range(2):
            there = summary(place, tree, "--engine", engine, "--address", address)
            assert there.returncode == 0, there.stderr.decode()
            assert there.stdout == here.stdout
        hidden = tree.rename(tree.with_name("gone"))
        gone = driven(place, engine, "hashed", ["still there"], address=address)
        assert answer(gone) == {"done": digests(["still there"])}
        hidden.rename(tree)


def test_workers_of_other_versions_are_refused():
    own = worker.versions()
    worker.check({"one": own, "other": own})
    for name in own:
        with pytest.raises(NoAnswerError, match=f"worker other has {name} 0.0, this program"):
            worker.check({"one": own, "other": {**own, name: "0.0"}})
    with pytest.raises(NoAnswerError, match="no workers"):
        worker.check({})


# Ray's workers on this machine take the driver's own package, whatever their own is.
@pytest.mark.parametrize("engine", [each for each in engines() if each.values == ("dask",)])
def test_a_worker_of_another_version_is_refused(place, tmp_path, tree, engine):
    package = tmp_path / "other"
    shutil.copytree(ROOT / "usagectl", package / "usagectl")
    shutil.copytree(ROOT / "configs", package / "configs")
    (package / "usagectl" / "_version.py").write_text('__version__ = "0.0.0"\n')
    with CLUSTERS[engine](place, package) as address:
        done = summary(place, tree, "--engine", engine, "--address", address)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"has usagectl 0.0.0, this program" in done.stderr
