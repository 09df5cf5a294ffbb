"""The README tells the truth: what it runs prints what it shows."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from usagectl.model.names import Key, Measure, Metric, OutputFormat, Sort

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text()
SHOWN = re.findall(r"```\n\$ usagectl (.*?)\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize(("command", "output"), SHOWN, ids=[command for command, _ in SHOWN])
def test_shown_output(usagectl, command, output):
    assert usagectl(*shlex.split(command)).stdout.decode() == output


def test_something_is_shown():
    assert len(SHOWN) == 8


def test_python_example_runs():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "qwen35b" in done.stdout
    assert "13 failed" in done.stdout
    assert "183416" in done.stdout
    assert "exit code 1" in done.stdout


def test_the_two_commands_stand_on_the_first_screen():
    first = README.splitlines()[:20]
    assert "python3 -m pip install . && usagectl summary fixtures/runs/qwen35b" in first
    assert 'python3 -m pip install ".[test]" && python3 -m pytest' in first


def test_every_key_is_named():
    for name in [*Key, *OutputFormat, *Measure, *Sort]:
        assert re.search(rf"[`|,\s]{name}[`|,.)\s]", README), name


def test_every_command_is_named(usagectl):
    commands = usagectl("--help").stdout.decode().partition("Commands:")[2]
    listed = re.findall(r"^  (\w+) ", commands, re.MULTILINE)
    assert [name for name in listed if f"`usagectl {name} " in README] == listed
    assert len(listed) >= 3


def test_every_metric_reaches_the_json(summary):
    assert set(summary("fixtures/runs/qwen9b")["totals"]) == set(Metric)
