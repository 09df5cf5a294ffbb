"""Help, version and import cost nothing that they do not need."""

import subprocess
import sys

import pytest
from conftest import ROOT

PROBE = """
import sys
sys.argv = ["usagectl", {argument!r}]
from usagectl.cli import app
try:
    app()
except SystemExit:
    pass
print(*(name in sys.modules for name in ("polars", "yaml", "genai_prices")), file=sys.stderr)
"""


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_help_and_version_do_not_load_polars(argument):
    done = subprocess.run(
        [sys.executable, "-c", PROBE.format(argument=argument)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip() == "False False False"
    assert "usagectl" in done.stdout


def test_import_does_not_load_polars():
    code = "import sys, usagectl; print('polars' in sys.modules); usagectl.load; print('polars' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]


def test_the_catalog_is_loaded_only_for_a_price_that_nobody_else_knows():
    code = (
        "import sys, usagectl\n"
        "print(usagectl.price(usagectl.load(sys.argv[1])).notices)\n"
        "print('genai_prices' in sys.modules)"
    )
    for run, loaded in (("runs/qwen9b", "False"), ("forge/audit/run", "True")):
        command = [sys.executable, "-c", code, f"fixtures/{run}"]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        assert done.stdout.splitlines()[-1] == loaded, run


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        ("summary", "OPERAND"),
        ("diff", "BASE NEW"),
        ("regress", "[BASE] [NEW]"),
        ("runs", "ROOT"),
        ("doctor", "OPERAND"),
        ("export", "OPERAND"),
        ("errors", "OPERAND"),
    ],
)
def test_every_command_has_help(usagectl, command, argument):
    done = usagectl(command, "--help")
    assert done.returncode == 0
    assert argument in done.stdout.decode()


def test_version(usagectl):
    from usagectl import __version__

    assert usagectl("--version").stdout.decode() == f"usagectl {__version__}\n"


def test_completion_scripts_exist(usagectl):
    done = usagectl("--show-completion", "bash", _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1")
    assert b"_USAGECTL_COMPLETE" in done.stdout or b"COMPLETE" in done.stdout


def test_labels_alone_need_no_rules():
    """Most runs have no more than labels, and reading rules would cost each of them its start."""
    code = (
        "import sys, usagectl;"
        "print(usagectl.load('fixtures/runs/qwen35b').calls.filter(status='failed').collect().height);"
        "print('yaml' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["11", "False"]
