"""YAML and JSON files that users write, as values that know where they stand.

Every complaint about such a file names the file, the line and the key. Only plain data is read:
no tag makes an object, and aliases cannot blow a small file up.
"""

import json
import os
import re
import select
import stat
from typing import Any

from usagectl.config import json_lines
from usagectl.config.json_lines import Steps
from usagectl.config.node import Node
from usagectl.model import interrupts
from usagectl.model.exceptions import WrongUsageError

MAX_YAML_BYTES = 2_000_000
MAX_JSON_BYTES = 16_000_000
_PATIENCE_MS = 5000
_MAX_NODES = 400_000
_MAX_DEPTH = 40
_CONFLICT = re.compile(r"<{7} |>{7} |={7}\r?$")
_TAG = "tag:yaml.org,2002:"


def read(path: str | os.PathLike[str]) -> Node:
    """Read a file that ends in `.json` as JSON, any other as YAML.

    Raises:
        WrongUsageError: It cannot be read, is too large, or is not what it should be.
    """
    file = os.fspath(path)
    as_json = file.lower().endswith(".json")
    limit = MAX_JSON_BYTES if as_json else MAX_YAML_BYTES
    try:
        data = _first_bytes(file, limit + 1)
    except OSError as error:
        raise WrongUsageError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > limit:
        raise WrongUsageError(
            f"{file}: larger than {limit // 1_000_000} MB: keep the entries that you need"
            + ("" if as_json else ", or write it as JSON")
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WrongUsageError(f"{file}:{line}: not UTF-8 text: {error.reason}") from None
    return from_json(text, file) if as_json else from_yaml(text, file)


def _first_bytes(file: str, size: int) -> bytes:
    """The beginning of a file; a pipe that nobody writes to is not waited for without end."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb", buffering=0) as opened:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return opened.read(size)
        interrupts.stop_waiting()
        written = select.poll()
        written.register(descriptor, select.POLLIN)
        data = b""
        while len(data) < size:
            if not written.poll(_PATIENCE_MS):
                raise OSError(0, f"nobody wrote to this pipe for {_PATIENCE_MS // 1000} s")
            block = opened.read(size - len(data))
            if block is not None:
                data += block
            if block == b"":
                break
        return data


def from_json(text: str, file: str) -> Node:
    """Read JSON from memory, as if it stood in a file.

    Raises:
        WrongUsageError: It is not what it should be.
    """
    try:
        value = json.loads(text, object_pairs_hook=_one_of_each)
        return _JsonWalk(file).node(value, ())
    except _TwiceError:
        line, key = json_lines.second_of_a_key(text)
        raise WrongUsageError(f"{file}:{line}: {key!r} stands here a second time") from None
    except json.JSONDecodeError as error:
        _refuse_conflict(text, file)
        raise WrongUsageError(f"{file}:{error.lineno}: not readable as JSON: {error.msg}") from None
    except (RecursionError, ValueError):
        raise WrongUsageError(
            f"{file}: not readable as JSON: nested too deeply, or a number too long"
        ) from None


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError
    return found


def _refuse_conflict(text: str, file: str) -> None:
    for number, line in enumerate(text.split("\n"), 1):
        if _CONFLICT.match(line):
            raise WrongUsageError(
                f"{file}:{number}: holds the marks of a merge conflict: settle it, or write the"
                " file anew"
            )


class _TwiceError(Exception):
    """A key that stands twice in an object of JSON."""


class _JsonWalk:
    """Nodes without lines: where a value stands is looked for when it is complained of.

    A list of numbers is one node: there are many of them in a baseline.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.left = _MAX_NODES

    def node(self, value: Any, steps: Steps) -> Node:
        self.left -= 1
        if self.left < 0 or len(steps) > _MAX_DEPTH:
            raise WrongUsageError(
                f"{self.file}: too large or nested too deeply: keep the entries that you need"
            )
        if isinstance(value, dict):
            value = {name: self.node(part, (*steps, name)) for name, part in value.items()}
        elif isinstance(value, list) and not all(type(part) in (int, float) for part in value):
            value = [self.node(part, (*steps, i)) for i, part in enumerate(value)]
        return Node(value, self.file, 0, steps)


def from_yaml(text: str, file: str) -> Node:
    """Read YAML from memory, as if it stood in a file.

    Raises:
        WrongUsageError: It is not what it should be.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        _refuse_conflict(text, file)
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = " ".join(str(error.problem or error.context).split())
        raise WrongUsageError(f"{file}:{line}: not readable as YAML: {problem}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        problem = " ".join(str(error).split())
        raise WrongUsageError(f"{file}: not readable as YAML: {problem}") from None
    if root is None:
        return Node(None, file, 1)
    return _Walk(file).node(root, ())


class _Walk:
    """From YAML's nodes to ours; it counts, since aliases can make one node a million."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.left = _MAX_NODES

    def node(self, yaml_node: Any, steps: Steps) -> Node:
        import yaml

        line = yaml_node.start_mark.line + 1
        here = Node(None, self.file, line, steps)
        self.left -= 1
        if self.left < 0 or len(steps) > _MAX_DEPTH:
            raise here.wrong("too large or nested too deeply, perhaps by its aliases")
        if isinstance(yaml_node, yaml.ScalarNode):
            here.value = _scalar(yaml_node, here)
        elif isinstance(yaml_node, yaml.SequenceNode):
            here.value = [
                self.node(part, (*steps, i)) for i, part in enumerate(_plain(yaml_node, here).value)
            ]
        else:
            here.value = self._keys(_plain(yaml_node, here), steps)
        return here

    def _keys(self, yaml_node: Any, steps: Steps) -> dict[str, Node]:
        import yaml

        found: dict[str, Node] = {}
        for name, part in yaml_node.value:
            at = Node(None, self.file, name.start_mark.line + 1, steps)
            if not isinstance(name, yaml.ScalarNode):
                raise at.wrong("a key must be text")
            if name.tag == f"{_TAG}merge":
                raise at.wrong("merge keys (<<) are not read: write the keys out")
            if name.value in found:
                raise at.wrong(f"{name.value!r} stands here a second time")
            node = self.node(part, (*steps, name.value))
            if not isinstance(part, yaml.CollectionNode):
                node.line = at.line
            found[name.value] = node
        return found


def _plain(yaml_node: Any, here: Node) -> Any:
    if yaml_node.tag not in (f"{_TAG}map", f"{_TAG}seq"):
        raise here.wrong(
            f"only plain values are read, not the tag {yaml_node.tag.removeprefix(_TAG)!r}"
        )
    return yaml_node


def _scalar(yaml_node: Any, here: Node) -> Any:
    kind, text = yaml_node.tag.removeprefix(_TAG), yaml_node.value
    if kind in ("str", "timestamp"):
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0)
        if kind == "float":
            return float(text.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text
    raise here.wrong(f"only plain values are read, not the tag {kind!r}")
