"""What is typed wrongly: what, where, what to type; and what may be typed shorter."""

import json

import pytest
from conftest import ROOT

RUN = "fixtures/runs/qwen9b"
OTHER = "fixtures/runs/qwen35b"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sumary", RUN], "no command 'sumary'; did you mean 'summary'?"),
        (["SUMMARY", RUN], "did you mean 'summary'?"),
        (["prices", "explian", "x"], "no command 'explian'; did you mean 'explain'?"),
        (["errors", "clasify", "x"], "no command 'clasify'; did you mean 'classify'?"),
        (["compare", RUN, OTHER], "no command 'compare'; did you mean `usagectl diff`?"),
        (["help"], "did you mean `usagectl --help`?"),
        ([f"./{RUN}"], f"it is a run; type `usagectl summary ./{RUN}`"),
        ([RUN, OTHER], f"it is a run; type `usagectl diff {RUN} {OTHER}`"),
        (["--by", "task", "summary", RUN], "stands behind the command"),
        (["summary"], "`usagectl summary` needs OPERAND...; type `usagectl summary OPERAND...`"),
        (["export", RUN], "needs --output; type `usagectl export OPERAND... --output FILE`"),
        (["summary", RUN, "--formt", "json"], "no option '--formt' of `usagectl summary`; did you"),
        (["summary", RUN, "--format", "jsno"], "--format: no format 'jsno'; did you mean 'json'?"),
        (["summary", RUN, "--format", "xml"], "--format: 'xml' is not one of 'text', 'json',"),
        (["summary", RUN, "--sort", "costt"], "--sort: no metric 'costt'; did you mean 'cost'?"),
        (["diff", RUN, OTHER, "--metric", "tokn"], "no metric 'tokn'; did you mean 'tokens'?"),
        (["summary", RUN, "--top", "x"], "--top: expected a whole number"),
        (["summary", RUN, "--top", "-1"], "--top: expected 0 or more"),
        (["summary", RUN, "--by"], "--by needs a value"),
        (["summary", RUN, "--by", "modle"], "--by: no key 'modle'; did you mean 'model'?"),
        (["runs", "a", "b"], "`usagectl runs` does not take 'b'; type `usagectl runs [ROOT]`"),
        (["regress", RUN, ""], f"an operand is empty, as an unset variable leaves it: {RUN} ''"),
        (["diff", RUN, OTHER, " "], "an operand is empty"),
        (["summary", f'"{RUN}"'], f"did you mean '{RUN}'?"),
        (["summary", RUN.replace("/", "\\")], f"did you mean '{RUN}'?"),
        (["summary", RUN, "--by", "run", "task"], "several keys are one word, with commas"),
        (["summary", "nosuch"], "there is no 'nosuch'\n  there are: 'configs',"),
        (["summary", RUN, "--output", "x.html"], "'x.html': .html is not written; end it in .json"),
    ],
)
def test_a_mistake_says_what_to_type(usagectl, words, said):
    done = usagectl(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    message = done.stderr.decode()
    assert message.startswith("usagectl: ")
    assert said in message


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--where", "model=foo"], 3, "model=foo leaves none, there are lmstudio-qwen9b, qwen3.5"),
        (
            ["--where", "task=Expand"],
            3,
            "task=Expand leaves none, there are CandidateScenariosTask",
        ),
        (["--since", "2030-01-01"], 3, "the calls are from 2026-04-11 09:12:39 to 2026-04-11 09"),
        (
            ["--where", "task=ExpandPlanTask", "--where", "status=failed"],
            3,
            "each leaves some, but none meets all",
        ),
    ],
)
@pytest.mark.parametrize("command", [["summary"], ["errors"], ["prices", "check"]])
def test_filters_that_leave_nothing_say_what_there_is(usagectl, command, words, code, said):
    done = usagectl(*command, RUN, *words)
    assert done.returncode == code
    assert f"no call meets the filters: {said}" in done.stderr.decode()


def test_a_part_of_a_name_is_written_with_stars(usagectl):
    done = usagectl("summary", RUN, "--where", "task=Expand")
    assert b"(a part is written with stars, as in task=*Expand*)" in done.stderr


def test_a_comparison_and_an_export_without_calls_say_the_same(usagectl, tmp_path):
    where = ("--where", "model=foo")
    done = usagectl("diff", RUN, OTHER, *where)
    assert done.returncode == 3
    assert "qwen9b has no calls: no call meets the filters: model=foo" in done.stderr.decode()
    done = usagectl("export", RUN, *where, "--output", tmp_path / "x.csv")
    assert (done.returncode, (tmp_path / "x.csv").exists()) == (3, False)


@pytest.mark.parametrize("group", ["prices", "baseline"])
def test_a_group_alone_shows_its_commands(usagectl, group):
    done = usagectl(group)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\nCommands:\n" in done.stdout.decode()


def test_regress_with_one_side_says_what_the_other_would_be(usagectl):
    done = usagectl("regress", RUN)
    assert done.returncode == 3
    assert f"{RUN} is one side, and for the other usagectl.yaml does not" in done.stderr.decode()
    assert done.stderr.decode().endswith(f"  usagectl regress {RUN} RUN\n")


@pytest.mark.parametrize(
    "words",
    [
        ["summary", RUN],
        ["diff", RUN, OTHER],
        ["regress", OTHER, RUN, "-t", "cost<=$2", "-t", "9x"],
        ["runs", "fixtures/runs"],
        ["doctor", RUN],
        ["errors", RUN],
        ["errors", "classify", "HTTP 429"],
        ["prices", "check", RUN],
        ["prices", "list", "gpt-5"],
        ["prices", "explain", "gpt-5"],
    ],
)
def test_json_is_short_for_its_format(usagectl, words):
    short, long = usagectl(*words, "--json"), usagectl(*words, "--format", "json")
    assert (short.returncode, short.stdout) == (long.returncode, long.stdout)
    json.loads(short.stdout)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.json", "json"),
        ("x.JSON", "json"),
        ("x.ndjson", "ndjson"),
        ("x.jsonl", "ndjson"),
        ("x.csv", "csv"),
        ("x.md", "md"),
        ("x.txt", "text"),
        ("x", "text"),
    ],
)
def test_the_name_of_a_file_says_the_format(usagectl, tmp_path, name, form):
    assert usagectl("summary", RUN, "--output", tmp_path / name).returncode == 0
    assert (tmp_path / name).read_bytes() == usagectl("summary", RUN, "--format", form).stdout


def test_a_format_that_is_named_counts(usagectl, tmp_path):
    usagectl("doctor", RUN, "--output", tmp_path / "x.md", "--format", "json")
    assert json.loads((tmp_path / "x.md").read_text())["schema"].startswith("usagectl.doctor/")


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (["--sort", "cost"], ["--sort", "cost_usd"]),
        (["--sort", "Input"], ["--sort", "input_tokens"]),
        (["--sort", "failures"], ["--sort", "failed"]),
        (["--group-by", "model"], ["--by", "model"]),
        (["--by", "MODEL"], ["--by", "model"]),
        (["--format", "MD"], ["--format", "markdown"]),
    ],
)
def test_what_users_type_is_understood(usagectl, short, long):
    assert usagectl("summary", RUN, *short).stdout == usagectl("summary", RUN, *long).stdout


def test_metrics_have_the_same_names_in_gates_and_in_diff(usagectl):
    for alias, name in (("tokens", "total_tokens"), ("time", "duration_seconds")):
        asked = [usagectl("diff", RUN, OTHER, "--metric", each).stdout for each in (alias, name)]
        assert asked[0] == asked[1]
        gates = [usagectl("regress", RUN, OTHER, "-t", f"{each}=2x") for each in (alias, name)]
        assert gates[0].returncode == gates[1].returncode == 1


def test_a_home_directory_behind_a_label_is_found(usagectl):
    done = usagectl("summary", f"mine=~/{RUN}", "--by", "run", HOME=str(ROOT))
    assert done.returncode == 0
    assert "mine" in done.stdout.decode()
