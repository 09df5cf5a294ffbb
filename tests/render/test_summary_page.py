"""What the page of a summary says, and what it leaves out."""

import json

import pytest

CALL = {"timestamp": "2026-01-02T10:00:00", "success": True, "model": "m", "input_tokens": 5}


@pytest.fixture(name="page")
def _page(usagectl, tmp_path):
    """The page of some calls."""

    def page(*calls, options=(), columns=80):
        run = tmp_path / "run"
        run.mkdir(exist_ok=True)
        lines = (json.dumps({**CALL, **call}) + "\n" for call in calls)
        (run / "usage_metrics.jsonl").write_text("".join(lines))
        done = usagectl("summary", run, "--timezone", "UTC", *options, columns=columns)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    return page


def test_the_run_begins_where_its_first_call_did(page):
    text = page(
        {"timestamp": "2026-01-02T10:00:30", "duration_seconds": 30},
        {"timestamp": "2026-01-02T10:01:00", "duration_seconds": 45},
    )
    assert "2026-01-02 10:00:00 to 10:01:00 UTC" in text
    assert "1m 15s  time in calls, 1m 00s elapsed" in text


def test_a_line_that_knows_nothing_is_left_out(page):
    text = page({"timestamp": "2026-01-02T10:00:00"}, {"timestamp": "2026-01-02T10:00:09"})
    assert "time in calls" not in text
    assert "per second" not in text
    assert "9.0 s  elapsed, from the first call to the last" in text
    none = page({"input_tokens": None})
    assert "input tokens" not in none
    assert "1 without known tokens" in none


def test_cost_is_first_where_there_is_one(page):
    def first(text):
        return text.splitlines()[2].split()

    assert first(page({"cost_usd": 0.5}))[:2] == ["$0.500000", "cost:"]
    assert first(page({"cost_usd": 0.0}))[1] == "call"


def test_one_model_is_named_and_has_no_table(page):
    text = page({"task_name": "a"}, {"task_name": "b"})
    assert "2  calls to m\n" in text
    assert "By task" in text
    assert "By model" not in text
    assert "By model" in page({"task_name": "a"}, options=["--by", "model"])


def test_days_are_in_order_of_time(page):
    days = ["2026-01-03", "2026-01-01", "2026-01-02"]
    calls = [{"timestamp": f"{day}T01:00:00", "input_tokens": n} for n, day in enumerate(days)]
    text = page(*calls, options=["--by", "day"])
    rows = [line[:10] for line in text.splitlines() if line.startswith("2026-")]
    assert rows == sorted(days)
    text = page(*calls, options=["--by", "day", "--sort", "input_tokens"])
    assert next(line for line in text.splitlines() if line.startswith("2026-"))[:10] == days[2]


def test_the_mark_is_explained_once(page):
    text = page({"task_name": "a"}, {"task_name": "a", "input_tokens": None})
    assert text.count("not known of all calls") == 1
    assert "5*  input tokens" in text


@pytest.mark.parametrize("columns", [50, 80, 160])
def test_the_heaviest_calls(page, columns):
    calls = [
        {"timestamp": f"2026-01-02T10:00:{i:02}", "task_name": f"t{i}", "input_tokens": i}
        for i in range(12)
    ]
    text = page(*calls, columns=columns)
    heavy = text.partition("Heaviest calls")[2].splitlines()[2:5]
    assert [line.split()[0] for line in heavy] == ["t11", "t10", "t9"]
    assert all(len(line) <= columns for line in heavy)
    assert "Heaviest" not in page(*calls[:9], columns=columns)
    assert "Heaviest" not in page(*calls, columns=columns, options=["--by", "task"])
