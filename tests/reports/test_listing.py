"""Runs below a root are listed by their last call, and `latest` means the first of the list."""

import json

import pytest

CALL = '{{"timestamp": "{at}", "success": true, "model": "m", "input_tokens": 5, "output_tokens": 2}}\n'


@pytest.fixture(name="root")
def _root(tmp_path):
    for name, at in (("b", "2026-01-02T00:00:00"), ("a", "2026-01-03T00:00:00"), ("nested/c", "2026-01-01T00:00:00")):  # fmt: skip
        place = tmp_path / "results" / name
        place.mkdir(parents=True)
        (place / "usage_metrics.jsonl").write_text(CALL.format(at=at))
    (tmp_path / "results" / "notes").mkdir()
    (tmp_path / "results" / "notes" / "plan.txt").write_text("nothing to read\n")
    (tmp_path / "usagectl.yaml").write_text("runs: results\naliases: {best: nested/c}\n")
    return tmp_path


def test_newest_first(report_of, root):
    report = report_of("runs", cwd=root)
    assert [run["run"] for run in report["runs"]] == ["a", "b", "nested/c"]
    assert report["root"] == "results"
    (run, *_) = report["runs"]
    assert (run["calls"], run["total_tokens"], run["models"], run["cost_usd"]) == (
        1,
        7,
        ["m"],
        None,
    )


def test_latest_is_the_first_of_the_list(usagectl, root):
    for operand, run in (("latest", "a"), ("latest~2", "c"), ("best", "best")):
        done = usagectl("summary", operand, "--format", "json", cwd=root)
        assert [found["run"] for found in json.loads(done.stdout)["runs"]] == [run]


def test_names_are_found_from_below_the_file(usagectl, root):
    below = root / "results" / "nested"
    done = usagectl("summary", "a", "--format", "json", cwd=below)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "runs: ftp://host/runs\n",
            "usagectl.yaml:1: runs: 'ftp://host/runs': URLs are read as s3://",
        ),
        ("runs: [a]\n", "expected text"),
        ("aliases: [a]\n", "aliases: expected keys with values"),
        ("runs: nowhere\n", "the runs below 'nowhere' cannot be listed"),
        ("{}\n", "name a directory, or say `runs: DIRECTORY`"),
    ],
)
def test_what_is_wrong_is_said(usagectl, tmp_path, text, message):
    (tmp_path / "usagectl.yaml").write_text(text)
    done = usagectl("runs", cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr.decode()


def test_no_runs(usagectl, tmp_path):
    assert usagectl("runs", tmp_path).returncode == 3
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("nothing\n")
    assert usagectl("runs", tmp_path).returncode == 3


def test_a_part_of_a_run(report_of, usagectl):
    report = report_of("summary", "fixtures/runs/qwen35b@model=qwen3*@status=ok")
    assert report["totals"]["calls"] == 61
    assert report["runs"][0]["run"] == "qwen35b@model=qwen3*@status=ok"
    done = usagectl("summary", "fixtures/runs/qwen35b@model=gpt*")
    assert done.returncode == 3
    assert b"there are model: lmstudio-qwen35b, qwen3.5-35b-a3b" in done.stderr


def test_two_parts_of_one_run_are_no_file_in_two_runs(report_of):
    run = "fixtures/runs/qwen35b"
    report = report_of("summary", f"{run}@task=Expand*", f"{run}@task=Govern*")
    assert report["totals"]["calls"] == 23
    assert report["notices"] == []
