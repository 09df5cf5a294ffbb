"""A command that is stopped, at any moment: exit code 130, not a word, nothing half-written."""

import os
import pty
import random
import signal
import subprocess
import sys
import time

import pytest
from conftest import FIXTURES, ROOT

RUN = FIXTURES / "runs/qwen9b"
WRITERS = {
    "export": ["export", RUN, "--output", "calls.parquet"],
    "save": ["baseline", "save", RUN],
    "output": ["summary", RUN, "--output", "report.txt"],
    "report": ["regress", RUN, RUN, "--report", "junit=report.xml"],
}
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}


def start(arguments, cwd, **options):
    command = [sys.executable, "-m", "usagectl", *map(str, arguments)]
    return subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=ENV,
        # A shell may have told its background jobs to ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **options,
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def ready(process):
    """Wait until the program is the one that a signal reaches, and no more Python's own start."""
    maps = f"/proc/{process.pid}/status"
    caught = 1 << (signal.SIGTERM - 1)
    while process.poll() is None:
        with open(maps) as file:
            line = next(line for line in file if line.startswith("SigCgt"))
        if int(line.split()[1], 16) & caught:
            return
        time.sleep(0.001)


@pytest.mark.parametrize("name", WRITERS)
def test_stopped_at_random_moments(name, tmp_path):
    chance = random.Random(name)
    whole = tmp_path / "whole"
    whole.mkdir()
    began = time.monotonic()
    assert finish(start(WRITERS[name], whole))[0] in (0, 1)
    took = time.monotonic() - began
    expected = files_in(whole)
    for number in range(8):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = start(WRITERS[name], folder)
        ready(process)
        time.sleep(chance.random() * took if number % 2 else chance.random() * 0.05)
        process.send_signal(signal.SIGTERM if number == 7 else signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert b"Traceback" not in err
        assert process.returncode in ((143, 0) if number == 7 else (130, 0)), err
        if process.returncode:
            assert process.returncode != 130 or out == b"" or name in ("save", "report")
        left = files_in(folder)
        assert set(left) <= set(expected)
        if process.returncode == 0:
            assert set(left) == set(expected)
        if name != "save":
            # A baseline holds no moment, but nor does any other report.
            assert all(left[file] == expected[file] for file in left)


def test_killed_the_old_file_is_whole_and_the_next_run_writes_it_anew(tmp_path):
    target = tmp_path / "calls.csv"
    assert finish(start(["export", RUN, "--output", target], tmp_path))[0] == 0
    before = target.read_bytes()
    for delay in (0.2, 0.3, 0.4):
        process = start(["export", RUN, "--output", target], tmp_path)
        time.sleep(delay)
        process.kill()
        finish(process)
        assert target.read_bytes() == before
    (tmp_path / ".usagectl-0123456789ab").write_text("half")
    assert finish(start(["export", RUN, "--output", target], tmp_path))[0] == 0
    assert target.read_bytes() == before


@pytest.mark.parametrize(
    "arguments", [["errors", "classify"], ["summary", "-"]], ids=["classify", "summary"]
)
def test_ctrl_c_at_a_prompt(arguments, tmp_path):
    ours, theirs = pty.openpty()
    process = start(arguments, tmp_path, stdin=theirs)
    os.close(theirs)
    ready(process)
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(ours)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_a_full_pipe_can_be_left(tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(600):
        (many / f"run-{number:03}.jsonl").symlink_to(RUN / "usage_metrics.jsonl")
    process = start(["doctor", many, "--all", "--format", "json"], tmp_path)
    # Nobody reads: it waits until it is stopped.
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    assert finish(process)[0] == 130


def test_what_is_ignored_stays_ignored(tmp_path):
    command = [sys.executable, "-m", "usagectl", "summary", str(RUN)]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        env=ENV,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    ready(process)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"qwen9b" in out


def test_nothing_is_loaded_before_the_program_is_ready():
    code = "import sys; old = set(sys.modules); import usagectl; print(*set(sys.modules) - old)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=ENV, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == {"usagectl", "usagectl._version"}
