"""`usagectl regress` and `usagectl baseline` as a user and a CI job run them."""

import datetime as dt
import json
import shlex
import shutil
import xml.etree.ElementTree as ET

import pytest
from conftest import FIXTURES

RUNS = FIXTURES / "runs"
TASK, FACTOR = "ExpandPlanTask", 10


def bloated(source, target, task=TASK, factor=FACTOR):
    """A copy of a run, a day later, in which the prompts of one task are larger."""
    target.mkdir(parents=True)
    lines = []
    for line in (source / "usage_metrics.jsonl").read_text().splitlines():
        row = json.loads(line)
        row["timestamp"] = row["timestamp"].replace("2026-04-11", "2026-04-12")
        if row.get("task_name") == task and row.get("input_tokens") is not None:
            row["input_tokens"] *= factor
        lines.append(json.dumps(row))
    (target / "usage_metrics.jsonl").write_text("\n".join(lines) + "\n")


@pytest.fixture(name="original", scope="module")
def _original(tmp_path_factory, usagectl):
    folder = tmp_path_factory.mktemp("original")
    shutil.copytree(RUNS / "qwen35b", folder / "results/good")
    bloated(RUNS / "qwen35b", folder / "results/bloated")
    (folder / "usagectl.yaml").write_text("runs: results\n")
    done = usagectl("baseline", "save", "good", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(name="project")
def _project(original, tmp_path):
    """A directory with two runs, one of them bloated, and the baseline of the other."""
    return shutil.copytree(original, tmp_path / "project")


def test_a_run_passes_against_its_own_baseline(usagectl, project):
    done = usagectl("regress", "baseline", "good", cwd=project)
    assert done.returncode == 0
    assert done.stdout.decode().startswith("PASSED  24 passed\n")


def test_a_bloated_task_is_named_with_factor_and_cause(usagectl, project):
    done = usagectl("regress", "baseline", "bloated", "--threshold", "2x", cwd=project)
    text = done.stdout.decode()
    assert done.returncode == 1
    assert text.startswith("FAILED  2 broken")
    assert "ExpandPlanTask: total tokens 9.53x, from 209,267 to 1,994,309" in text
    assert "at most 418,534 by the gate 2x" in text
    assert "+1,785,042 from 198.3k instead of 19.8k input tokens a call" in text
    assert "usagectl regress baseline bloated --threshold 2x" in text


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2 + 9], "unreadable record"),
        (lambda text: text[: text.rindex("\n", 0, len(text) // 2) + 1], "missing"),
        (lambda _: "", "no calls"),
        (lambda _: "{}\n" * 3, "no "),
    ],
)
def test_a_truncated_or_empty_run_is_no_answer(usagectl, project, damage, said):
    text = (RUNS / "qwen35b/usage_metrics.jsonl").read_text()
    (project / "results/cut").mkdir()
    (project / "results/cut/usage_metrics.jsonl").write_text(damage(text))
    done = usagectl("regress", "baseline", "cut", cwd=project)
    assert done.returncode == 3, done.stdout
    assert said in done.stdout.decode() + done.stderr.decode()


def test_an_empty_run_among_others_is_no_answer(usagectl, project):
    (project / "results/zero").mkdir()
    (project / "results/zero/usage_metrics.jsonl").write_text("")
    done = usagectl("regress", "base=good", "new=good", "new=zero", cwd=project)
    assert done.returncode == 3
    assert "without any calls" in done.stderr.decode()
    assert usagectl("baseline", "save", "good", "zero", cwd=project).returncode == 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--threshold", "2y"],
        ["--threshold", "model=*: 2x"],
        ["--min-coverage", "all"],
        ["--report", "junit"],
        ["--report", "xml=a.xml"],
        ["--report", "junit=nowhere/a.xml"],
        ["--ack", "because"],
        ["--ack", "because", "--until", "soon"],
        ["--ack", "because", "--until", "2020-01-01"],
        ["--new-tasks", "maybe"],
        ["--calibrate"],
        ["--where", "task=a"],
    ],
)
def test_wrong_usage(usagectl, project, arguments):
    assert usagectl("regress", "baseline", "good", *arguments, cwd=project).returncode == 2


def test_a_wrong_gate_is_pointed_at(usagectl, project):
    done = usagectl("regress", "baseline", "good", "-t", "2y", cwd=project)
    assert done.stderr.decode().endswith("\n  2y\n   ^\n")
    (project / "usagectl.yaml").write_text("runs: results\ngates:\n  - 2x\n  - cost<=2\n")
    done = usagectl("regress", cwd=project)
    assert done.returncode == 2
    assert "usagectl.yaml:4: gates[1]: 'cost<=2' is no gate" in done.stderr.decode()
    assert done.stderr.decode().endswith("\n  cost<=2\n        ^\n")


def test_gates_of_the_file_and_of_the_command_line(usagectl, project):
    (project / "usagectl.yaml").write_text('runs: results\ngates: ["20x", "task=Exp*: 15x"]\n')
    assert usagectl("regress", "baseline", "bloated", cwd=project).returncode == 0
    done = usagectl("regress", "baseline", "bloated", "-t", "task=Exp*: 2x", cwd=project)
    assert done.returncode == 1
    assert "gates  task=Exp*: 2x (2), 20x (19)" in done.stdout.decode()


class TestWhatIsChosen:
    def chosen(self, usagectl, project, *arguments):
        done = usagectl("regress", *arguments, "-t", "20x", "-f", "json", cwd=project)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return [(found[side]["operands"], found[side]["why"]) for side in ("base", "new")]

    def test_the_default_baseline(self, usagectl, project):
        base, new = self.chosen(usagectl, project)
        assert base == ([".usagectl/baseline.json"], "the default baseline")
        assert new[1] == "the newest run"

    def test_that_of_the_configuration(self, usagectl, project):
        assert usagectl("baseline", "save", "main", "good", cwd=project).returncode == 0
        config = "runs: results\nbaseline: .usagectl/main.json\n"
        (project / "usagectl.yaml").write_text(config)
        base, _ = self.chosen(usagectl, project)
        assert base == ([".usagectl/main.json"], "the baseline of usagectl.yaml")

    def test_the_run_before(self, usagectl, project):
        (project / ".usagectl/baseline.json").unlink()
        base, new = self.chosen(usagectl, project)
        assert {*base[0], *new[0]} == {"results/good", "results/bloated"}
        assert base[1] == "the run before it: no baseline is saved"

    def test_the_base_alone(self, usagectl, project):
        base, _ = self.chosen(usagectl, project, "good")
        assert base == (["good"], "")

    def test_a_baseline_and_the_run_that_it_was_made_of(self, usagectl, project):
        shutil.rmtree(project / "results/bloated")
        for operands in ([], ["baseline"]):
            done = usagectl("regress", *operands, cwd=project)
            assert done.returncode == 3
            assert "there is nothing to compare" in done.stderr.decode()
        # Who names both knows what they are.
        assert usagectl("regress", "baseline", "good", cwd=project).returncode == 0

    def test_nothing(self, usagectl, tmp_path):
        done = usagectl("regress", cwd=tmp_path)
        assert done.returncode == 3
        assert done.stderr.decode().splitlines()[-2:] == [
            "  usagectl baseline save RUN",
            "  usagectl regress .usagectl/baseline.json RUN",
        ]

    def test_a_single_run(self, usagectl, project):
        (project / ".usagectl/baseline.json").unlink()
        shutil.rmtree(project / "results/bloated")
        assert usagectl("regress", cwd=project).returncode == 3

    def test_an_empty_newest_run_does_not_hide_behind_an_older_one(self, usagectl, project):
        (project / "results/zero").mkdir()
        (project / "results/zero/usage_metrics.jsonl").write_text("")
        done = usagectl("regress", cwd=project)
        assert done.returncode == 3
        assert "results/zero is the newest run and holds no calls" in done.stderr.decode()


class TestSwapped:
    def test_a_baseline_as_the_new_side(self, usagectl, project):
        done = usagectl("regress", "good", "baseline", cwd=project)
        assert done.returncode == 2
        assert "  usagectl regress baseline good\n" in done.stderr.decode()
        assert usagectl("regress", "baseline", "baseline", cwd=project).returncode == 0

    def test_a_new_side_that_is_older_is_told_where_nobody_can_miss_it(self, usagectl, project):
        arguments = ["regress", "bloated", "good", "-t", "99x"]
        done = usagectl(*arguments, "--report", "markdown=a.md", cwd=project)
        assert done.returncode == 0
        assert done.stdout.decode().splitlines()[1].startswith("NEW ended before BASE began (2026")
        assert "NEW ended before BASE began" in done.stderr.decode()
        assert "**NEW ended before BASE began" in (project / "a.md").read_text()
        as_json = json.loads(usagectl(*arguments, "-f", "json", cwd=project).stdout)
        assert "new-is-older" in {notice["code"] for notice in as_json["notices"]}
        right = usagectl("regress", "good", "bloated", "-t", "99x", cwd=project)
        assert "NEW ended" not in right.stdout.decode() + right.stderr.decode()


def test_a_list_without_baselines_says_so(usagectl, tmp_path):
    done = usagectl("baseline", "list", cwd=tmp_path)

    assert (done.returncode, done.stdout) == (0, b"")
    assert b"`usagectl baseline save RUN` makes one" in done.stderr


def test_paths_that_begin_alike_stay_apart_on_a_narrow_page(usagectl, tmp_path):
    folder = tmp_path / "a long way to the results of a pipeline of ours"
    for name in ("qwen9b", "qwen35b"):
        shutil.copytree(RUNS / name, folder / name)
    page = usagectl("regress", folder / "qwen9b", folder / "qwen35b", columns=50).stdout.decode()

    base, new = (line for line in page.splitlines() if line.startswith(("base", "new")))
    assert base.endswith("/qwen9b")
    assert new.endswith("/qwen35b")


def test_what_changed_stands_on_a_line(usagectl, project):
    done = usagectl("regress", "baseline", "bloated", "-t", "99x", cwd=project, columns=100)
    assert done.stdout.decode().splitlines()[4] == (
        "change calls 72 =, failed 11 =, tokens 783,532→2,568,574, cost $0 =, time 1h 45m ="
    )
    done = usagectl("regress", "baseline", "bloated", "-t", "99x", "-f", "json", cwd=project)
    changes = json.loads(done.stdout)["changes"]
    assert changes[2] == {"name": "total_tokens", "base": 783532.0, "new": 2568574.0}


class TestWhatIsCutOff:
    @pytest.fixture(name="cut")
    def _cut(self, project):
        """The run, of which the calls of one task alone are left."""
        lines = (RUNS / "qwen35b/usage_metrics.jsonl").read_text().splitlines()
        (project / "results/cut").mkdir()
        kept = "\n".join(line for line in lines if f'"{TASK}"' in line)
        (project / "results/cut/usage_metrics.jsonl").write_text(kept + "\n")
        return project

    def test_the_first_line_says_why(self, usagectl, cut):
        done = usagectl("regress", "baseline", "cut", cwd=cut)
        assert done.returncode == 3
        first = done.stdout.decode().splitlines()[0]
        assert first.startswith("NO ANSWER  less work, successful calls 0.1")

    def test_less_work_can_be_accepted(self, usagectl, cut):
        options = ["--allow-missing", "-t", "2x"]
        assert usagectl("regress", "baseline", "cut", *options, cwd=cut).returncode == 0

    def test_an_acknowledgement_says_what_is_still_open(self, usagectl, cut):
        done = usagectl(
            "regress", "baseline", "cut", "-t", "output_tokens<=1", "--ack", "x", "--until",
            "2999-01-01", cwd=cut,
        )  # fmt: skip
        assert done.returncode == 3
        text = " ".join(done.stderr.decode().split())
        assert "1 acknowledged until 2999-01-01 still without an answer" in text
        assert "(--allow-missing accepts that)" in text
        assert "the gate successful_calls>=0.1" in text
        nothing = usagectl(
            "regress", "baseline", "cut", "--ack", "x", "--until", "2999-01-01", cwd=cut
        )
        assert nothing.returncode == 3
        assert "still without an answer" in nothing.stderr.decode()


ABSURD = "9" * 100_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-t", f"<={ABSURD}"], "so many digits"),
        (["-t", "1e999999999x"], "so many digits"),
        (["-t", "1e6"], "write 1000000x for a factor, +1000000 for a growth, <=1000000 for"),
        (["-t", "200%"], "write 2x for so many times the base, +200%"),
        (["--min-coverage", "0.9"], "write 90%"),
        (["--min-coverage", "1"], "write 100%"),
        (["--min-coverage", "190%"], "no share is more than 100%"),
        (["--min-coverage", ABSURD], "so many digits"),
        (["--min-coverage", "-5"], "expected a percentage"),
        (["--calibrate", "--margin", "1e999999999"], "so many digits"),
        (["--calibrate", "--margin", ABSURD + "%"], "so many digits"),
        (["--min-tokens", "1e999999999"], "--min-tokens"),
        (["--min-calls", ABSURD], "--min-calls"),
    ],
)
def test_numbers_that_are_none(usagectl, project, arguments, said):
    done = usagectl("regress", "baseline", "good", *arguments, cwd=project)
    error = done.stderr.decode()
    assert done.returncode == 2
    assert said in " ".join(error.split())
    assert "Traceback" not in error


def test_a_share_that_is_meant(usagectl, project):
    for share in ("90", "90%", "0", "0.5%", "100%"):
        done = usagectl("regress", "baseline", "bloated", "-t", "99x", "--min-coverage", share,
                        cwd=project)  # fmt: skip
        assert done.returncode == (3 if share == "100%" else 0), done.stderr


class TestBaselines:
    def test_save_list_show_rm(self, usagectl, project):
        done = usagectl("baseline", "save", "main", "good", "bloated", cwd=project)
        assert done.stdout.decode().startswith(".usagectl/main.json: 144 calls in 20 groups")
        listed = usagectl("baseline", "list", cwd=project).stdout.decode().splitlines()[2:]
        assert [line.split()[0] for line in listed] == ["baseline", "main"]
        shown = usagectl("baseline", "show", "main", cwd=project).stdout.decode()
        assert "2 runs of qwen3.5-35b-a3b" in shown
        assert max(map(len, shown.splitlines())) <= 80
        assert usagectl("baseline", "rm", "main", cwd=project).returncode == 0
        assert not (project / ".usagectl/main.json").exists()
        assert usagectl("baseline", "rm", "main", cwd=project).returncode == 2

    def test_a_damaged_one_does_not_hide_the_others(self, usagectl, project):
        folder = project / ".usagectl"
        text = (folder / "baseline.json").read_text()
        (folder / "merged.json").write_text(text.replace('  "name"', '<<<<<<< HEAD\n  "name"'))
        (folder / "edited.json").write_text(text.replace('"calls": ', '"calls": 1', 1))
        done = usagectl("baseline", "list", cwd=project)
        assert done.returncode == 2
        names = [line.split()[0] for line in done.stdout.decode().splitlines()]
        assert "baseline" in names
        assert not {"edited", "merged"} & {*names}
        told = done.stderr.decode()
        assert ".usagectl/edited.json:" in told
        assert ".usagectl/merged.json:4: holds the marks of a merge conflict" in told
        for name in ("edited", "merged"):
            for command in (("regress", name, "good"), ("baseline", "show", name)):
                assert usagectl(*command, cwd=project).returncode == 2

    def test_it_is_an_operand(self, usagectl, project):
        assert usagectl("diff", "baseline", "good", cwd=project).returncode == 0
        done = usagectl("summary", ".usagectl/baseline.json", cwd=project)
        assert b"ExpandPlanTask" in done.stdout
        assert usagectl("summary", "baseline", "good", cwd=project).returncode == 2

    def test_what_it_cannot_give(self, usagectl, project):
        done = usagectl("diff", "baseline", "good", "--where", "task=a", cwd=project)
        assert done.returncode == 2
        assert "a baseline holds sums" in done.stderr.decode()
        done = usagectl("diff", "baseline", "good", "--by", "model", cwd=project)
        assert "save it with --by task,model" in done.stderr.decode()
        assert usagectl("diff", "a=baseline", "a=good", "b=good", cwd=project).returncode == 2

    @pytest.mark.parametrize("name", ["../up", "a b"])
    def test_names(self, usagectl, project, name):
        assert usagectl("baseline", "save", name, "good", cwd=project).returncode != 0

    def test_a_damaged_one_is_no_pass(self, usagectl, project):
        path = project / ".usagectl/baseline.json"
        path.write_text(path.read_text()[:3000])
        done = usagectl("regress", "baseline", "good", cwd=project)
        assert done.returncode == 2
        assert "not readable as JSON" in done.stderr.decode()


class TestAcknowledging:
    def acknowledge(self, usagectl, project, until="2999-12-31"):
        return usagectl(
            "regress", "baseline", "bloated", "--ack", "a: new prompt", "--until", until,
            cwd=project,
        )  # fmt: skip

    def test_it_is_written_shown_and_does_not_fail(self, usagectl, project):
        file = project / "usagectl.ack.yaml"
        file.write_text('# ours\n- task: "Old"\n  metric: "calls"\n  limit: "<=3"\n'
                        '  reason: "x"  # keep\n  until: 2999-01-01\n')  # fmt: skip
        before = file.read_text()
        assert self.acknowledge(usagectl, project).returncode == 0
        assert file.read_text().startswith(before)
        done = usagectl("regress", "baseline", "bloated", cwd=project)
        text = done.stdout.decode()
        assert done.returncode == 0
        assert "Acknowledged (2)" in text
        assert "a: new prompt (until 2999-12-31)" in text
        assert "usagectl.ack.yaml:2: acknowledges nothing that broke: Old calls" in (
            " ".join(done.stderr.decode().split())
        )

    def test_what_gets_worse_than_accepted_breaks(self, usagectl, project):
        self.acknowledge(usagectl, project)
        bloated(RUNS / "qwen35b", project / "results/worse", factor=11)
        assert usagectl("regress", "baseline", "worse", cwd=project).returncode == 1

    def test_an_expired_one_breaks_and_says_so(self, usagectl, project):
        today = dt.datetime.now(dt.UTC).date()
        self.acknowledge(usagectl, project, today.isoformat())
        file = project / "usagectl.ack.yaml"
        file.write_text(file.read_text().replace(today.isoformat(), "2020-01-01"))
        done = usagectl("regress", "baseline", "bloated", cwd=project)
        assert done.returncode == 1
        assert "that is over" in done.stdout.decode()

    def test_nothing_to_accept(self, usagectl, project):
        done = usagectl("regress", "baseline", "good", "--ack", "x", "--until", "2999-01-01",
                        cwd=project)  # fmt: skip
        assert done.returncode == 3
        assert not (project / "usagectl.ack.yaml").exists()

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (f"- {{metric: calls, limit: {ABSURD}x, reason: r, until: 2999-01-01}}\n", "digits"),
            (f"- {{metric: calls, limit: {ABSURD}, reason: r, until: 2999-01-01}}\n", "digits"),
            ("- {metric: calls, limit: <=1e999999999, reason: r, until: 2999-01-01}\n", "digits"),
            ("- task: a\n", "lacks metric and limit and reason and until"),
            ("- {metric: calls, limit: 2y, reason: r, until: 2999-01-01}\n", "no unit 'y'"),
            ("- {metric: calls, limit: 2x, reason: r, until: soon}\n", "expected a date"),
            ("- {metric: cals, limit: 2x, reason: r, until: 2999-01-01}\n", "did you mean 'calls'"),
            ("a: b\n", "expected a list"),
        ],
    )
    def test_mistakes(self, usagectl, project, text, message):
        (project / "usagectl.ack.yaml").write_text(text)
        done = usagectl("regress", "baseline", "good", cwd=project)
        assert done.returncode == 2
        assert message in done.stderr.decode()

    def test_a_file_that_cannot_be_added_to_stays_as_it_is(self, usagectl, project):
        text = "[{metric: calls, limit: 2x, reason: r, until: 2999-01-01}]\n"
        (project / "usagectl.ack.yaml").write_text(text)
        assert self.acknowledge(usagectl, project).returncode == 2
        assert (project / "usagectl.ack.yaml").read_text() == text


HOSTILE = "<b>&\"'\x1b[31m::error::x%0A,:\n]]>"


@pytest.fixture(name="hostile")
def _hostile(tmp_path):
    """Two runs with a task whose name is made to break what it is written into."""
    for name, tokens in (("base", 5000), ("new", 50_000)):
        (tmp_path / name).mkdir()
        row = {
            "timestamp": "2026-03-20T10:00:00", "success": True, "model": "m", "task_name": HOSTILE,
            "duration_seconds": 1.0, "input_tokens": tokens, "output_tokens": 1,
        }  # fmt: skip
        (tmp_path / name / "usage_metrics.jsonl").write_text(json.dumps(row) + "\n")
    return tmp_path


def parsed(path):
    return ET.parse(path).getroot()  # noqa: S314 - our own


class TestReports:
    def test_all_in_one_run(self, usagectl, project):
        wanted = {"junit": "a.xml", "gitlab": "a.json", "markdown": "a.md", "json": "b.json",
                  "csv": "a.csv", "ndjson": "a.ndjson", "text": "a.txt"}  # fmt: skip
        options = [word for form, file in wanted.items() for word in ("--report", f"{form}={file}")]
        done = usagectl("regress", "baseline", "bloated", *options, cwd=project)
        assert done.returncode == 1
        assert all((project / file).stat().st_size for file in wanted.values())
        verdicts = json.loads((project / "b.json").read_text())
        assert (verdicts["schema"], verdicts["exit_code"]) == ("usagectl.regress/1", 1)
        rows = (project / "a.ndjson").read_text().splitlines()
        assert len(rows) == len(verdicts["verdicts"])
        (first,) = [v for v in verdicts["verdicts"] if v["task"] == TASK]
        assert (first["status"], first["new"], first["limit_exact"]) == (
            "broken", 1994309.0, "418534",
        )  # fmt: skip
        assert "198.3k instead of 19.8k" in first["cause"]

    def test_junit(self, usagectl, hostile):
        usagectl("regress", "base", "new", "--report", "junit=a.xml", cwd=hostile)
        root = parsed(hostile / "a.xml")
        assert root.tag == "testsuites"
        (suite,) = root
        cases = suite.findall("testcase")
        for element in (root, suite):
            assert int(element.get("tests")) == len(cases) == 5
            assert int(element.get("failures")) == len(suite.findall("testcase/failure")) == 2
            assert int(element.get("errors")) == len(suite.findall("testcase/error")) == 0
        for case in cases:
            assert case.get("name")
            assert case.get("classname").startswith("usagectl.")
        assert all(f.get("message") and f.get("type") and f.text for f in suite.iter("failure"))
        assert len({case.get("name") for case in cases}) == len(cases)

    def test_junit_tells_what_cannot_be_told_from_a_failure(self, usagectl, project):
        shutil.copytree(RUNS / "qwen9b", project / "results/other")
        usagectl("regress", "other", "good", "--report", "junit=a.xml", cwd=project)
        root = parsed(project / "a.xml")
        assert (root.get("failures"), root.get("errors")) == ("4", "2")

    def test_code_quality(self, usagectl, hostile):
        usagectl("regress", "base", "new", "--report", "gitlab=a.json", cwd=hostile)
        issues = json.loads((hostile / "a.json").read_text())
        assert len(issues) == 2
        for issue in issues:
            assert {*issue} == {"description", "check_name", "fingerprint", "severity", "location"}
            assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert issue["location"]["path"] == "usagectl.yaml"
            assert issue["location"]["lines"]["begin"] == 1
        assert len({issue["fingerprint"] for issue in issues}) == 2

    def test_nothing_wrong_is_an_empty_code_quality_report(self, usagectl, project):
        usagectl("regress", "baseline", "good", "--report", "gitlab=a.json", cwd=project)
        assert json.loads((project / "a.json").read_text()) == []

    def test_annotations(self, usagectl, hostile):
        done = usagectl("regress", "base", "new", cwd=hostile, GITHUB_ACTIONS="true")
        lines = [line for line in done.stderr.decode().splitlines() if line.startswith("::")]
        assert len(lines) == 2
        for line in lines:
            assert line.startswith("::error title=broken%3A total_tokens::")
            assert "%0A" not in line.replace("%250A", "")
            assert line.isprintable()
        assert "::" not in usagectl("regress", "base", "new", cwd=hostile).stderr.decode()

    def test_the_summary_of_a_job_is_added_to(self, usagectl, project):
        summary = project / "summary.md"
        summary.write_text("before\n")
        for _ in range(2):
            usagectl(
                "regress", "baseline", "bloated", cwd=project, GITHUB_STEP_SUMMARY=str(summary)
            )
        text = summary.read_text()
        assert text.startswith("before\n## 🔴 Token regressions: failed")
        assert text.count("**ExpandPlanTask** total tokens 9.53x") == 2

    def test_a_summary_that_cannot_be_written_changes_nothing(self, usagectl, project):
        done = usagectl(
            "regress",
            "baseline",
            "good",
            cwd=project,
            GITHUB_STEP_SUMMARY=str(project / "no/where"),
        )
        assert done.returncode == 0

    def test_the_command_to_see_it_again_can_be_copied(self, usagectl, project):
        gates = ["2x", "task=Expand*: output_tokens=+30%", "cost<=$2", "run: duration=+30m"]
        options = [word for gate in gates for word in ("--threshold", gate)]
        done = usagectl("regress", "baseline", "bloated", *options, cwd=project)
        text = done.stdout.decode().partition("To see it again\n")[2].partition("To see all")[0]
        assert "\\\n" in text
        assert shlex.split(text.replace("\\\n", "")) == [
            "usagectl",
            "regress",
            "baseline",
            "bloated",
            *options,
        ]

    @pytest.mark.parametrize("columns", [40, 80, 160])
    def test_it_fits_the_terminal(self, usagectl, hostile, project, columns):
        for cwd, sides in ((hostile, ("base", "new")), (project, ("baseline", "bloated"))):
            done = usagectl("regress", *sides, cwd=cwd, columns=columns)
            lines = done.stdout.decode().splitlines()
            assert [line for line in lines if len(line) > columns] == []
            assert "\x1b" not in done.stdout.decode()


def test_the_self_test_fails_on_a_dead_gate(usagectl, project):
    done = usagectl("regress", "--self-test", cwd=project)
    assert done.returncode == 0
    assert b"21 of 21 places" in done.stdout
    done = usagectl("regress", "--self-test", "-t", "2x", "-t", "task=Nope: 2x", cwd=project)
    assert done.returncode == 1
    assert b"dead: nothing matches it" in done.stdout
    assert usagectl("regress", "--self-test", "good", cwd=project).returncode == 0


def test_calibration_is_yaml_to_paste(usagectl, project):
    shutil.copytree(RUNS / "qwen35b", project / "results/again")
    done = usagectl("regress", "--calibrate", "good", "again", "bloated", cwd=project)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert '- "task=ExpandPlanTask: total_tokens=9.53x"  # median 209,267' in text
    assert "too wide to see a doubling" in text
    (project / "usagectl.yaml").write_text(f"runs: results\n{text}")
    assert usagectl("regress", "baseline", "bloated", cwd=project).returncode == 0
