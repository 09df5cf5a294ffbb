# ruff: noqa: RUF001
"""Every text of a file, in every command and format, is read as text and steers nothing.

A new field, command or format belongs into the lists below.
"""

import csv
import datetime as dt
import functools
import html
import io
import json
import re
import unicodedata
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt
from rich.cells import cell_len

from usagectl.gates import acknowledgements
from usagectl.model import escaping
from usagectl.model.names import Key

NAMES = (
    "plain",
    "[bold red]markup[/] [link=x]",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://x.y\x07link\x1b]8;;\x07",
    "\x9b2J",
    "two\nlines\r\n\ttabs",
    "\u202eright to left\u2066",
    "zero\u200bwidth\u2060\ufeff\u3164",
    "no character \ufffe \uffff",
    "\ue000 private \U000e0041 tag",
    "e\u0301 combining \u0e01\u0e47",
    "模型東京" * 3,
    "한국어 ｗｉｄｅ",
    "🙂👨\u200d👩\u200d👧 ❤\ufe0f 👍🏽 🇩🇪",
    "| pipe | `code` <b> [x](y) ![i](u)",
    "&lt;b&gt; &amp; ~~gone~~ $x$ <!-- note",
    "@someone #12 GH-3 http://evil.example www.evil.example a@b.example",
    "1. one :smile:",
    "- dash",
    "]]> ]]&gt; <![CDATA[",
    "quote \" comma , semicolon ; apostrophe '",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "-1+1",
    "+1",
    "\t=1+1",
    "\r@SUM(1)",
    " =1+1",
    "a;=1+1",
    "\uff1d1+1",
    "::error title=x::y",
    " ::stop-commands::z",
    "then ::set-output name=a::b",
    "##vso[task.setvariable variable=a]b",
    "x ##[error]y ##[group]z",
    "##teamcity[buildStatus text='x']",
    "%0A::error::x",
    "x" * 300,
    "*" * 30,
    "- ? : {} # yaml",
    "-",
)
WIDTHS = (40, 50, 80, 100, 160)
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
COMMAND = re.compile(r"##\w*\[|(?m:^\s*::[\w-])", re.IGNORECASE)


def planexe(name, number, more):
    at = f"2026-03-24T08:{number:02}:00"
    texts = ("model", "task_name", "upstream_provider", "upstream_model", "error_id")
    row = dict.fromkeys(texts, name) | {"timestamp": at, "duration_seconds": 1.5, "cost_usd": 0.5}
    ok = row | {"success": True, "input_tokens": 10 * more, "output_tokens": 5}
    failed = row | {"success": False, "error": name, "error_detail": name, "timestamp": f"{at}.5"}
    return [ok, ok | {"timestamp": f"{at}.2"}, failed]


def codex(name, number, more):
    at = f"2026-03-17T20:{number:02}:00Z"
    return {
        "schema_version": "instrumentation_call_v1", "model": name, "provider": name, "cached": False,
        "prompt_tokens": 100 * more, "completion_tokens": 7, "request_ms": 5, "request_id": name,
        "cost": None, "stage_id": name, "run_id": "r1", "created_at": at,
    }  # fmt: skip


def stage(name, number):
    return {
        "schema_version": "instrumentation_stage_v1", "id": name, "stage": name, "module_id": name,
        "description": name, "status": "done", "artifact": name, "wall_seconds": 0.5,
        "started_at": f"2026-03-17T20:{number:02}:10Z", "ended_at": f"2026-03-17T20:{number:02}:11Z",
        "llm_calls": [], "llm_totals": {"calls": 0}, "extra": {},
    }  # fmt: skip


def stages():
    return {
        "schema_version": "instrumentation_run_v1", "run_id": "r1", "recipe_name": "@x",
        "stages": [stage(name, i) for i, name in enumerate(NAMES)], "totals": {"calls": 0},
        "started_at": "2026-03-17T20:00:00Z", "ended_at": "2026-03-17T20:59:00Z", "wall_seconds": 9.5,
    }  # fmt: skip


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


FOLDERS = ("@old #1 =2 \x1b[31m ::error::x", "##vso[a]b 東京 | `n` \u202e\ufffe &lt;")


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    for more, folder in enumerate(FOLDERS, 1):
        run = place / "runs" / folder
        forge = run / "output" / "runs" / "r1"
        forge.mkdir(parents=True)
        numbered = list(enumerate(NAMES))
        rows = [row for i, name in numbered for row in planexe(name, i, more)]
        (run / "usage_metrics.jsonl").write_text(
            lines(rows) + '{"success": 1, "model": "=1"}\n{"x\n'
        )
        (forge / "instrumentation_calls.jsonl").write_text(lines(codex(n, i, more) for i, n in numbered))  # fmt: skip
        (forge / "instrumentation.json").write_text(json.dumps(stages()))
        (run / "::error \x1b[31m|@x.txt").write_text("nothing")
    (place / "usagectl.yaml").write_text('runs: runs\naliases: {"::error": "@x"}\n')
    return place


@pytest.fixture(name="run")
def _run(place, in_process):
    return functools.partial(in_process, place)


@pytest.fixture(name="operands")
def _operands(place):
    return [f"runs/{folder}" for folder in FOLDERS]


def steering(text):
    """The characters that a terminal obeys, or that nobody sees."""
    unseen = re.findall(r"[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\uffa0\u2028\u2029]", text)
    return {c for c in text if unicodedata.category(c)[0] == "C" and c != "\n"} | {*unseen}


def _ndjson(path):
    import polars as pl

    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return pl.DataFrame(rows, infer_schema_length=None)


def check_stream(text):
    assert steering(text) == set()
    assert COMMAND.search(text) is None, COMMAND.search(text)


def cut(line, start, end):
    """What stands between two columns of a terminal."""
    at, found = 0, ""
    for character in line:
        if start <= at < end:
            found += character
        at += cell_len(character)
    return found


def check_text(text, width, column=None):
    check_stream(text)
    shown = text.splitlines()
    assert [line for line in shown if cell_len(line) > width] == []
    if column is None:
        return
    # Names that have no room beside their figures stand above them.
    heads = [
        i - 1
        for i, line in enumerate(shown)
        if line.startswith("───") and f"  {column}" in shown[i - 1]
    ]
    heads = [i for i in heads if not shown[i].startswith(" ")]
    for head in heads:
        end = cell_len(shown[head][: shown[head].index(f"  {column}") + 2 + len(column)])
        for line in shown[head + 2 :]:
            if not line.strip() or line.startswith(("…", "  ")):
                break
            assert re.fullmatch(r"[\d,.]*\d[* ]?", cut(line, end - 1, end + 1).strip() or "x"), line


def check_json(text):
    check_stream(text)
    assert text.isascii()
    return json.loads(text)


def check_csv(text):
    check_stream(text)
    rows = list(csv.reader(io.StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    figure = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")
    risky = re.compile(r"[\s]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
    cells = {cell for row in rows for cell in row}
    assert [cell for cell in cells if risky.match(cell) and not figure.fullmatch(cell)] == []
    return rows


def check_markdown(text):
    check_stream(text)
    for table in re.findall(r"(?:^\|.*\n)+", text + "\n", re.MULTILINE):
        rows = [re.findall(r"(?<!\\)(?:\\\\)*\|", row) for row in table.splitlines()]
        assert {len(row) for row in rows} == {len(rows[0])}, table
    rendered = MARKDOWN.render(text)
    tags = set(re.findall(r"</?([a-z][a-z0-9]*)", rendered))
    assert tags <= {*"h1 h2 h3 ul li p table thead tbody tr th td strong details summary pre code ol".split()}  # fmt: skip
    seen = html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?s)<pre>.*?</pre>", "", rendered)))
    for pattern in (r"@\w", r"#\d", r"GH-\d", r"://", r"www\.", ":smile:"):
        assert re.search(pattern, seen) is None, re.search(f".*{pattern}.*", seen)
    return seen.replace("\u200b", "")


CHECKS = {"json": check_json, "csv": check_csv, "markdown": check_markdown}


def check(form, text, width=80):
    if form == "text":
        return check_text(text, width)
    if form == "ndjson":
        return [check_json(line) for line in text.splitlines()]
    return CHECKS[form](text)


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "csv", "markdown"])
@pytest.mark.parametrize(
    "command",
    [
        "summary --top 0",
        "summary --top 0 --by task,model,provider,session,run,failure,status,source,format",
        "errors --top 0 --messages",
        "errors --top 0 --list",
        "errors --top 0 --by task,model,provider,run,source",
        "doctor --all",
        "diff --top 0 --all --by task,model",
        "diff --by provider",
        "regress --top 0",
        "regress --top 0 --by provider,model",
        "prices check",
        "runs",
    ],
)
def test_every_command_and_format(run, operands, command, form):
    wanted = ["runs"] if command == "runs" else operands
    out, err = run(*command.split(), *wanted, "--format", form)
    check_stream(err)
    # The name of a run is there to be copied, however narrow the terminal is.
    check(form, out, 300 if command == "runs" else 80)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    ("command", "column"),
    [
        ("summary --top 0", "calls"),
        ("summary --top 0 --by task,model,provider", "calls"),
        ("errors --top 0 --messages --list", None),
        ("errors --top 0 --by task,source", "calls"),
        ("doctor --all", None),
        ("diff --top 0 --all --by task,model", None),
        ("regress --top 0", None),
        ("prices check", "calls"),
    ],
)
def test_columns_stand_below_each_other(run, operands, command, column, width):
    out, err = run(*command.split(), *operands, columns=width)
    check_text(out, width, column if width > 60 else None)
    check_text(err, width)


def test_names_are_shown_whole_in_what_people_and_programs_read(run, operands):
    for key in ("task", "model", "provider"):
        chosen = ["summary", operands[0], "--by", key, "--top", "0", "--format"]
        found = {row[key] for row in check_json(run(*chosen, "json")[0])["by"][key]}
        assert found - {None} >= {*NAMES} if key == "task" else found - {None}
        rows = check_csv(run(*chosen, "csv")[0])
        cells = {cell for row in rows for cell in row}
        for name in found - {None}:
            text = escaping.shown(name)
            assert {text, f"'{text}"} & cells, name
        seen = check_markdown(run(*chosen, "markdown")[0])
        for name in found - {None}:
            assert escaping.shown(name).strip() in seen, name


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize("what", ["calls", "stages"])
def test_an_export_has_the_texts_as_they_are_and_no_formula_in_csv(run, operands, tmp_path, suffix, what):  # fmt: skip
    import polars as pl

    target = tmp_path / f"data.{suffix}"
    stages = ["--stages"] * (what == "stages")
    _, err = run("export", operands[0], "--output", str(target), "--with-messages", *stages)
    check_stream(err)
    read = {"csv": pl.read_csv, "ndjson": _ndjson, "parquet": pl.read_parquet, "arrow": pl.read_ipc}  # fmt: skip
    frame = read[suffix](target)
    tasks = {*frame.get_column("task").drop_nulls()}
    if suffix != "csv":
        assert {*NAMES} <= tasks
        return
    raw = {name for name in NAMES if re.match(r"\s*[=+\-@\uff1d]|[\t\r\n]", name)}
    assert tasks >= {*NAMES} - raw | {f"'{name}" for name in raw}
    assert not tasks & raw


def test_what_build_systems_read(run, operands, tmp_path):
    junit, gitlab, page = (tmp_path / name for name in ("a.xml", "b.json", "c.md"))
    summary = tmp_path / "summary.md"
    out, err = run(
        "regress", *operands, "--threshold", "1.01x",
        "--report", f"junit={junit}", "--report", f"gitlab={gitlab}", "--report", f"markdown={page}",
        GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary),
    )  # fmt: skip
    check_text(out, 80)
    cases = ET.fromstring(junit.read_text())  # noqa: S314
    named = " ".join(case.get("name") for case in cases.iter("testcase"))
    assert all(escaping.shown(name) in named for name in NAMES)
    check_stream(junit.read_text())
    assert check_json(gitlab.read_text())
    check_markdown(page.read_text())
    check_markdown(summary.read_text())
    told = [line for line in err.splitlines() if line.startswith("::")]
    assert told
    assert all(re.fullmatch(r"::(error|warning) title=[^:,]*::.*", line) for line in told)
    assert steering(err) == set()
    check_stream("\n".join(line[2:] for line in err.splitlines()))


def test_yaml_is_read_again(run, operands):
    out, _ = run("regress", "--calibrate", *operands, operands[0])
    check_stream(out)
    gates = yaml.safe_load(out)["gates"]
    assert len(gates) > len(NAMES)


def test_acknowledged_names_match_again(tmp_path):
    target = tmp_path / "ack.yaml"
    rest = {"metric": "total_tokens", "limit": "<=9", "reason": "x", "until": "2099-01-01"}
    rows = [{"task": name, **rest} for name in NAMES]
    text = acknowledgements.with_entries("", rows, "ack.yaml", dt.date(2026, 1, 1))
    assert steering(text) == set()
    target = tmp_path / "ack.yaml"
    target.write_text(text)
    read = acknowledgements.read(str(target), dt.date(2026, 1, 1))
    assert [dict(entry.group)[Key.TASK] for entry in read] == list(NAMES)


def test_baselines(run, operands, place):
    for command in (["save", "kept", operands[0]], ["list"], ["show", "kept"]):
        out, err = run("baseline", *command, columns=100)
        check_stream(out + err)
    kept = place / ".usagectl" / "kept.json"
    found = json.loads(kept.read_text())
    found["runs"] = ["\x1b[31m::error::x ##vso[a]b"]
    found["name"] = "\x1b]0;x\x07"
    (place / ".usagectl" / "odd.json").write_text(json.dumps(found))
    for width in WIDTHS:
        out, err = run("baseline", "list", columns=width)
        check_text(out + err, width)
        out, err = run("baseline", "show", "odd", columns=width)
        check_text(out + err, width)
    check_text(run("regress", "kept", operands[1], "--top", "0")[0], 80)
    check_text(run("regress", "--self-test", "kept", "--threshold", "2x")[0], 80)


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "csv", "markdown"])
def test_names_that_are_given(run, form):
    for name in NAMES:
        for command in (["prices", "explain", name], ["errors", "classify", name]):
            if name.startswith("-") or (form in ("csv", "markdown") and command[0] == "errors"):
                continue
            out, err = run(*command, "--format", form)
            check_stream(out + err)
            if out:
                check(form, out, 300)


@pytest.mark.parametrize("command", ["summary", "diff", "regress", "errors", "runs", "baseline show", "export", "errors find"])  # fmt: skip
def test_messages_of_what_is_wrong(run, command):
    for name in NAMES[:-1:2]:
        out, err = run(*command.split(), name)
        check_stream(out + err)


@pytest.mark.parametrize(
    "option", ["--by", "--where", "--since", "--format", "--timezone", "--sort"]
)
def test_messages_about_options(run, option):
    for name in NAMES[::2]:
        out, err = run("summary", f"{option}={name}", "runs")
        check_stream(out + err)


def test_rules_that_a_user_writes(run, place):
    name = "\x1b[31m::error::x ##vso[a]b"
    rules = {
        "categories": {"mine": {"meaning": name, "retry": "no", "action": name}},
        "rules": [{"id": "of mine", "category": "mine", "match": ["xyzzy"], "example": "xyzzy"}],
    }
    (place / "rules.yaml").write_text(json.dumps(rules))
    for words in (["errors", "--explain", "mine"], ["errors", "classify", "xyzzy"]):
        out, err = run(*words, "--rules", "rules.yaml")
        check_stream(out + err)


def test_log_lines_that_are_found(run, place, operands):
    (place / operands[0] / "log.txt").write_bytes(
        b"\x1b[31m plain ::error::x\n::error::abc123 ##vso[a]\n"
    )
    out, err = run("errors", "find", "abc123", operands[0])
    assert "abc123" in out
    check_stream(out + err)
