"""`usagectl watch`: told anew as files grow, are rotated, cut, made and removed, until Ctrl-C."""

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

PATIENCE_SECONDS = 60


def rows(count, first=0):
    return "".join(
        json.dumps(
            {
                "timestamp": f"2026-03-20T09:{number // 60:02}:{number % 60:02}",
                "success": True,
                "model": "gpt-5-nano-2025-08-07",
                "duration_seconds": 1.5,
                "input_tokens": 100,
                "output_tokens": 10,
            }
        )
        + "\n"
        for number in range(first, first + count)
    )


@contextlib.contextmanager
def watching(folder, output, *options):
    command = [sys.executable, "-m", "usagectl", "watch", str(folder), "--every", "0.1", *options]
    process = subprocess.Popen(
        command,
        stdout=output,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1", "TZ": "UTC"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def next_line(process):
    line = process.stdout.readline().decode()
    assert line, process.stderr.read()
    return line.split("  ", 1)[1].rstrip("\n")


def test_a_pipe_gets_a_line_for_each_change(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / "usage_metrics.jsonl"
    with watching(folder, subprocess.PIPE) as process:
        assert next_line(process).startswith("waiting: no usage files")
        path.write_text(rows(3))
        assert next_line(process) == "3 calls, 0 failed, 330 tokens, $0.000027"
        with path.open("a") as file:
            file.write(rows(2, 3))
        assert next_line(process) == "5 calls (+2), 0 failed, 550 tokens (+220), $0.000045"
        os.replace(path, folder / "usage_metrics.1.jsonl")
        assert next_line(process) == "5 calls (+0), 0 failed, 550 tokens (+0), $0.000045"
        path.write_text(rows(1, 60))
        assert next_line(process) == "6 calls (+1), 0 failed, 660 tokens (+110), $0.000054"
        path.write_text("")
        assert next_line(process) == "5 calls (-1), 0 failed, 550 tokens (-110), $0.000045"
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 130


def test_a_line_that_is_half_written_is_told_when_it_is_whole(tmp_path):
    path = tmp_path / "usage_metrics.jsonl"
    whole = rows(3)
    path.write_text(whole[:-40])
    with watching(tmp_path, subprocess.PIPE) as process:
        assert next_line(process).startswith("2 calls, ")
        path.write_text(whole)
        assert next_line(process).startswith("3 calls (+1), ")


def test_the_last_frame_stays_on_a_terminal(tmp_path):
    (tmp_path / "usage_metrics.jsonl").write_text(rows(3))
    leader, follower = pty.openpty()
    with watching(tmp_path, follower) as process:
        os.close(follower)
        seen = b""
        grown = False
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and b" 5  calls" not in seen:
            if select.select([leader], [], [], 1)[0]:
                seen += os.read(leader, 65536)
            if b" 3  calls" in seen and not grown:
                grown = True
                with (tmp_path / "usage_metrics.jsonl").open("a") as file:
                    file.write(rows(2, 3))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 130
    os.close(leader)
    last = seen.decode().rpartition("F\x1b[J")[2]
    assert " 5  calls" in last
    assert "elapsed" in last


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_waited_in_files_is_removed(tmp_path, monkeypatch, number):
    temporary, run = tmp_path / "temporary", tmp_path / "run"
    temporary.mkdir()
    run.mkdir()
    (run / "usage_metrics.jsonl").write_text(rows(3))
    monkeypatch.setenv("TMPDIR", str(temporary))
    with watching(run, subprocess.PIPE) as process:
        assert next_line(process).startswith("3 calls, ")
        assert len([*temporary.glob("usagectl-*")]) == 1
        process.send_signal(number)
        process.wait(PATIENCE_SECONDS)
    if number is signal.SIGKILL:
        # Nobody can remove what he leaves who is killed: the next one does.
        assert len([*temporary.glob("usagectl-*")]) == 1
        with watching(run, subprocess.PIPE) as process:
            assert next_line(process).startswith("3 calls, ")
            assert len([*temporary.glob("usagectl-*")]) == 1
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE_SECONDS)
    assert [*temporary.glob("usagectl-*")] == []


@pytest.mark.parametrize("operand", ["-", "s3://bucket/run"])
def test_what_cannot_be_looked_at_again_is_refused(usagectl, operand):
    done = usagectl("watch", operand)
    assert done.returncode == 2
    assert b"watch looks at files and directories" in done.stderr
