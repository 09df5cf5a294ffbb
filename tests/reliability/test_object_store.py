"""Runs in an object store: as those in a directory, by names, globs and `latest`."""

import gzip
import json
import shutil

import pytest
from conftest import FIXTURES
from store import serving

RUNS = FIXTURES / "runs"


@pytest.fixture(name="store")
def _store(tmp_path):
    """`s3://runs/` with the runs of the fixtures, and how each command is run beside it."""
    folder = tmp_path / "bucket"
    for run in ("qwen9b", "qwen35b"):
        shutil.copytree(RUNS / run, folder / "nightly" / run)
    with serving(folder) as (environment, requests):
        yield folder, environment, requests


@pytest.fixture(name="ask")
def _ask(usagectl, store, tmp_path):
    _, environment, _ = store
    here = tmp_path / "here"
    here.mkdir()
    (here / "usagectl.yaml").write_text("runs: s3://runs/nightly/\ntimezone: UTC\n")

    def ask(*arguments):
        return usagectl(*arguments, cwd=here, **environment)

    return ask


def report(done):
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def without_paths(document):
    parts = {key: value for key, value in document.items() if key not in ("runs", "notices")}
    heaviest = [{**call, "run": None, "source": None} for call in document["heaviest"]]
    return {**parts, "heaviest": heaviest}


@pytest.mark.parametrize(
    "operand",
    [
        "s3://runs/nightly/qwen9b",
        "s3://runs/nightly/qwen9b/",
        "s3://runs/nightly/qwen9b/usage_metrics.jsonl",
        "s3://runs/nightly/*9b",
        "qwen9b",
        "qwen9",
        "latest~1",
    ],
)
def test_a_run_in_a_store_is_the_run_in_a_directory(ask, report_of, operand):
    found = report(ask("summary", operand, "--format", "json"))
    local = report_of("summary", RUNS / "qwen9b", "--timezone", "UTC")
    assert without_paths(found) == without_paths(local)


def test_a_comparison_by_names(ask, report_of):
    found = report(ask("diff", "qwen9b", "qwen35b", "--format", "json"))
    local = report_of("diff", RUNS / "qwen9b", RUNS / "qwen35b", "--timezone", "UTC")
    for part in ("totals", "total_parts", "groups", "failures"):
        assert found[part] == local[part]


def test_the_runs_of_a_store(ask):
    runs = report(ask("runs", "--format", "json"))["runs"]
    assert [run["run"] for run in runs] == ["qwen35b", "qwen9b"]
    assert [run["calls"] for run in runs] == [72, 63]


def test_a_glob_is_a_run_for_each_match(ask):
    found = report(ask("summary", "s3://runs/nightly/qwen*", "--format", "json"))
    assert [run["run"] for run in found["runs"]] == ["qwen35b", "qwen9b"]


def test_only_the_run_that_is_asked_for_is_listed_and_fetched_once(ask, store):
    _, _, requests = store
    ask("summary", "s3://runs/nightly/qwen9b")
    assert requests == ["?nightly/qwen9b/", "nightly/qwen9b/usage_metrics.jsonl"]


def test_compressed_and_nested_files(ask, store):
    folder, _, _ = store
    plain = folder / "nightly" / "qwen9b" / "usage_metrics.jsonl"
    deep = folder / "packed" / "a" / "b c%41#"
    deep.mkdir(parents=True)
    (deep / "usage_metrics.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    found = report(ask("summary", "s3://runs/packed", "--format", "json"))
    assert found["totals"]["calls"] == 63


def test_a_name_that_looks_like_a_glob(ask, store):
    folder, _, _ = store
    (folder / "nightly" / "qwen9b").rename(folder / "nightly" / "q[9]")
    found = report(ask("summary", "s3://runs/nightly/q[9]", "--format", "json"))
    assert found["totals"]["calls"] == 63


def test_hidden_directories_are_left_out_and_listed(ask, store):
    folder, _, _ = store
    shutil.copytree(RUNS / "qwen9b", folder / "nightly" / "qwen9b" / ".cache")
    found = report(ask("doctor", "qwen9b", "--format", "json"))
    assert [entry["path"] for entry in found["not_read"]] == [
        "s3://runs/nightly/qwen9b/.cache/usage_metrics.jsonl"
    ]


def test_bytes_that_are_no_text_cost_their_record_alone(ask, store):
    folder, _, _ = store
    path = folder / "nightly" / "qwen9b" / "usage_metrics.jsonl"
    path.write_bytes(path.read_bytes() + b'{"model": "\xff\xfe"}\n')
    done = ask("summary", "qwen9b", "--format", "json")
    found = report(done)
    assert found["totals"]["calls"] == 63
    assert found["rejected"] == 1


def test_the_lines_of_a_failure_are_found_there(ask, store):
    folder, _, _ = store
    (folder / "nightly" / "qwen9b" / "log.txt").write_text("12:00:01 ERROR abc-123: no route\n")
    done = ask("errors", "find", "abc-123", "qwen9b")
    assert done.returncode == 0
    assert b"s3://runs/nightly/qwen9b/log.txt" in done.stdout
    assert b"no route" in done.stdout


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        ("s3://runs/nightly/qwen9", "the nearest: 's3://runs/nightly/qwen9b'"),
        ("s3://runs/nightly/x*", "'s3://runs/nightly/x*' matches nothing"),
        ("s3://runs/**", "leave ** out"),
        ("s3://other/x", "s3://other/x: cannot be listed: "),
        ("ftp://runs/x", "URLs are read as s3://, gs://, az:// with a bucket behind it"),
        ("s3://", "with a bucket behind it"),
        ("qwen", "is the beginning of 2 runs: 'qwen35b', 'qwen9b'"),
        ("qwem9b", "the nearest: 'qwen9b'"),
        ("latest~2", "below 's3://runs/nightly' are 2 runs with calls"),
    ],
)
def test_what_is_not_there(ask, operand, message):
    done = ask("summary", operand)
    assert done.returncode == 2
    assert message in done.stderr.decode()


def test_an_empty_bucket(ask, store):
    folder, _, _ = store
    shutil.rmtree(folder / "nightly")
    done = ask("summary", "s3://runs")
    assert done.returncode == 2
    assert b"there is nothing in 's3://runs'" in done.stderr


def test_a_run_without_calls_may_be_the_newest(ask, store):
    folder, _, _ = store
    (folder / "nightly" / "newer").mkdir()
    (folder / "nightly" / "newer" / "log.txt").write_text("started\n")
    done = ask("regress")
    assert done.returncode == 3
    assert b"s3://runs/nightly/newer holds no calls, and may be newer than" in done.stderr
