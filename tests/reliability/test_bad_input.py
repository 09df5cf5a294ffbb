"""Bad input costs nothing that was good, and says where, what and why."""

import gzip
import json
import os

import pytest

GOOD = [
    json.dumps(
        {
            "timestamp": f"2026-03-20T10:00:{i:02}",
            "success": True,
            "model": "m",
            "duration_seconds": 1.5,
            "input_tokens": 100 + i,
            "output_tokens": 10,
        }
    )
    for i in range(5)
]


def write(folder, content, name="usage_metrics.jsonl"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rejects(doctor, path):
    return [(reject["line"], reject["reason"]) for reject in doctor(path)["rejects"]]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"garbage", "not JSON"),
        (b"\x00\x00\x00\x00", "not JSON"),
        (b'{"success": true, "model": "\xff\xfe"}', "not UTF-8"),
        (b'{"success": true, "input_tokens": 12.7}', "input_tokens is 12.7, not a whole number"),
        (b'{"success": true, "input_tokens": -5}', "input_tokens is negative (-5)"),
        (b'{"success": true, "output_tokens": 1e30}', "output_tokens is too large"),
        (b'{"success": true, "input_tokens": NaN}', "input_tokens is nan"),
        (b'{"success": true, "input_tokens": true}', "input_tokens is true"),
        (b'{"success": true, "duration_seconds": -1}', "duration_seconds is negative"),
        (b'{"success": 1, "input_tokens": 5}', "success is 1, not true or false"),
        (b'{"input_tokens": 5}', "no success"),
        (b'{"timestamp": "2026-03-20T10:00:09", "success": tr', "cut short"),
        (b'["a", 1]', "a JSON str"),
        (b"{" * 3000, "cut short"),
    ],
    ids=lambda value: value[-30:].decode("latin1") if isinstance(value, bytes) else "",
)
def test_one_bad_line(tmp_path, summary, doctor, bad, reason):
    lines = [line.encode() for line in GOOD]
    write(tmp_path, b"\n".join([*lines[:3], bad, *lines[3:]]) + b"\n")
    found = summary(tmp_path)
    assert found["totals"]["calls"] == 5
    assert found["totals"]["input_tokens"] == sum(range(100, 105))
    (line, why), *more = rejects(doctor, tmp_path)
    assert line == 4
    assert reason in why
    told = f"could not be read: {1 + len(more)}, the first"
    assert any(told in notice["text"] for notice in found["notices"])


@pytest.mark.parametrize(
    "value", ['"12"', "12.0", "1.2e1", '"12.0"'], ids=["text", "float", "exponent", "float in text"]
)
def test_counts_in_other_spellings(tmp_path, summary, value):
    write(tmp_path, "\n".join([*GOOD, f'{{"success": true, "input_tokens": {value}}}']))
    assert summary(tmp_path)["totals"]["input_tokens"] == sum(range(100, 105)) + 12


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + "\n".join(GOOD).encode(),
        "\r\n".join(GOOD).encode() + b"\r\n",
        "\n\n   \n".join(GOOD).encode() + b"\n\n",
        "".join(GOOD).encode(),
        " ".join(GOOD).encode() + b"\n",
        ("[" + ",".join(GOOD) + "]").encode(),
        ("[\n" + ",\n".join(GOOD) + "\n]\n").encode(),
        "\n".join(json.dumps(json.loads(line), indent=2) for line in GOOD).encode(),
        json.dumps([json.loads(line) for line in GOOD], indent=1).encode(),
    ],
    ids=[
        "bom",
        "crlf",
        "blank lines",
        "no line ends",
        "one line",
        "array",
        "array of lines",
        "pretty objects",
        "pretty array",
    ],
)
def test_other_shapes(tmp_path, summary, doctor, content):
    write(tmp_path, content)
    assert summary(tmp_path)["totals"]["input_tokens"] == sum(range(100, 105))
    (file,) = doctor(tmp_path)["files"]
    assert (file["records"], file["calls"], file["rejected"]) == (5, 5, 0)


def test_run_that_is_still_going_on(tmp_path, summary, doctor):
    write(tmp_path, "\n".join(GOOD) + '\n{"timestamp": "2026-03-20T10:00:')
    assert summary(tmp_path)["totals"]["calls"] == 5
    assert rejects(doctor, tmp_path)[0][0] == 6


def test_empty_file_beside_a_good_one(tmp_path, summary, doctor):
    write(tmp_path / "a", "\n".join(GOOD))
    write(tmp_path / "b", b"")
    assert summary(tmp_path)["totals"]["calls"] == 5
    assert [file["records"] for file in doctor(tmp_path)["files"]] == [5, 0]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"garbage\n", b"\x00" * 100])
def test_nothing_readable_is_no_answer(tmp_path, usagectl, content):
    write(tmp_path, content)
    done = usagectl("summary", tmp_path)
    assert (done.returncode, done.stdout) == (3, b"")
    assert done.stderr.count(b"\n") == 1


def test_error_that_is_an_object(tmp_path, usagectl):
    write(
        tmp_path,
        '{"success": false, "model": "m", "error": {"code": 429, "message": "slow down"}}\n'
        + GOOD[0],
    )
    out = tmp_path / "calls.ndjson"
    assert usagectl("export", tmp_path, "--output", out, "--with-messages").returncode == 0
    messages = [json.loads(line)["message"] for line in out.read_text().splitlines()]
    assert json.loads(messages[0]) == {"code": 429, "message": "slow down"}


def test_first_of_two_equal_keys_counts_on_both_ways(tmp_path, summary):
    write(
        tmp_path,
        '{"success": true, "model": "m", "input_tokens": 1, "input_tokens": 2}\n' + GOOD[0],
    )
    assert summary(tmp_path)["totals"]["input_tokens"] == 101
    write(
        tmp_path,
        '{"success": true, "model": "m", "input_tokens": "1", "input_tokens": 2}\n' + GOOD[0],
    )
    assert summary(tmp_path)["totals"]["input_tokens"] == 101


@pytest.mark.parametrize("stamp", ['"yesterday"', '"9999-01-01T00:00:00"', "null", "17", '""'])
def test_time_that_cannot_be_read(tmp_path, summary, stamp):
    write(
        tmp_path,
        f'{{"timestamp": {stamp}, "success": true, "model": "m", "input_tokens": 7}}\n' + GOOD[0],
    )
    found = summary(tmp_path)
    assert found["totals"]["input_tokens"] == 107
    assert any("without a readable timestamp" in notice["text"] for notice in found["notices"])


def test_bad_line_in_the_middle_of_a_large_file(tmp_path, summary, doctor):
    """The damaged part of a file of several buffers is found; the rest is read as ever."""
    line = GOOD[0].encode()
    many = 20_000_000 // len(line)
    write(
        tmp_path,
        b"\n".join([line] * many + [b'{"success": true, "input_tokens": 1.5}'] + [line] * many),
    )
    totals = summary(tmp_path)["totals"]
    assert totals["calls"] == 2 * many
    assert rejects(doctor, tmp_path) == [(many + 1, "input_tokens is 1.5, not a whole number")]


def test_compressed_files(tmp_path, summary, doctor):
    data = ("\n".join(GOOD) + "\n").encode()
    write(tmp_path / "a", gzip.compress(data), "usage_metrics.jsonl.gz")
    write(tmp_path / "b", gzip.compress(data) + gzip.compress(data), "usage_metrics.jsonl.gz")
    assert summary(tmp_path)["totals"]["calls"] == 15
    cut = gzip.compress(data * 100)
    write(tmp_path / "c", cut[: len(cut) // 2], "usage_metrics.jsonl.gz")
    report = doctor(tmp_path)
    assert any("gzip data ends early" in reject["reason"] for reject in report["rejects"])
    assert sum(file["calls"] for file in report["files"]) > 15


def test_unreadable_file_is_told_and_the_rest_is_read(tmp_path, summary, doctor):
    write(tmp_path, "\n".join(GOOD))
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    assert summary(tmp_path)["totals"]["calls"] == 5
    assert rejects(doctor, tmp_path) == [(0, "cannot be read: No such file or directory")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission(tmp_path, summary, doctor):
    write(tmp_path / "a", "\n".join(GOOD))
    write(tmp_path / "b", "\n".join(GOOD)).chmod(0)
    assert summary(tmp_path)["totals"]["calls"] == 5
    assert rejects(doctor, tmp_path) == [(0, "cannot be read: Permission denied")]


def test_standard_input(summary, usagectl):
    data = ("\n".join(GOOD) + "\n").encode()
    assert summary("-", stdin=data)["totals"]["calls"] == 5
    assert summary("mine=-", stdin=gzip.compress(data))["runs"][0]["run"] == "mine"
    assert usagectl("summary", "-", stdin=b"").returncode == 3


def test_strict_doctor(tmp_path, usagectl):
    write(tmp_path, "\n".join([*GOOD, "garbage"]))
    assert usagectl("doctor", tmp_path).returncode == 0
    assert usagectl("doctor", tmp_path, "--strict").returncode == 3


def test_very_many_tasks(tmp_path, summary):
    rows = (
        f'{{"success": true, "model": "m", "input_tokens": 1, "task_name": "task {i}"}}'
        for i in range(200_000)
    )
    write(tmp_path, "\n".join(rows))
    found = summary(tmp_path, "--by", "task")
    assert found["totals"]["calls"] == len(found["by"]["task"]) == 200_000


FOREIGN = (
    '{"timestamp": "2026-03-20T09:16:03Z", "event": "run_single_plan_start", "plan_name": "p"}'
)
BROKEN = [GOOD[0].replace('"input_tokens": 1', '"input_tokens": -1')] * 3


@pytest.mark.parametrize(
    "command",
    [["summary"], ["errors"], ["export", "--output", "x.csv"], ["diff"], ["prices", "check"]],
)
def test_no_call_that_could_be_read_is_no_answer(tmp_path, usagectl, command):
    folder = tmp_path / "run"
    write(folder, "\n".join([FOREIGN, *BROKEN]))
    operands = [folder, folder] if command == ["diff"] else [folder]
    done = usagectl(*command, *operands, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"no call could be read, and 4 records could not: " in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_what_could_not_be_read_is_shown_all_the_same(tmp_path, usagectl, doctor):
    write(tmp_path, "\n".join([FOREIGN, *BROKEN]))
    assert [line for line, _ in rejects(doctor, tmp_path)] == [1, 2, 3, 4]
    assert usagectl("doctor", tmp_path).returncode == 0


def test_run_without_calls_and_without_rejects_is_an_answer(tmp_path, usagectl):
    write(tmp_path, FOREIGN)
    assert usagectl("summary", tmp_path).returncode == 0


@pytest.mark.parametrize("model", ["NaN", "1e400", '"\\udfff"', "1" * 50, '{"a": Infinity}'])
def test_text_that_is_no_json_stops_no_report(tmp_path, usagectl, summary, model):
    bad = f'{{"success": false, "model": "m", "error": {model}}}'
    write(tmp_path, "\n".join([*GOOD, bad]))
    assert summary(tmp_path)["totals"]["calls"] == 5
    for command in ("doctor", "errors"):
        done = usagectl(command, tmp_path)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
