"""What agents keep at home is found by their names, and by the variables that name other places."""

import json
import shutil

import pytest
from conftest import FIXTURES

from usagectl import load as usagectl_load

PLACES = {
    "claude-code": (".claude/projects", "claude_code/projects", 7),
    "codex": (".codex", "codex/sessions", 6),
    "gemini-cli": (".gemini", "gemini_cli/chats", 4),
    "opencode": (".local/share/opencode", "opencode/storage", 4),
    "llm": (".config/io.datasette.llm", "llm/database", 3),
}


def calls(done):
    return json.loads(done.stdout)["totals"]["calls"]


@pytest.mark.parametrize("name", PLACES)
def test_it_is_found_at_home(name, tmp_path, usagectl):
    place, fixture, expected = PLACES[name]
    shutil.copytree(FIXTURES / fixture / "run", tmp_path / place)
    done = usagectl("summary", name, "--format", "json", HOME=str(tmp_path), XDG_DATA_HOME="")
    assert calls(done) == expected, done.stderr
    shown = usagectl("summary", name, "--by", "day,model,project", "--since", "2020-01-01",
                     HOME=str(tmp_path), XDG_DATA_HOME="")  # fmt: skip
    assert "By day " in shown.stdout.decode()


@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("claude-code", "CLAUDE_CONFIG_DIR"),
        ("codex", "CODEX_HOME"),
        ("opencode", "OPENCODE_DATA_DIR"),
        ("llm", "LLM_USER_PATH"),
    ],
)
def test_a_variable_names_another_place(name, variable, tmp_path, usagectl):
    _, fixture, expected = PLACES[name]
    other = tmp_path / "other"
    inside = "projects" if name == "claude-code" else "."
    shutil.copytree(FIXTURES / fixture / "run", other / inside, dirs_exist_ok=True)
    env = {"HOME": str(tmp_path), variable: str(other)}
    assert calls(usagectl("summary", name, "--format", "json", **env)) == expected


def test_nothing_at_home_says_where_it_would_be(tmp_path, usagectl):
    done = usagectl("summary", "codex", HOME=str(tmp_path))
    text = done.stderr.decode()
    assert done.returncode == 2
    assert f"{tmp_path}/.codex/sessions" in text
    assert "CODEX_HOME" in text


def test_a_path_of_that_name_comes_first(tmp_path, monkeypatch):
    shutil.copytree(FIXTURES / "runs/qwen9b", tmp_path / "codex")
    monkeypatch.chdir(tmp_path)
    usage = usagectl_load("codex", timezone="UTC")
    assert usage.calls.collect().height == 63
