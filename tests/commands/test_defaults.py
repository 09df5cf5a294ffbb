"""`defaults:` of `usagectl.yaml`: below the command line, above what usagectl has."""

import json

import pytest
from conftest import FIXTURES, ROOT

RUN = FIXTURES / "runs" / "qwen35b"


@pytest.fixture(name="ask")
def _ask(usagectl, tmp_path):
    def ask(text, *arguments):
        (tmp_path / "usagectl.yaml").write_text(text)
        return usagectl(*arguments, cwd=tmp_path)

    return ask


def sections(done):
    assert done.returncode == 0, done.stderr.decode()
    return [*json.loads(done.stdout)["by"]]


def test_an_option_of_every_command(ask):
    text = "defaults:\n  format: json\n"
    for command in ("summary", "errors", "doctor"):
        assert json.loads(ask(text, command, RUN).stdout)["schema"].startswith("usagectl.")


def test_an_option_of_one_command_comes_first(ask):
    text = "defaults:\n  by: task\n  summary:\n    by: [model, status]\n    format: json\n"
    assert sections(ask(text, "summary", RUN)) == ["model,status"]


def test_the_command_line_comes_before_both(ask):
    text = "defaults:\n  summary: {by: model, format: json}\n"
    assert sections(ask(text, "summary", RUN, "--by", "task")) == ["task"]


def test_a_command_of_a_group(ask):
    text = "defaults:\n  prices: {check: {strict: true}}\n  cost-mode: recorded\n"
    unpriced = FIXTURES / "honcho" / "deriver"
    assert ask(text, "prices", "check", unpriced).returncode == 3
    assert ask("", "prices", "check", unpriced).returncode == 0


def test_several_values(ask):
    text = "defaults:\n  where: [model=qwen*, status=failed]\n  format: json\n"
    found = json.loads(ask(text, "summary", RUN).stdout)
    assert (found["totals"]["calls"], found["totals"]["failed"]) == (8, 8)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("top: x", "defaults.top: Input should be a valid integer"),
        ("topp: 3", "defaults.topp: no option or command 'topp'; did you mean 'top'?"),
        ("summary: {tp: 4}", "defaults.summary.tp: no option or command 'tp'"),
        ("summary: [a]", "defaults.summary: expected keys with values, found a list"),
        ("summry: {top: 3}", "did you mean 'summary'?"),
        ("strict: 3", "defaults.strict: expected true or false, found 3"),
        ("format: xml", "defaults.format: 'xml' is not one of 'text', 'json'"),
        ("ack: fine", "defaults.ack: 'ack' can be no default"),
        ("threshold: 3x", "write `gates:` beside `defaults:`"),
        ("prices: a.yaml", "write `prices:` beside `defaults:`"),
        ("timezone: UTC", "write `timezone:` beside `defaults:`"),
    ],
)
def test_a_mistake_names_its_place(ask, line, message):
    done = ask(f"defaults:\n  {line}\n", "summary", RUN)
    assert done.returncode == 2
    assert done.stderr.decode().startswith("usagectl: ")
    assert "usagectl.yaml:2: " in done.stderr.decode()
    assert message in done.stderr.decode()


def test_help_is_shown_whatever_the_file_says(ask):
    done = ask("defaults: 3\n", "summary", "--help")
    assert done.returncode == 0
    assert b"Usage" in done.stdout


@pytest.mark.parametrize("text", ["defaults:\n", "defaults: {}\n", "timezone: UTC\n"])
def test_nothing_is_a_default(ask, text):
    assert ask(text, "summary", RUN).returncode == 0


def test_the_example_holds_for_every_command(ask):
    text = (ROOT / "configs" / "usagectl.yaml").read_text()
    for command in ("summary", "errors", "doctor"):
        assert ask(text, command, RUN).returncode == 0
    assert ask(text, "diff", RUN.parent / "qwen9b", RUN).returncode == 0
