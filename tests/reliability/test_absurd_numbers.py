"""Every option of every command, given numbers and dates that no machine can hold."""

import pytest
from conftest import FIXTURES

from usagectl.cli import app
from usagectl.model.exceptions import UsagectlError

ABSURD = [
    "9" * 19,
    "9" * 400,
    "9" * 5000,
    "1e999999999",
    "9" * 400 + "d",
    "9" * 400 + "%",
    "9999-12-31T23:59:59",
    "0001-01-01",
]
RUN = str(FIXTURES / "planexe/task_rows/run")
OPERANDS = {
    "summary": [RUN],
    "diff": [RUN, RUN],
    "regress": [RUN, RUN],
    "runs": [str(FIXTURES / "runs")],
    # What it cannot look at again it refuses after its options; of anything else it finds no end.
    "watch": ["-"],
    "doctor": [RUN],
    "export": [RUN, "--output", "calls.csv"],
    "baseline save": ["again", RUN],
    "baseline rm": ["kept"],
    "baseline show": ["kept"],
    "baseline list": [],
    "prices explain": ["gpt-4o"],
    "prices check": [RUN],
    "prices list": ["gpt-4o"],
    "prices update": [],
    "cache info": [],
    "cache clear": [],
    "errors show": [RUN],
    "errors find": ["E-1", RUN],
    "errors classify": ["a message"],
}
MORE = {"margin": ["--calibrate"], "until": ["--ack", "because"]}


def commands(group, way=()):
    from typer.main import get_command

    command = get_command(group) if not way else group
    for name, below in getattr(command, "commands", {}).items():
        if hasattr(below, "commands"):
            yield from commands(below, (*way, name))
        else:
            yield " ".join((*way, name)), below


def options():
    for name, command in commands(app):
        for option in command.params:
            if option.param_type_name == "option" and not option.is_flag and option.opts:
                yield name, option.opts[0]


def test_the_walk_meets_every_command():
    assert {name for name, _ in commands(app)} == set(OPERANDS)
    assert len(list(options())) > 80


@pytest.mark.parametrize(("command", "option"), [*options()], ids=str)
def test_absurd_values_end_with_a_message(command, option, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".usagectl").mkdir()
    more = MORE.get(option.removeprefix("--"), []) if command == "regress" else []
    for value in ABSURD:
        arguments = [*command.split(), *OPERANDS[command], *more, f"{option}={value}"]
        assert ending(arguments) in (0, 1, 2, 3), arguments


def ending(arguments):
    """The exit code; what is no message for a user is raised."""
    try:
        return app(arguments, standalone_mode=False) or 0
    except UsagectlError as error:
        return error.exit_code
    except SystemExit as ended:
        return ended.code
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return 2


@pytest.mark.parametrize("digits", [19, 400, 5000])
@pytest.mark.parametrize(
    "arguments",
    [
        ["summary", RUN, "--top"],
        ["summary", RUN, "--since"],
        ["regress", RUN, RUN, "--min-coverage"],
        ["regress", RUN, RUN, "--min-tokens"],
        ["regress", RUN, RUN, "--calibrate", "--margin"],
        ["prices", "explain", "gpt-4o", "--input"],
        ["prices", "explain", "gpt-4o", "--at"],
    ],
    ids=" ".join,
)
def test_a_number_too_long_is_wrong_usage(arguments, digits, usagectl):
    done = usagectl(*arguments, "9" * digits)
    assert done.returncode == 2
    assert done.stderr.startswith(b"usagectl: ")
    assert len(done.stderr) < 500
