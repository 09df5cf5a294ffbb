"""Where agents keep their sessions on this machine, by the names of their formats.

Source: the documentation of each; where a variable of the environment names another place, that is
the place.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from usagectl.model.exceptions import WrongUsageError


class _Home(NamedTuple):
    """The directories that may hold an agent's files, and the variables that name others."""

    places: Callable[[], Iterator[str]]
    variables: tuple[str, ...]


def _given(variable: str) -> list[str]:
    """The paths of a variable, with commas between them."""
    paths = os.environ.get(variable, "").split(",")
    return [os.path.expanduser(path.strip()) for path in paths if path.strip()]


def _home(*parts: str) -> str:
    return os.path.join(os.path.expanduser("~"), *parts)


def _claude_code() -> Iterator[str]:
    for root in _given("CLAUDE_CONFIG_DIR") or [_home(".config", "claude"), _home(".claude")]:
        inside = os.path.join(root, "projects")
        yield inside if os.path.basename(root) != "projects" else root


def _codex() -> Iterator[str]:
    for root in _given("CODEX_HOME") or [_home(".codex")]:
        yield os.path.join(root, "sessions")
        yield os.path.join(root, "archived_sessions")


def _gemini_cli() -> Iterator[str]:
    for root in _given("GEMINI_CLI_HOME") or [_home()]:
        yield os.path.join(root, ".gemini", "tmp")


def _opencode() -> Iterator[str]:
    data = os.environ.get("XDG_DATA_HOME") or _home(".local", "share")
    for root in _given("OPENCODE_DATA_DIR") or [os.path.join(data, "opencode")]:
        yield os.path.join(root, "opencode.db")
        yield os.path.join(root, "storage", "message")


def _llm() -> Iterator[str]:
    for root in _given("LLM_USER_PATH") or [_settings("io.datasette.llm")]:
        yield os.path.join(root, "logs.db")


def _copilot_cli() -> Iterator[str]:
    for root in _given("COPILOT_HOME") or [_home(".copilot")]:
        yield os.path.join(root, "session-state")
        yield os.path.join(root, "otel")


def _kimi() -> Iterator[str]:
    for root in _given("KIMI_SHARE_DIR") or [_home(".kimi")]:
        yield os.path.join(root, "sessions")


def _settings(name: str) -> str:
    """The directory that a system has for the settings of a program."""
    if sys.platform == "darwin":
        return _home("Library", "Application Support", name)
    if sys.platform == "win32":
        return os.path.join(os.environ.get("APPDATA") or _home(), name)
    return os.path.join(os.environ.get("XDG_CONFIG_HOME") or _home(".config"), name)


HOMES: Mapping[str, _Home] = {
    "claude-code": _Home(_claude_code, ("CLAUDE_CONFIG_DIR",)),
    "codex": _Home(_codex, ("CODEX_HOME",)),
    "gemini-cli": _Home(_gemini_cli, ("GEMINI_CLI_HOME",)),
    "opencode": _Home(_opencode, ("OPENCODE_DATA_DIR", "XDG_DATA_HOME")),
    "llm": _Home(_llm, ("LLM_USER_PATH",)),
    "copilot-cli": _Home(_copilot_cli, ("COPILOT_HOME",)),
    "kimi": _Home(_kimi, ("KIMI_SHARE_DIR",)),
}
"""The names that stand for what an agent keeps at home."""


def at_home(name: str) -> tuple[str, ...]:
    """The files and directories in which an agent keeps its sessions.

    Raises:
        WrongUsageError: There are none; the message says where they would be.
    """
    home = HOMES[name]
    places = list(home.places())
    there = [place for place in places if os.path.exists(place)]
    if there:
        return tuple(there)
    variables = " or ".join(home.variables)
    raise WrongUsageError(
        f"{name}: nothing at {' or '.join(places)}; {variables} names another place"
    )
