import os

import pytest

from usagectl.config.settings import Config
from usagectl.inputs import discovery
from usagectl.inputs.operands import Names
from usagectl.model.exceptions import WrongUsageError


def write(path, text="x\n"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def find(texts):
    names = Names(Config(), lambda paths: paths)
    return discovery.find([run for text in texts for run in names.named(text)])


def test_directories_are_walked_in_order(tmp_path):
    for name in ("b/2.jsonl", "a/deep/1.jsonl", "0.jsonl"):
        write(tmp_path / name)
    found = find([str(tmp_path)])
    assert [(file.folder, file.name) for file in found.files] == [
        ("", "0.jsonl"),
        ("a/deep", "1.jsonl"),
        ("b", "2.jsonl"),
    ]
    assert found.runs == (tmp_path.name,)


def test_labels_are_the_shortest_ends_that_differ(tmp_path):
    for name in ("x/run/f", "y/run/f", "z/other/f"):
        write(tmp_path / name)
    names = [str(tmp_path / name) for name in ("x/run", "y/run", "z/other")]
    assert find(names).runs == ("x/run", "y/run", "other")
    assert find([names[0], names[0]]).runs[1].endswith("#2")
    assert find([f"mine={names[0]}", names[1]]).runs == ("mine", "run")


def test_glob_is_an_operand_for_each_match_and_a_labelled_one_is_one_run(tmp_path):
    for name in ("r1/f", "r2/f"):
        write(tmp_path / name)
    assert find([str(tmp_path / "r*")]).runs == ("r1", "r2")
    found = find([f"all={tmp_path}/r*"])
    assert found.runs == ("all",)
    assert len(found.files) == 2


def test_a_path_with_an_equals_sign_is_a_path(tmp_path, monkeypatch):
    write(tmp_path / "a=b" / "f")
    monkeypatch.chdir(tmp_path)
    assert find(["a=b"]).runs == ("a=b",)


@pytest.mark.parametrize(
    ("text", "message"), [("runs/qwen9", "'runs/qwen9b'"), ("runs/no*", "matches nothing")]
)
def test_what_is_missing_names_the_nearest(tmp_path, monkeypatch, text, message):
    write(tmp_path / "runs/qwen9b/f")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WrongUsageError, match=message.replace("*", r"\*")):
        find([text])


def test_links_lead_nowhere_twice(tmp_path):
    write(tmp_path / "run/f")
    (tmp_path / "run/loop").symlink_to(tmp_path / "run")
    (tmp_path / "run/again").symlink_to(tmp_path / "run/f")
    (tmp_path / "run/gone").symlink_to(tmp_path / "nowhere")
    write(tmp_path / "elsewhere/g")
    (tmp_path / "run/out").symlink_to(tmp_path / "elsewhere")
    found = find([str(tmp_path / "run")])
    assert [file.name for file in found.files] == ["f", "g"]
    assert len(found.skipped) == 2
    assert [reject.reason for reject in found.rejects] == [
        "cannot be read: No such file or directory"
    ]


def test_pipes_and_hidden_directories_are_told(tmp_path):
    write(tmp_path / ".git/f")
    write(tmp_path / ".kept/f")
    os.mkfifo(tmp_path / "pipe")
    found = find([str(tmp_path)])
    assert found.files == []
    assert sorted(reason for _, reason in found.skipped) == [
        "hidden directory",
        "hidden directory",
        "not a regular file",
    ]
