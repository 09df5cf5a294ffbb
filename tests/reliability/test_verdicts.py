"""The exit code of a verdict does not depend on who reads what is printed."""

import subprocess
import sys

import pytest
from conftest import ROOT

BASE, NEW = "fixtures/runs/qwen9b", "fixtures/runs/qwen35b"
DAMAGED = "fixtures/codex_forge/killed/run"
UNPRICED = "fixtures/honcho/deriver/run"
STREAMS = {
    "all": "",
    "pipe closed early": "| true",
    "both in a pipe closed early": "2>&1 | head -c 1",
    "no stdout": ">&-",
    "no stderr": "2>&-",
    "no streams at all": "<&- >&- 2>&-",
    "full stdout": ">/dev/full",
    "full stderr": "2>/dev/full",
}
NOWHERE = {"no stdout", "no streams at all", "full stdout"}
VERDICTS = {
    f"regress {BASE} {NEW}": 1,
    f"regress {BASE} {BASE}": 0,
    f"regress {BASE} --self-test": 0,
    f"doctor {DAMAGED} --strict": 3,
    f"doctor {BASE} --strict": 0,
    f"prices check {UNPRICED} --strict": 3,
    "summary nowhere-at-all": 2,
    "prices list no-such-model-anywhere": 3,
}
OTHERS = [
    "--help",
    "--version",
    f"summary {BASE}",
    "errors classify 'rate limit'",
    "errors --explain timeout",
]


def ended(command, streams):
    """The exit code of the program itself, in a shell that joins its streams to others."""
    script = f"{sys.executable} -m usagectl {command} {STREAMS[streams]}\nexit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, check=False, timeout=120
    )
    assert b"Traceback" not in done.stderr, done.stderr
    assert b"Exception ignored" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("command", VERDICTS)
def test_a_verdict_outlives_its_readers(command, streams):
    assert ended(command, streams).returncode == VERDICTS[command]


@pytest.mark.parametrize("streams", STREAMS)
@pytest.mark.parametrize("command", OTHERS)
def test_without_a_verdict_only_a_lost_report_is_an_error(command, streams):
    done = ended(command, streams)
    assert done.returncode == (2 if streams in NOWHERE else 0)
    if streams in ("no stdout", "full stdout"):
        assert b"cannot write to standard output" in done.stderr


def test_a_report_does_not_land_in_a_file_that_took_the_place_of_a_closed_stream(tmp_path):
    target = tmp_path / "calls.csv"
    ended(f"export {BASE} --output {target}", "no streams at all")
    assert target.read_bytes().startswith(b'"run",')
    assert b"written to" not in target.read_bytes()
