"""Help, version and import cost nothing that they do not need."""

import subprocess
import sys

import pytest

PROBE = """
import sys
sys.argv = ["usagectl", {argument!r}]
from usagectl.cli import app
try:
    app()
except SystemExit:
    pass
print("polars" in sys.modules, "yaml" in sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_do_not_load_polars(argument):
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(argument=argument)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == "False False"
    assert "usagectl" in done.stdout


def test_import_does_not_load_polars():
    code = "import sys, usagectl; print('polars' in sys.modules); usagectl.load; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize("command", ["summary", "doctor", "export"])
def test_every_command_has_help(usagectl, command):
    done = usagectl(command, "--help")
    assert done.returncode == 0
    assert b"OPERAND" in done.stdout


def test_version(usagectl):
    from usagectl import __version__

    assert usagectl("--version").stdout.decode() == f"usagectl {__version__}\n"


def test_completion_scripts_exist(usagectl):
    done = usagectl("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert b"_USAGECTL_COMPLETE" in done.stdout or b"COMPLETE" in done.stdout
