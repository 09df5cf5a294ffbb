"""What docs/ci.md and the README say of CI can be copied: the YAML is read, the commands are run."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import FIXTURES, ROOT

from usagectl.config.gate_grammar import parse
from usagectl.model.names import Measure

PAGE = (ROOT / "docs/ci.md").read_text()
README = (ROOT / "README.md").read_text()
GITHUB, GITLAB, ACK = (
    yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
)
SHELL = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
SECTION = README.partition("## Stop a regression in CI")[2].partition("\n## ")[0]
TASK = "ExpandPlanTask"


def shell(command, cwd, **environment):
    """Run a line as a CI job does, with the program of this environment on the path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "TZ": "UTC", "COLUMNS": "100", **environment}
    return subprocess.run(
        ["bash", "-ec", command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(name="repository")
def _repository(tmp_path):
    """A repository with a good run, twice more, and the run of a job a day later."""
    for name in ("good", "again", "third", "new"):
        shutil.copytree(FIXTURES / "runs/qwen35b", tmp_path / "results" / name)
    later = tmp_path / "results/new/usage_metrics.jsonl"
    later.write_text(later.read_text().replace("2026-04-11T", "2026-04-12T"))
    (tmp_path / "usagectl.yaml").write_text("runs: results\n")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    done = shell(SHELL[0], tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def bloat(repository):
    path = repository / "results/new/usage_metrics.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        if row["task_name"] == TASK and row.get("input_tokens") is not None:
            row["input_tokens"] *= 10
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")


def commands(lines):
    """The lines that are ours; the pipeline and the installation belong to the reader."""
    found = [line for line in lines if line.startswith("usagectl ")]
    assert len(found) == 2
    return found


JOBS = {
    "github": [step["run"] for step in GITHUB["jobs"]["tokens"]["steps"] if "run" in step],
    "gitlab": GITLAB["tokens"]["script"],
}


@pytest.mark.parametrize("name", JOBS)
def test_a_job_passes_fails_and_gives_no_answer(repository, name):
    test, check = commands(JOBS[name])
    assert shell(test, repository).returncode == 0
    assert shell(check, repository).returncode == 0
    bloat(repository)
    done = shell(check, repository)
    assert done.returncode == 1
    assert f"{TASK}: total tokens 9.53x" in done.stdout
    assert "198.3k instead of 19.8k input tokens a call" in done.stdout
    for file in re.findall(r"--report \w+=(\S+)", check):
        assert (repository / file).stat().st_size
    (repository / "results/new/usage_metrics.jsonl").write_text("")
    assert shell(check, repository).returncode == 3
    assert shell(f"{check} --threshold 2y", repository).returncode == 2


def test_what_the_jobs_upload_is_what_they_write():
    written = re.findall(r"--report \w+=(\S+)", commands(JOBS["github"])[1])
    uploads = [step["with"]["path"] for step in GITHUB["jobs"]["tokens"]["steps"] if "if" in step]
    assert written == uploads
    reports = GITLAB["tokens"]["artifacts"]["reports"]
    written = re.findall(r"--report \w+=(\S+)", commands(JOBS["gitlab"])[1])
    assert written == [reports["junit"], reports["codequality"]]
    assert GITHUB["permissions"] == {"contents": "read"}


def test_the_calibration_can_be_pasted(repository):
    done = shell(SHELL[1], repository)
    assert done.returncode == 0, done.stderr
    (repository / "usagectl.yaml").write_text(f"runs: results\n{done.stdout}")
    assert shell("usagectl regress baseline results/new", repository).returncode == 0
    bloat(repository)
    assert shell("usagectl regress baseline results/new", repository).returncode == 1


def test_the_hook(repository):
    hook = repository / "pre-push"
    hook.write_text(SHELL[2])
    hook.chmod(0o755)
    assert SHELL[2].startswith("#!/bin/sh\n")
    assert shell("./pre-push", repository).returncode == 0
    for name in ("good", "again", "third"):
        shutil.rmtree(repository / "results" / name)
    bloat(repository)
    assert shell("./pre-push", repository).returncode == 1


def test_accepting(repository):
    (repository / "usagectl.ack.yaml").write_text(yaml.safe_dump([ACK[0]]))
    done = shell("usagectl regress baseline results/new", repository)
    assert done.returncode == 0
    assert "acknowledges nothing that broke: ExpandPlanTask total_tokens" in " ".join(
        done.stderr.split()
    )
    bloat(repository)
    assert shell(SHELL[3], repository).returncode == 0
    assert shell("usagectl regress baseline results/new", repository).returncode == 0


def test_the_example_of_the_readme(repository):
    """Its block is a session: each command, and behind it the exit code that it says."""
    (block,) = re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
    for line in block.splitlines():
        command, _, code = line.partition("# exit code ")
        assert shell(command, repository).returncode == int(code or 0), command
    bloat(repository)
    check = next(line for line in block.splitlines() if line.startswith("usagectl regress "))
    assert shell(check, repository).returncode == 1


def test_every_limit_and_metric_of_the_page_can_be_written():
    section = PAGE.partition("## Gates")[2]
    units = {"<=$2": "cost", "+$0.10": "cost", "<=30s": "duration", "+500ms": "duration",
             "<=10%": "failure_rate", "+5pts": "failure_rate", ">=0.8x": "tokens_per_second",
             "=-20%": "tokens_per_second", ">=20": "tokens_per_second"}  # fmt: skip
    limits = re.findall(r"`([<>=+-]*[$\d][^`]*)`", section.partition("Metrics:")[0])
    assert len(limits) >= 15
    for limit in limits:
        name = units.get(limit, "")
        parse(f"{name}{'' if limit[0] in '<>=' or not name else '='}{limit}")
    for measure in Measure:
        assert f"`{measure}`" in section
