"""`usagectl diff` from end to end: what it names first, its figures, and bad input."""

import json
import re

import pytest
from conftest import FIXTURES

RUNS = FIXTURES / "runs"
CALL = {"timestamp": "2026-01-02T00:00:00", "success": True, "model": "m", "output_tokens": 2}


@pytest.fixture(name="home")
def _home(tmp_path):
    """A directory whose `usagectl.yaml` names the runs of the fixtures."""
    (tmp_path / "usagectl.yaml").write_text(f"runs: {RUNS}\n")
    return tmp_path


def written(folder, *calls):
    folder.mkdir()
    lines = (json.dumps({**CALL, **call}) for call in calls)
    (folder / "usage_metrics.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def test_the_planted_causes_are_the_first_two_drivers_in_words(usagectl, home):
    done = usagectl("diff", "qwen9b", "qwen35b", cwd=home)
    assert done.returncode == 0, done.stderr.decode()
    drivers = done.stdout.decode().partition("Drivers of total tokens")[2]
    first, why, second, why_second, *_ = drivers.splitlines()[2:]
    assert re.match(r"ExpandPlanTask .*\+178,536 .*worse", first)
    assert why == "    +178,611 from 19.8k instead of 2.0k input tokens a call, -75 otherwise"
    assert re.match(r"GovernanceStructureTask .*\+68,208 .*worse", second)
    assert why_second.startswith("    +67,690 from 8 more failed calls, ")


def test_every_percentage_of_the_text_can_be_recomputed(usagectl, diff, home):
    command = ("diff", "qwen9b", "qwen35b", "--all", "--top", "0")
    text = usagectl(*command, cwd=home, columns=160).stdout.decode()
    report = diff("qwen9b", "qwen35b", cwd=home)
    expected = {
        f"{(row['new'] - row['base']) / row['base'] * 100:+,.1f}%"
        for row in [*report["totals"], *report["groups"]]
        if row["base"] and row["new"] is not None
    }
    shown = re.findall(r"[+-][\d,.]+%", text)
    assert len(shown) > 20
    assert set(shown) <= expected


def test_the_parts_in_the_json_add_up(diff, home):
    report = diff("qwen9b", "qwen35b", cwd=home)
    assert report["schema"] == "usagectl.diff/1"
    units = {"duration_seconds": 10**6, "cost_usd": 10**9}
    for row in report["totals"]:
        if row["measure"] not in report["units"] or row["change"] is None:
            continue
        amounts = [p["amount"] for p in report["total_parts"] if p["measure"] == row["measure"]]
        in_groups = [p["amount"] for p in report["parts"] if p["measure"] == row["measure"]]
        assert sum(amounts) == sum(in_groups)
        assert sum(amounts) == pytest.approx(row["change"] * units.get(row["measure"], 1))


@pytest.mark.parametrize("form", ["text", "json", "ndjson", "csv", "markdown"])
def test_every_format(usagectl, home, form):
    done = usagectl("diff", "qwen9b", "qwen35b", "--format", form, "--by", "task,model", cwd=home)
    assert done.returncode == 0, done.stderr.decode()
    assert b"qwen3.5-35b-a3b" in done.stdout
    done = usagectl("diff", "qwen9b", "qwen35b", "--format", form, "--by", "task,status", cwd=home)
    assert done.returncode == 0, done.stderr.decode()
    assert b"ExpandPlanTask" in done.stdout


def test_the_same_run_on_both_sides(usagectl, home):
    done = usagectl("diff", "qwen9b", "qwen9b", cwd=home)
    assert done.returncode == 0
    assert b"20 unchanged" in done.stdout
    assert b"both sides hold the same calls" in done.stderr


def test_two_parts_of_one_run(diff, home):
    report = diff("qwen35b@task=Expand*", "qwen35b@task=Govern*", "--by", "status", cwd=home)
    assert [report[side]["name"] for side in ("base", "new")] == [
        "qwen35b@task=Expand*",
        "qwen35b@task=Govern*",
    ]
    assert report["totals"][0]["base"] == 10
    assert report["totals"][0]["new"] == 13


def test_labels_make_sides(diff, home):
    report = diff("old=qwen9b", "old=qwen35b", "new=qwen35b", cwd=home)
    assert (report["base"]["name"], len(report["base"]["runs"])) == ("old", 2)
    assert report["totals"][0]["base"] == 67.5
    assert report["scale"] == 2


@pytest.mark.parametrize(
    ("operands", "code", "message"),
    [
        (["qwen9b"], 2, "a comparison has two sides, these are 1"),
        (["qwen9b", "qwen35b", "qwen9b"], 2, "a comparison has two sides, these are 3"),
        (["-", "x=-"], 2, "standard input (-) can be read only once"),
        (["qwen9b", "qwen3b"], 2, "there is no 'qwen3b'; the nearest: 'qwen35b', 'qwen9b'"),
        (["qwen9b", "qwen"], 2, "'qwen' is the beginning of 2 runs: 'qwen35b', 'qwen9b'"),
        (["qwen9b", "qwen35b", "--where", "task=Nothing"], 3, "qwen9b has no calls"),
        (["qwen9b", "qwen35b", "--min-change", "much"], 2, "expected a number such as 500, or 5%"),
        (["qwen9b", "qwen35b", "--by", "run"], 2, "a comparison needs keys that both sides have"),
        (["qwen9b", "qwen35b@task=x"], 3, "qwen35b@task=x: no call meets it"),
    ],
)
def test_what_is_wrong_is_said(usagectl, home, operands, code, message):
    done = usagectl("diff", *operands, cwd=home)
    assert done.returncode == code
    assert message in done.stderr.decode()
    assert done.stdout == b""


def test_names_are_not_taken_for_markup(usagectl, tmp_path):
    evil = "[red]x[/] \u001b[31m | <b>"
    base = written(tmp_path / "a", {"task_name": evil, "input_tokens": 1})
    new = written(tmp_path / "b", {"task_name": evil, "input_tokens": 900})
    text = usagectl("diff", base, new, "--all").stdout.decode()
    assert "[red]x[/] \\x1b[31m | <b>" in text
    markdown = usagectl("diff", base, new, "--format", "markdown").stdout.decode()
    assert r"\[red\]x\[/\] \\x1b\[31m \| \<b\>" in markdown


def test_ten_thousand_groups(usagectl, tmp_path):
    sides = [
        written(
            tmp_path / name,
            *({"task_name": f"t{i}", "input_tokens": i * factor} for i in range(10_000)),
        )
        for name, factor in (("a", 1), ("b", 2))
    ]
    done = usagectl("diff", *sides)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert len(lines) < 60
    assert "smaller changes" in done.stdout.decode()


def test_other_machines_are_told(usagectl, tmp_path):
    sides = []
    for name, cpu in (("a", "Apple M1 Max"), ("b", "Intel")):
        side = written(tmp_path / name, {"input_tokens": 1})
        meta = {
            "step": "x",
            "model": {"primary": "m"},
            "system": {"os": "Linux", "cpu_model": cpu, "memory_gb": 64.0},
        }
        (side / "meta.json").write_text(json.dumps(meta))
        sides.append(side)
    done = usagectl("diff", *sides)
    assert "the machines differ: a on Apple M1 Max, Linux, 64 GB, b on Intel" in " ".join(
        done.stderr.decode().split()
    )
