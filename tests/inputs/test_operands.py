"""What a user may call a run, and what is said where nothing or too much has that name."""

import pytest

from usagectl.config.settings import Config, find_config
from usagectl.inputs.operands import Named, Names, runs_below, split_label
from usagectl.model.exceptions import WrongUsageError


@pytest.fixture(name="names")
def _names(tmp_path, monkeypatch):
    """Runs `results/{first,second,nested/third}`, of which the last by name is the newest."""
    for name in ("first", "second", "nested/third"):
        (tmp_path / "results" / name / "deep").mkdir(parents=True)
        (tmp_path / "results" / name / "usage_metrics.jsonl").touch()
        (tmp_path / "results" / name / "deep" / "usage_metrics.jsonl").touch()
    (tmp_path / "results" / "README.md").touch()
    (tmp_path / "results" / ".git" / "f").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    aliases = {
        "old": "first",
        "part": "second@model=*a*",
        "loop": "loop",
        "zzz": "old",
        "here": "there",
        "there": "here",
    }
    config = Config(runs="results", aliases=aliases)
    return Names(config, lambda paths: sorted(paths, reverse=True))


def named(names, text):
    return list(names.named(text))


def test_runs_are_the_directories_that_hold_files(names):
    assert runs_below("results") == ["first", "nested/third", "second"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("results/first", Named(None, ("results/first",))),
        ("first", Named(None, ("results/first",))),
        ("nested/third", Named(None, ("results/nested/third",))),
        ("nested", Named(None, ("results/nested",))),
        ("thi", Named(None, ("results/nested/third",))),
        ("old", Named("old", ("results/first",))),
        ("zzz", Named("zzz", ("results/first",))),
        ("new=old", Named("new", ("results/first",))),
        ("latest", Named(None, ("results/second",))),
        ("latest~2", Named(None, ("results/first",))),
        ("first@model=*x*", Named(None, ("results/first",), ("model=*x*",))),
        ("a=first@model!=x@task=y", Named("a", ("results/first",), ("model!=x", "task=y"))),
        ("part@task=b", Named("part", ("results/second",), ("model=*a*", "task=b"))),
        ("all=results/*/*.jsonl", Named("all", tuple(f"results/{name}/usage_metrics.jsonl" for name in ("first", "second")))),
        ("-", Named(None, ("-",))),
    ],
)  # fmt: skip
def test_names(names, text, expected):
    assert named(names, text) == [expected]


def test_a_path_that_holds_an_at_is_a_path(names, tmp_path):
    (tmp_path / "run@model=x").mkdir()
    assert named(names, "run@model=x") == [Named(None, ("run@model=x",))]
    assert split_label("run@model=x") == (None, "run@model=x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("secnd", "there is no 'secnd'; the nearest: 'second'"),
        ("odl", "there is no 'odl'; the nearest: 'old'"),
        ("s@model=x", None),
        ("latest~3", "there is no 'latest~3': below 'results' are 3 runs with calls"),
        ("loop", "there is no 'loop'"),
        ("here", "there is no 'here'"),
        ("nothing*", "'nothing*' matches nothing; quote a glob only if it is one"),
    ],
)
def test_wrong_names_say_what_there_is(names, text, message):
    if message is None:
        assert named(names, text)[0].paths == ("results/second",)
        return
    with pytest.raises(WrongUsageError) as found:
        named(names, text)
    assert str(found.value) == message


def test_a_beginning_of_two_runs_lists_them(names, tmp_path):
    (tmp_path / "results" / "fish" / "f").mkdir(parents=True)
    (tmp_path / "results" / "fish" / "usage_metrics.jsonl").touch()
    with pytest.raises(WrongUsageError, match="beginning of 2 runs: 'first', 'fish'"):
        named(names, "fi")


def test_latest_needs_to_know_where_the_runs_are():
    with pytest.raises(WrongUsageError, match=r"say in usagectl\.yaml where the runs are"):
        list(Names(Config(), lambda paths: paths).named("latest"))


def test_a_root_that_is_not_there():
    with pytest.raises(WrongUsageError, match="below 'nowhere' cannot be listed: No such file"):
        list(Names(Config(runs="nowhere"), lambda paths: paths).named("x"))


def test_names_below_the_root_may_look_like_labels_and_parts(names, tmp_path):
    for name in ("lr=0.1", "a@model=b", "nested/third-2"):
        (tmp_path / "results" / name).mkdir()
        (tmp_path / "results" / name / "usage_metrics.jsonl").touch()
    assert named(names, "lr=0.1") == [Named(None, ("results/lr=0.1",))]
    assert named(names, "base=lr=0.1") == [Named("base", ("results/lr=0.1",))]
    assert named(names, "a@model=b") == [Named(None, ("results/a@model=b",))]
    # A whole name is not the beginning of another.
    assert named(names, "third") == [Named(None, ("results/nested/third",))]


def test_an_empty_name_is_not_the_root(names):
    with pytest.raises(WrongUsageError, match="empty name"):
        named(names, "")


def test_an_alias_is_beside_its_file(tmp_path, monkeypatch):
    (tmp_path / "results" / "a").mkdir(parents=True)
    (tmp_path / "below").mkdir()
    aliases = "aliases: {part: 'results/a@model=*x*', label: L=results/a, other: a@model=x}"
    (tmp_path / "usagectl.yaml").write_text(aliases)
    monkeypatch.chdir(tmp_path / "below")
    assert find_config().aliases == {
        "part": f"{tmp_path}/results/a@model=*x*",
        "label": f"L={tmp_path}/results/a",
        "other": "a@model=x",
    }
