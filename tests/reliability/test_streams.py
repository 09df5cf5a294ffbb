"""Streams and interrupts: what goes where, and what a closed pipe or a Ctrl-C means."""

import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT


def start(*arguments, **options):
    command = [sys.executable, "-m", "usagectl", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def test_closed_pipe_is_fine():
    process = start("summary", "fixtures/runs/qwen35b", "--format", "json")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


def test_pipe_closed_during_help_is_fine():
    process = start("--help")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(60) == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["summary", "x", "--format", "xml"],
        ["summary", "x", "--top", "-1"],
        ["summary"],
        ["sumary"],
    ],
    ids=" ".join,
)
def test_usage_mistakes_are_one_line(usagectl, arguments):
    done = usagectl(*arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"usagectl: ")
    assert done.stderr.count(b"\n") == 1


def test_full_disk_is_told():
    done = subprocess.run(
        f"{sys.executable} -m usagectl summary fixtures/runs/qwen9b > /dev/full",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"No space left" in done.stderr


def test_output_into_a_link_writes_its_target(usagectl, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    usagectl("summary", "fixtures/runs/qwen9b", "--output", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert "qwen9b" in (tmp_path / "target").read_text()


def test_interrupt_is_130(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    # A shell may have told its background jobs to ignore interrupts.
    process = start(
        "summary",
        tmp_path / "pipe",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


def test_report_is_on_stdout_and_doubts_on_stderr(usagectl):
    done = usagectl("summary", "fixtures/forge/audit/run")
    assert b"note" in done.stderr
    assert b"note" not in done.stdout


def test_output_file_is_written_whole(usagectl, tmp_path):
    target = tmp_path / "report.json"
    done = usagectl("summary", "fixtures/runs/qwen9b", "--format", "json", "--output", target)
    assert (done.returncode, done.stdout) == (0, b"")
    assert target.read_text().startswith("{")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_output_into_nowhere_is_told_before_anything_is_read(usagectl, tmp_path):
    done = usagectl("summary", "nowhere-either", "--output", tmp_path / "no" / "report.json")
    assert done.returncode == 2
    assert b"there is no directory" in done.stderr


def test_colour_only_on_a_terminal(usagectl):
    assert b"\x1b" not in usagectl("summary", "fixtures/runs/qwen35b").stdout
    assert b"\x1b" not in usagectl("summary", "fixtures/runs/qwen35b", FORCE_COLOR="1").stdout
