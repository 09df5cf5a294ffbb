"""`usagectl.yaml`, and where the files that users may read and copy are kept."""

import glob
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from usagectl.config.document import read
from usagectl.config.gate import Gate, GateSyntaxError
from usagectl.config.gate_grammar import parse
from usagectl.config.node import Node
from usagectl.model.urls import is_url, why_wrong

FILE_NAME = "usagectl.yaml"
_DEFAULTS = "defaults"
# A label, a path, the conditions of a part.
_PIECES = re.compile(r"([^/@=]+=)?(.+?)((?:@\w+!?=.*)?)", re.DOTALL)


class Config(NamedTuple):
    """What `usagectl.yaml` says.

    `timezone`: the zone of timestamps without an offset. `prices`: paths of price tables, the
    first that knows a model decides. `failures`: paths of rules about failures, which come before
    those that usagectl has. `runs`: the directory or URL below which runs are named. `aliases`:
    operands by the names that the user gave them. `baseline`: what runs are held against. `gates`:
    what a run must not exceed. `maps`: the file, and the place in it, of maps for files that no
    reader knows. `defaults:` of the file are the command line's own matter.
    """

    timezone: str | None = None
    prices: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    runs: str | None = None
    aliases: Mapping[str, str] = MappingProxyType({})
    baseline: str | None = None
    gates: tuple[Gate, ...] = ()
    maps: tuple[tuple[str, int], ...] = ()


def configs_directory() -> Path:
    """The directory `configs/`: inside an installed package, else beside it in the checkout."""
    package = Path(__file__).parent.parent
    for folder in (package / "configs", package.parent / "configs"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("usagectl was installed without its configs directory")


def find_config(start: Path | None = None) -> Config:
    """Read the nearest `usagectl.yaml`, from the working directory upwards.

    Raises:
        WrongUsageError: The file is no YAML, or has a key or a value that means nothing.
    """
    path = find_file(FILE_NAME, start)
    return Config() if path is None else _config(read(path))


def find_file(name: str, start: Path | None = None) -> str | None:
    """The nearest file of a name, from the working directory upwards."""
    try:
        folder = os.path.abspath(start or os.curdir)
    except FileNotFoundError:
        # The working directory is gone, and so is whatever was above it.
        return None
    while True:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _config(root: Node) -> Config:
    if root.value is None:
        return Config()
    nodes = {
        name: node
        for name, node in root.mapping((*Config._fields, _DEFAULTS)).items()
        if node.value not in (None, "")
    }
    return Config(
        timezone=nodes["timezone"].text() if "timezone" in nodes else None,
        prices=_paths(nodes.get("prices")),
        failures=_paths(nodes.get("failures")),
        runs=_root(nodes["runs"]) if "runs" in nodes else None,
        aliases=_aliases(nodes["aliases"]) if "aliases" in nodes else {},
        baseline=_operand(nodes["baseline"].text(), nodes["baseline"].folder)
        if "baseline" in nodes
        else None,
        gates=_gates(nodes["gates"]) if "gates" in nodes else (),
        maps=_maps(nodes["maps"]) if "maps" in nodes else (),
    )


def _paths(node: Node | None) -> tuple[str, ...]:
    """Paths, which are relative to the directory of the file that names them."""
    return tuple(os.path.join(node.folder, text) for text in node.texts()) if node else ()


def _root(node: Node) -> str:
    text = node.text()
    if is_url(text):
        if reason := why_wrong(text):
            raise node.wrong(reason)
        return text.rstrip("/")
    # As short as it can be said from here, since it is shown.
    return _from_here(os.path.join(node.folder, text))


def _aliases(node: Node) -> dict[str, str]:
    """Operands; what is a path or a glob beside the file is one from here."""
    return {name: _operand(alias.text(), node.folder) for name, alias in node.mapping().items()}


def _operand(text: str, folder: str) -> str:
    whole = ("", text, "")
    pieces = _PIECES.fullmatch(text)
    for label, path, part in (whole, pieces.groups("") if pieces else whole):
        beside = os.path.join(folder, path)
        if os.path.lexists(beside) or glob.glob(os.path.join(glob.escape(folder), path)):
            return f"{label}{_from_here(beside)}{part}"
    return text


def _gates(node: Node) -> tuple[Gate, ...]:
    found = []
    for part in node.items() if isinstance(node.value, list) else [node]:
        try:
            found.append(parse(part.text()))
        except GateSyntaxError as error:
            wrong = part.wrong(str(error))
            wrong.excerpt = error.excerpt
            raise wrong from None
    return tuple(found)


def _maps(node: Node) -> tuple[tuple[str, int], ...]:
    """The file and the place of each map, which whoever knows columns reads."""
    for entry in node.items():
        if "files" not in entry.mapping():
            raise entry.wrong("a map in this file needs `files:`, a glob of what it is for")
    return tuple((node.file, number) for number in range(len(node.items())))


def _from_here(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
