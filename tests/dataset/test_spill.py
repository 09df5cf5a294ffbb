"""Calls that wait in files: what a directory without room costs."""

import os
import subprocess
import sys

import pytest
from planexe_rows import Plan, as_lines, written

INSIDE = """
set -e
mount -t tmpfs -o size=200k none "$TMPDIR"
exec "$@"
"""


def test_a_full_directory_is_told(tmp_path):
    run, temporary = tmp_path / "run", tmp_path / "temporary"
    run.mkdir()
    temporary.mkdir()
    frame, _ = written("full", Plan(calls=12_000))
    (run / "usage_metrics.jsonl").write_text("".join(f"{line}\n" for line in as_lines(frame)))
    command = [sys.executable, "-m", "usagectl", "summary", str(run)]
    command += ["--no-cache", "--shard-size", "1MB"]
    alone = ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", INSIDE, "bash"]
    try:
        done = subprocess.run(
            [*alone, *command],
            capture_output=True,
            env={**os.environ, "TMPDIR": str(temporary)},
            check=False,
            timeout=120,
        )
    except FileNotFoundError:
        pytest.skip("no unshare")
    if b"unshare" in done.stderr or b"mount:" in done.stderr:
        pytest.skip("no file system may be mounted here")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"cannot be written (No space left on device)" in done.stderr.replace(b"\n", b" ")
    assert b"TMPDIR" in done.stderr
