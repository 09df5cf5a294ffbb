"""Whole runs of the program: command, exit code, both streams, in one file per case.

`pytest tests/golden --update-golden` writes what is printed now; a missing file fails.
"""

import re
import shlex
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"
COMMANDS = dict(
    line.split("\t")
    for line in (CASES.parent / "commands.tsv").read_text().splitlines()
    if line and not line.startswith("#")
)


@pytest.mark.parametrize("name", COMMANDS)
def test_output(usagectl, request, name):
    command = COMMANDS[name]
    words = shlex.split(command)
    settings = [word for word in words if re.match(r"[A-Z_]+=", word)]
    environment = dict(word.split("=", 1) for word in settings)
    columns = int(environment.pop("COLUMNS", 80))
    arguments = [word for word in words if word not in settings]
    done = usagectl(*arguments, columns=columns, **environment)
    found = (
        f"$ usagectl {command}\n[exit {done.returncode}]\n"
        f"--- stdout\n{done.stdout.decode()}--- stderr\n{done.stderr.decode()}"
    )
    golden = CASES / f"{name}.txt"
    if request.config.getoption("--update-golden"):
        golden.write_text(found)
    assert golden.exists(), (
        f"there is no {golden.name}; look at this, then --update-golden\n{found}"
    )
    assert found == golden.read_text()


def test_every_golden_belongs_to_a_command():
    assert {path.stem for path in CASES.glob("*.txt")} == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_is_wider_than_the_terminal(name):
    if "COLUMNS" in COMMANDS[name] or "--format" in COMMANDS[name]:
        pytest.skip("another width, or no text")
    text = (CASES / f"{name}.txt").read_text().partition("--- stdout\n")[2]
    stdout = text.partition("--- stderr\n")[0]
    assert [line for line in stdout.splitlines() if len(line) > 80] == []
