"""`errors` with runs named like commands, odd input, and secrets on every way out."""

import json

import pytest

KEY = "sk-Qm4x81kqLmPq92Zx"
RUN = "fixtures/planexe/mislabelled/run"


@pytest.mark.parametrize("extra", [[], ["--list"], ["--messages"]])
@pytest.mark.parametrize("output_format", ["text", "json", "ndjson", "csv", "markdown"])
def test_no_secret_leaves(usagectl, output_format, extra):
    done = usagectl("errors", RUN, "--format", output_format, *extra, columns=400)

    assert done.returncode == 0, done.stderr
    assert KEY.encode() not in done.stdout + done.stderr


def test_no_secret_leaves_by_other_commands(usagectl, tmp_path):
    found = usagectl("errors", "find", "77d0e1b2c3a4", RUN)
    asked = usagectl("errors", "classify", f"wrong key {KEY}", "--format", "json")
    row = {"timestamp": "2026-04-02T11:00:40", "success": False, "model": "m",
           "duration_seconds": 9.0, "error": f"wrong key {KEY}"}  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")
    target = tmp_path / "calls.ndjson"
    exported = usagectl("export", tmp_path, "--with-messages", "--output", target)

    assert found.returncode == asked.returncode == exported.returncode == 0
    for text in (found.stdout, asked.stdout, target.read_bytes()):
        assert b"sk-***" in text
        assert KEY.encode() not in text


def test_a_run_called_find(usagectl, tmp_path):
    run = tmp_path / "find"
    run.mkdir()
    row = {
        "timestamp": "2026-04-02T11:00:40",
        "success": True,
        "model": "m",
        "duration_seconds": 1.0,
    }
    (run / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")

    assert b"0 of 1 call failed" in usagectl("errors", "./find", cwd=tmp_path).stdout
    assert usagectl("errors", "find", cwd=tmp_path).returncode == 2


def test_objects_come_back_with_their_verdict(usagectl):
    given = [
        {"message": "Overloaded", "http_status": 529, "n": 1},
        {"message": "hm", "error_type": "insufficient_quota"},
        {"message": "\ud800 timed out"},
        {"http_status": "404", "message": None},
    ]
    data = "\n".join(map(json.dumps, given)).encode()
    done = usagectl("errors", "classify", "--format", "ndjson", stdin=data)
    found = [json.loads(line) for line in done.stdout.splitlines()]

    assert [row["category"] for row in found] == [
        "overloaded", "quota_exceeded", "timeout", "model_not_found",
    ]  # fmt: skip
    assert [row["evidence"] for row in found] == ["status", "type", "text", "status"]
    assert found[0]["n"] == 1


@pytest.mark.parametrize("line", [b"no json", b"[]", b'{"message": 3}'])
def test_what_is_no_object_is_refused_by_its_line(usagectl, line):
    done = usagectl("errors", "classify", "--format", "ndjson", stdin=b'{"message": "x"}\n' + line)

    assert done.returncode == 2
    assert b"line 2 of standard input" in done.stderr


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\n", b"\0\n", b"\x1b[31mtimed out\n"])
def test_strange_lines_are_judged(usagectl, data):
    done = usagectl("errors", "classify", "-", stdin=data)

    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout


def test_rules_of_the_configuration_are_used(usagectl, tmp_path):
    (tmp_path / "usagectl.yaml").write_text("failures: mine.yaml\n")
    (tmp_path / "mine.yaml").write_text(
        "rules:\n- {name: lanes, category: overloaded, text: no lane, example: no lane}\n"
    )
    asked = usagectl("errors", "classify", "no lane left", cwd=tmp_path)
    (tmp_path / "mine.yaml").write_text("rules:\n- {name: lanes, category: overloaded}\n")
    broken = usagectl("errors", "classify", "no lane left", cwd=tmp_path)

    assert asked.stdout.startswith(b"overloaded\n")
    assert broken.returncode == 2
    assert b"mine.yaml:2: rules[0]: 'lanes' can never match" in broken.stderr


def test_secrets_in_other_fields_and_over_several_lines(usagectl, tmp_path):
    line = {"id": 7, "message": "m", "headers": {"authorization": "Bearer abcdefgh12345678"}}
    found = usagectl(
        "errors", "classify", "-", "--format", "ndjson", stdin=json.dumps(line).encode()
    )
    assert b"abcdefgh12345678" not in found.stdout
    assert json.loads(found.stdout)["id"] == 7

    (tmp_path / "log.txt").write_text(
        "ERROR [77d0e1b2c3a4]: no\n-----BEGIN PRIVATE KEY-----\nMIIEabcdefgh\n"
        "-----END PRIVATE KEY-----\nat 77d0e1b2c3a4\n"
    )
    shown = usagectl("errors", "find", "77d0e1b2c3a4", tmp_path).stdout
    assert b"MIIEabcdefgh" not in shown
    assert shown.count(b">") == 2


def test_colours_do_not_hide_words(usagectl):
    line = rb'{"message": "\u001b[31mtimed out\u001b[0m", "http_status": 1e400, "x": NaN}'
    found = usagectl("errors", "classify", "-", "--format", "ndjson", stdin=line).stdout
    assert b"Infinity" not in found
    assert json.loads(found)["category"] == "timeout"
