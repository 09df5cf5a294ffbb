"""YAML and JSON files that users write, as values that know where they stand.

Every complaint about such a file names the file, the line and the key. Only plain data is read:
no tag makes an object, and aliases cannot blow a small file up.
"""

import datetime as dt
import json
import math
import os
import re
from collections.abc import Sequence
from typing import Any

from usagectl import json_lines
from usagectl.exceptions import WrongUsageError
from usagectl.json_lines import Steps
from usagectl.nearest import nearest

MAX_YAML_BYTES = 2_000_000
MAX_JSON_BYTES = 16_000_000
_MAX_NODES = 400_000
_MAX_DEPTH = 40
_MOST = 10**12
"""No price, factor or count of tokens is larger."""
_POWER = re.compile(r"[-+]?[\d.]+[eE][-+]?\d+")
"""What YAML takes for text, although it looks like a number."""
_TAG = "tag:yaml.org,2002:"


class Node:
    """A value of a document, where it stands, and how it is asked for.

    `value` is text, a number, a truth value, a date, None, a list of nodes or a dict of nodes.
    Each method returns what its name says and raises WrongUsageError, with file, line and key,
    where the value is something else.
    """

    __slots__ = ("file", "line", "steps", "value")

    def __init__(self, value: Any, file: str, line: int, steps: Steps = ()) -> None:
        self.value = value
        self.file = file
        self.line = line
        self.steps = steps

    @property
    def key(self) -> str:
        """The way to this value from the root, such as `models[3].from`."""
        parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return "".join(parts).removeprefix(".")

    def wrong(self, message: str) -> WrongUsageError:
        """The exception that refuses the document because of this value."""
        line = self.line or json_lines.line_of(self.file, self.steps)
        place = f"{self.file}:{line}" if line else self.file
        return WrongUsageError(f"{place}: {f'{self.key}: ' if self.key else ''}{message}")

    @property
    def folder(self) -> str:
        """The directory of the document: relative paths in it start there."""
        return os.path.dirname(os.path.abspath(self.file))

    def plain(self) -> Any:
        """The value as lists and dicts without places."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def mapping(self, known: Sequence[str] | None = None) -> "dict[str, Node]":
        """Keys with values; where `known` is given, no other keys."""
        if not isinstance(self.value, dict):
            raise self.wrong(f"expected keys with values, found {self._shown()}")
        if known is not None:
            for name, node in self.value.items():
                if name not in known:
                    raise node.wrong(f"no key {name!r}{nearest(name, known)}")
        return self.value

    def items(self) -> "list[Node]":
        """A list."""
        if not isinstance(self.value, list):
            raise self.wrong(f"expected a list, found {self._shown()}")
        return self.value

    def text(self) -> str:
        """Text that is not empty, or a number as text."""
        if self.value is None or self.value == "" or isinstance(self.value, (list, dict, bool)):
            raise self.wrong(f"expected text, found {self._shown()}")
        return str(self.value)

    def texts(self) -> list[str]:
        """A list of texts, or one text."""
        several = isinstance(self.value, list)
        return [node.text() for node in self.value] if several else [self.text()]

    def number(self, least: float = -math.inf) -> int | float:
        """A number that is not below `least`."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            hint = "; write it out, or as 1.0e-6" if _POWER.fullmatch(str(value)) else ""
            raise self.wrong(f"expected a number, found {self._shown()}{hint}")
        if not abs(value) <= _MOST or value < least:
            limit = f" from {least:g} on" if math.isfinite(least) else ""
            raise self.wrong(f"expected a number{limit}, found {self._shown()}")
        return value

    def whole(self, least: int) -> int:
        """A whole number that is not below `least`."""
        value = self.number(least)
        if value != int(value):
            raise self.wrong(f"expected a whole number, found {self._shown()}")
        return int(value)

    def truth(self) -> bool:
        """True or false."""
        if not isinstance(self.value, bool):
            raise self.wrong(f"expected true or false, found {self._shown()}")
        return self.value

    def date(self) -> dt.date:
        """A date, such as 2026-03-20."""
        try:
            if isinstance(self.value, str):
                return dt.date.fromisoformat(self.value)
        except ValueError:
            pass
        raise self.wrong(f"expected a date such as 2026-03-20, found {self._shown()}")

    def one_of(self, names: Sequence[str]) -> str:
        """One of some names."""
        name = self.text()
        if name not in names:
            raise self.wrong(f"no {name!r}{nearest(name, names)}")
        return name

    def _shown(self) -> str:
        if isinstance(self.value, dict):
            return "keys with values"
        if isinstance(self.value, list):
            return "a list"
        return "nothing" if self.value is None else repr(self.value)


def read(path: str | os.PathLike[str]) -> Node:
    """Read a file that ends in `.json` as JSON, any other as YAML.

    Raises:
        WrongUsageError: It cannot be read, is too large, or is not what it should be.
    """
    file = os.fspath(path)
    as_json = file.lower().endswith(".json")
    limit = MAX_JSON_BYTES if as_json else MAX_YAML_BYTES
    try:
        with open(file, "rb") as opened:
            data = opened.read(limit + 1)
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
    return _from_json(text, file) if as_json else _from_yaml(text, file)


def from_text(text: str, file: str) -> Node:
    """Read YAML from memory, as if it stood in a file.

    Raises:
        WrongUsageError: It is not what it should be.
    """
    return _from_yaml(text, file)


def _from_json(text: str, file: str) -> Node:
    try:
        value = json.loads(text, object_pairs_hook=_one_of_each)
        return _JsonWalk(file).node(value, ())
    except _TwiceError as error:
        raise WrongUsageError(f"{file}: {error.args[0]!r} stands here a second time") from None
    except json.JSONDecodeError as error:
        raise WrongUsageError(f"{file}:{error.lineno}: not readable as JSON: {error.msg}") from None
    except (RecursionError, ValueError):
        raise WrongUsageError(
            f"{file}: not readable as JSON: nested too deeply, or a number too long"
        ) from None


def _one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _TwiceError(next(name for name in names if names.count(name) > 1))
    return found


class _TwiceError(Exception):
    """A key that stands twice in an object of JSON."""


class _JsonWalk:
    """Nodes without lines: where a value stands is looked for when it is complained of."""

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
        elif isinstance(value, list):
            value = [self.node(part, (*steps, i)) for i, part in enumerate(value)]
        return Node(value, self.file, 0, steps)


def _from_yaml(text: str, file: str) -> Node:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
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
