"""Nothing of the terminal, the markup or a table can be steered by data."""

import csv
import io
import json

import pytest

NAMES = [
    "plain",
    "[bold red]markup[/] [link=x]",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b2J",
    "two\nlines\r\n\ttabs",
    "\u202eright to left\u2066",
    "| pipe | `code` <b> [x](y)",
    'quote " comma , semicolon ;',
    "=1+1",
    "模型 🙂 é",
    "x" * 10_000,
    " ",
    "",
    "-",
]
FORMATS = ["text", "json", "ndjson", "csv", "markdown"]


@pytest.fixture(name="run")
def _run(tmp_path):
    folder = tmp_path / "run [bold]\x1b[31m"
    folder.mkdir()
    rows = [
        {"success": i % 2 == 0, "model": name, "task_name": name, "input_tokens": 1, "error": name}
        for i, name in enumerate(NAMES)
    ]
    (folder / "usage_metrics.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "odd\n\x1b[31m[red].txt").write_text("nothing")
    return folder


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("command", ["summary", "doctor"])
def test_no_control_character_reaches_the_output(run, usagectl, command, output_format):
    done = usagectl(command, run, "--format", output_format)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode() + done.stderr.decode()
    steering = {
        c
        for c in text
        if (ord(c) < 32 and c != "\n") or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066"
    }
    assert steering == set()


def test_markup_is_shown_as_it_is(run, usagectl):
    shown = usagectl("summary", run, columns=160).stdout.decode()
    assert "[bold red]markup[/] [link=x]" in shown
    assert "\\x1b[31mred\\x1b[0m" in shown
    assert "模型 🙂 é" in shown


def test_names_survive_in_json(run, summary):
    found = summary(run)
    assert {row["task"] for row in found["by"]["task"]} == set(NAMES)
    assert found["runs"][0]["run"] == run.name


def test_csv_has_a_row_for_each_name(run, usagectl):
    rows = list(
        csv.DictReader(io.StringIO(usagectl("summary", run, "--format", "csv").stdout.decode()))
    )
    assert [row["by"] for row in rows].count("task") == len(NAMES)
    assert all(None not in row for row in rows)


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_text_fits_the_terminal(run, usagectl, columns):
    from rich.cells import cell_len

    shown = usagectl("summary", run, columns=columns).stdout.decode()
    assert [line for line in shown.splitlines() if cell_len(line) > columns] == []


def test_error_message_about_a_hostile_path_is_one_line(tmp_path, usagectl):
    done = usagectl("summary", tmp_path / "a\x1b[31m\nb")
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"\x1b" not in done.stderr
