"""Raw texts are found where they are, and labels that they contradict are corrected."""

import json
from pathlib import Path

import polars as pl
import pytest

import usagectl
from usagectl.dataset.evidence import where_found
from usagectl.dataset.judged import reclassified

RUN = Path(__file__).parent.parent.parent / "fixtures" / "planexe" / "mislabelled" / "run"


def judged(*paths):
    usage = usagectl.load(*map(str, paths), timezone="UTC", evidence=True)
    failed = where_found(usage).filter(pl.col("status") == "failed").collect()
    return {row["error_id"]: row for row in failed.iter_rows(named=True)}


def test_where_the_texts_were_found():
    found = judged(RUN)

    assert {
        key: (row["outcome"], row["failure"], row["found_by"]) for key, row in found.items()
    } == {
        "5c2e0b7d91fa": ("auth_error", "invalid_json", "error_id"),
        "a5031c7745d2": ("server_error", "timeout", "error_id"),
        "77d0e1b2c3a4": ("auth_error", "auth_error", "error_id"),
        "d41c8a90be77": ("empty_response", "context_length_exceeded", "task and time"),
        "0e1f2d3c4b5a": ("auth_error", "auth_error", "nowhere"),
    }
    assert found["5c2e0b7d91fa"]["found_in"].endswith("log.txt:2")
    assert found["a5031c7745d2"]["line"] == 2
    assert found["0e1f2d3c4b5a"]["failure_evidence"] == "label"


def test_a_run_without_other_files_keeps_its_labels(tmp_path):
    source = RUN / "outputs" / "20260402_harbour_lights" / "usage_metrics.jsonl"
    (tmp_path / source.name).write_text(source.read_text())

    assert {row["found_by"] for row in judged(tmp_path).values()} == {"nowhere"}
    assert {row["failure"] for row in judged(tmp_path).values()} == {"auth_error", "server_error"}


def test_two_stages_that_could_be_meant_are_none(tmp_path):
    """Two plans of one name that failed at one time: neither text is this failure's for sure."""
    rows = {"timestamp": "2026-04-02T11:00:40", "success": False, "model": "m",
            "duration_seconds": 9.0, "error": "timeout", "error_id": "aaaaaaaaaaaa"}  # fmt: skip
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "usage_metrics.jsonl").write_text(json.dumps(rows) + "\n")
    event = {"timestamp": "2026-04-02T09:00:40Z", "event": "run_single_plan_error",
             "plan_name": "p", "error": "out of credits", "duration_seconds": 9.5}  # fmt: skip
    start = {
        "timestamp": "2026-04-02T09:00:30Z",
        "event": "run_single_plan_start",
        "plan_name": "p",
    }
    for lines, by in (([start, event], "task and time"), ([start, event, start, event], "nowhere")):
        (tmp_path / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

        assert judged(tmp_path)["aaaaaaaaaaaa"]["found_by"] == by


def test_a_text_in_another_json_file_is_found_by_its_id(tmp_path):
    row = {"timestamp": "2026-04-02T11:00:40", "success": False, "model": "m",
           "duration_seconds": 9.0, "error": "unknown", "error_id": "feed00beef11"}  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "notes.jsonl").write_text(
        json.dumps({"error_id": "feed00beef11", "error": "connection refused by the host"}) + "\n"
    )

    found = judged(tmp_path)["feed00beef11"]
    assert (found["failure"], found["found_by"]) == ("connection_error", "error_id")


def test_no_failure_costs_no_rules_and_gives_nulls():
    usage = usagectl.load(str(RUN), timezone="UTC")
    fine = usage._replace(calls=usage.calls.filter(pl.col("status") == "ok"))

    calls = reclassified(fine, ["no/such/file.yaml"]).calls.collect()
    assert calls.get_column("failure").null_count() == calls.height


@pytest.mark.parametrize("key", ["failure", "failure_rule", "failure_evidence"])
def test_calls_that_did_not_fail_have_no_failure(key):
    calls = usagectl.load(str(RUN.parent.parent / "labels" / "run"), timezone="UTC").calls.collect()

    assert calls.filter(pl.col("status") == "ok").get_column(key).null_count() == 2


@pytest.mark.parametrize(
    "beside",
    [
        "INFO failures: {id} (gave up), bbbbbbbbbbbb: httpx.ConnectError: [Errno 111] Connection refused",
        "INFO after {id} the backup is asked; it waits for a rate limit: too many requests are in flight",
        "ERROR [ff{id}ff]: timed out timed out timed out timed out timed out timed out timed out timed out",
    ],
)  # fmt: skip
def test_a_longer_line_that_only_mentions_the_id_is_no_evidence(tmp_path, beside):
    rows = [
        {"timestamp": f"2026-04-02T11:0{minute}:40", "success": False, "model": "m",
         "duration_seconds": 0.3, "error": "auth_error", "error_id": error_id}
        for minute, error_id in enumerate(("aaaaaaaaaaaa", "bbbbbbbbbbbb"))
    ]  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "log.txt").write_text(
        "2026-04-02 11:00:40 ERROR failed [aaaaaaaaaaaa]: Error code: 401 - Unauthorized\n"
        f"2026-04-02 11:00:41 {beside.format(id='aaaaaaaaaaaa')}\n"
    )

    found = judged(tmp_path)["aaaaaaaaaaaa"]
    assert (found["failure"], found["found_by"]) == ("auth_error", "error_id")
    assert found["found_in"].endswith("log.txt:1")


LOGGED = {
    "timestamp": "2026-04-02T11:00:40.2",
    "success": False,
    "model": "m",
    "duration_seconds": 9.0,
    "error": "auth_error",
    "error_id": "aaaaaaaaaaaa",
}


@pytest.mark.parametrize(
    ("log", "failure", "by"),
    [
        # The line that names the task, right after the call, also by a clock two hours off.
        ("2026-04-02 11:00:41,003 ERROR harbour_lights: the request timed out\n", "timeout", "task and time"),
        ("2026-04-02T09:00:41Z worker failed on harbour_lights\nValueError: Expecting value: line 1\n", "invalid_json", "task and time"),
        # Another time, another task, a longer name, no failure, no time, the id of another failure.
        ("2026-04-02 11:00:51,003 ERROR harbour_lights: the request timed out\n", "auth_error", "nowhere"),
        ("2026-04-02 11:00:41,003 ERROR glass_atlas: the request timed out\n", "auth_error", "nowhere"),
        ("2026-04-02 11:00:41,003 ERROR harbour_lights2: the request timed out\n", "auth_error", "nowhere"),
        ("2026-04-02 11:00:41,003 INFO harbour_lights: 429 requests sent\n", "auth_error", "nowhere"),
        ("ERROR harbour_lights: the request timed out\n", "auth_error", "nowhere"),
        # Two lines that could be meant.
        ("2026-04-02 11:00:41,003 ERROR harbour_lights: timed out\n2026-04-02 11:00:41,103 ERROR harbour_lights: quota exceeded\n", "auth_error", "nowhere"),
    ],
)  # fmt: skip
def test_a_line_of_a_log_is_found_by_task_and_time(tmp_path, log, failure, by):
    (tmp_path / "harbour_lights").mkdir()
    (tmp_path / "harbour_lights" / "usage_metrics.jsonl").write_text(json.dumps(LOGGED) + "\n")
    (tmp_path / "log.txt").write_text("2026-04-02 11:00:00,000 INFO started\n" + log)

    found = judged(tmp_path)["aaaaaaaaaaaa"]
    assert (found["failure"], found["found_by"]) == (failure, by)
    if by != "nowhere":
        assert found["found_in"].endswith("log.txt:2")


def by_default(*paths, **kind):
    usage = usagectl.load(*map(str, paths), timezone="UTC", **kind)
    failed = usage.calls.filter(pl.col("status") == "failed").collect()
    return dict(failed.select("error_id", "failure").iter_rows()), usage


def test_every_command_judges_by_the_texts_that_errors_finds():
    found, usage = by_default(RUN)

    assert found == {key: row["failure"] for key, row in judged(RUN).items()}
    assert found["5c2e0b7d91fa"] == "invalid_json"
    rows = usagectl.summarize(usage, by=["failure"])
    assert dict(rows.filter(pl.col("failure").is_not_null()).select("failure", "calls").iter_rows()) == {
        "auth_error": 2, "context_length_exceeded": 1, "invalid_json": 1, "timeout": 1,
    }  # fmt: skip
    assert "labels-unchecked" not in {notice.code for notice in usage.notices}


def test_labels_stand_where_nobody_is_to_look():
    found, usage = by_default(RUN, evidence=False)

    assert found["5c2e0b7d91fa"] == "auth_error"
    assert usage.evidence is None


def test_what_would_be_much_to_read_is_left_to_errors_and_said(tmp_path):
    row = {"timestamp": "2026-04-02T11:00:40", "success": False, "model": "m",
           "duration_seconds": 9.0, "error": "auth_error", "error_id": "feed00beef11"}  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")
    (tmp_path / "log.txt").write_text("ERROR [feed00beef11]: connection refused\n")
    for number in range(500):
        (tmp_path / f"{number}.txt").write_text("nothing\n")

    found, usage = by_default(tmp_path)
    assert found == {"feed00beef11": "auth_error"}
    (notice,) = [n for n in usage.notices if n.code == "labels-unchecked"]
    assert notice.text.startswith("1 failure told by the source's label alone")
    assert judged(tmp_path)["feed00beef11"]["failure"] == "connection_error"


def test_rules_that_are_given_judge_what_is_found(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "rules:\n- {name: n, category: overloaded, text: timed out, example: timed out}\n"
    )

    found, _ = by_default(RUN, rules=[str(path)])
    assert found["a5031c7745d2"] == "overloaded"


def test_failures_for_a_notebook():
    usage = usagectl.load(str(RUN), timezone="UTC", evidence=True)
    failed = usagectl.failed(usage)

    assert failed.height == 5
    assert failed.filter(pl.col("message").str.contains("sk-Qm4x")).is_empty()
    assert (
        dict(failed.select("error_id", "found_by").iter_rows())["d41c8a90be77"] == "task and time"
    )
    verdict = usagectl.classify("HTTP 429: slow down")
    assert (verdict.category, verdict.evidence) == ("rate_limit", "status")
    assert usagectl.classify("").category == "unknown"


def test_ids_of_equal_letters_and_many_ids(tmp_path):
    """Each id is found, whatever its length or its neighbours; what is too long to be one is none."""
    ids = ["a" * 20_000, "a" * 150, *(f"{number:012x}" for number in range(2_000))]
    rows = [
        {"timestamp": f"2026-04-02T11:{at // 60 % 60:02}:{at % 60:02}", "success": False, "model": "m",
         "duration_seconds": 1.0 + at, "error": "auth_error", "error_id": error_id}
        for at, error_id in enumerate(ids)
    ]  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    log = "".join(f"ERROR [{error_id}]: connection refused\n" for error_id in ids[1:])
    (tmp_path / "log.txt").write_text("a" * 400_000 + "\n" + log)

    found = judged(tmp_path)
    assert found.pop("a" * 20_000)["found_by"] == "nowhere"
    assert {row["failure"] for row in found.values()} == {"connection_error"}
    assert len(found) == 2_001
