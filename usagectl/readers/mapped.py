"""Anything else: a user's map says where the records of a file have the fields of a call.

A map is YAML (`columns:` and a few more keys, see docs/maps.md). It reads JSON, JSON lines, CSV and
Parquet. A format that is made of one is named `map:FILE#PLACE:DIGEST`, by which another process
makes it again.
"""

import fnmatch
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.config import document
from usagectl.config.node import Node
from usagectl.inputs.file import SourceFile
from usagectl.model.columns import GRANULARITIES, STATUSES
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.wording import nearest
from usagectl.readers.core.calibration import WORDS, Counting
from usagectl.readers.core.call_records import FIELDS, OTHER, call_format
from usagectl.readers.core.format import MAP, About, Format
from usagectl.readers.core.picking import COSTS, DURATIONS, TIMES, Labels, Pick, objects, value_at
from usagectl.readers.core.raw_records import raw_records
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.units import PER_SECOND, PER_USD, Unit
from usagectl.readers.core.usual_names import status_of

_MAPPED = "mapped records"

_KEYS = ("name", "files", "records", "where", "counting", "columns", "tags")
_ROW = ("path", "unit", "when", "value", "values")
_NOT_MAPPED = {"role", "replay", "tags", "counting", "span", "parent", "trace"}
_COLUMNS = tuple(name for name in FIELDS if name not in _NOT_MAPPED)
_WORDS = {"status": STATUSES, "granularity": GRANULARITIES}


class Place(NamedTuple):
    """Where a map stands: a file, and which entry of its `maps:` where it has several."""

    file: str
    entry: int | None = None

    def node(self) -> Node:
        """The map.

        Raises:
            WrongUsageError: There is none.
        """
        root = document.read(self.file)
        if self.entry is None:
            return root
        return root.mapping()["maps"].items()[self.entry]


class Map(NamedTuple):
    """A map: which files it is for, and the format that it makes of them."""

    files: str | None
    folder: str
    format: Format

    def claimed(self, file: SourceFile) -> Format:
        """The format of a file that it is for."""
        file.head()
        file.part = _MAPPED
        return self.format

    def is_for(self, path: str) -> bool:
        """Whether the glob of its files matches a path, from the map's own directory."""
        if self.files is None:
            return False
        relative = os.path.relpath(os.path.abspath(path), self.folder)
        return any(
            fnmatch.fnmatchcase(name, self.files)
            for name in (relative, relative.replace(os.sep, "/"), os.path.basename(path))
        )


def map_at(place: Place) -> Map:
    """Read a map.

    Raises:
        WrongUsageError: It cannot be read, or says what means nothing; the message has its line.
    """
    node = place.node()
    spec = _Spec(node)
    told = repr(node.plain()).encode()
    key = f"{MAP}{os.path.abspath(place.file)}#{'' if place.entry is None else place.entry}"
    key = f"{key}:{hashlib.sha256(told).hexdigest()[:12]}"
    name = spec.name or os.path.splitext(os.path.basename(place.file))[0]
    made = call_format(
        name,
        About("files that a user's map is for", "what the map says", "what it does not"),
        lambda _: {},
        spec.find,
        spec.counting,
        special=f"as the map {place.file} says",
        key=key,
    )
    return Map(spec.files, node.folder, made)


def format_of(key: str) -> Format:
    """The format of a key.

    Raises:
        NoAnswerError: The map is not what it was.
    """
    file, _, rest = key.removeprefix(MAP).rpartition("#")
    entry = rest.partition(":")[0]
    found = map_at(Place(file, int(entry) if entry else None)).format
    if found.key != key:
        raise NoAnswerError(f"{file}: the map has changed meanwhile")
    return found


class _Row:
    """A column of a map: where it is found, or what it always is, and on which condition."""

    def __init__(self, column: str, node: Node) -> None:
        self.column = column
        parts: Mapping[str, Node] = {"path": node}
        if isinstance(node.value, dict):
            parts = node.mapping(_ROW)
        self._when = _conditions(parts["when"]) if "when" in parts else _always
        self._values = (
            {_said(name): one.value for name, one in parts["values"].mapping().items()}
            if "values" in parts
            else None
        )
        self._constant = parts["value"].value if "value" in parts else None
        if ("path" in parts) == ("value" in parts):
            raise node.wrong(f"{column}: expected a path, or a value that it always has")
        words = _WORDS.get(column)
        for one in (self._constant, *(self._values or {}).values()):
            if words and one is not None and one not in words:
                raise node.wrong(f"{column} is never {one!r}{nearest(str(one), words)}")
        paths = parts["path"].texts() if "path" in parts else ()
        unit = _unit(column, parts["unit"]) if "unit" in parts else _usual_unit(column)
        self._pick = Pick(column, *paths, unit=unit)

    def value(self, record: Mapping[str, Any]) -> Any:
        """What a record has for it; null where the condition is not met."""
        if not self._when(record):
            return None
        if self._constant is not None:
            return self._constant
        found = self._pick.value(record)
        if self._values is not None and (told := self._values.get(_said(found))) is not None:
            return told
        if self.column == "status" and found is not None:
            return found if found in STATUSES else status_of({"status": found}) or "ok"
        return found if self._values is None else None


def _said(value: Any) -> str:
    """A value as a map writes it: `true` and `1` are words there."""
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def _always(record: Mapping[str, Any]) -> bool:
    del record
    return True


def _conditions(node: Node) -> Callable[[Mapping[str, Any]], bool]:
    """Globs that the values of some paths must match; `-` is for what is not there."""
    wanted = {
        name: [
            _said(each.value) for each in (one.items() if isinstance(one.value, list) else [one])
        ]
        for name, one in node.mapping().items()
    }

    def meets(record: Mapping[str, Any]) -> bool:
        for path, globs in wanted.items():
            found = value_at(record, path)
            text = "-" if found is None else _said(found)
            if not any(fnmatch.fnmatchcase(text, glob) for glob in globs):
                return False
        return True

    return meets


def _unit(column: str, node: Node) -> Unit:
    allowed: Sequence[Unit] = ()
    if column in TIMES:
        allowed = (*PER_SECOND, Unit.UTC)
    elif column in DURATIONS:
        allowed = tuple(PER_SECOND)
    elif column in COSTS:
        allowed = tuple(PER_USD)
    if not allowed:
        raise node.wrong(f"{column} has no unit")
    return Unit(node.one_of([unit.value for unit in allowed]))


def _usual_unit(column: str) -> Unit | None:
    if column in DURATIONS:
        return Unit.SECONDS
    return Unit.USD if column in COSTS else None


class _Spec:
    """What a map says."""

    def __init__(self, node: Node) -> None:
        parts = node.mapping(_KEYS)
        if "columns" not in parts:
            raise node.wrong("a map has `columns:`; docs/maps.md shows how")
        self.name = parts["name"].text() if "name" in parts else None
        self.files = parts["files"].text() if "files" in parts else None
        self._records = parts["records"].text() if "records" in parts else None
        self._where = _conditions(parts["where"]) if "where" in parts else _always
        word = parts["counting"].one_of(WORDS) if "counting" in parts else WORDS[0]
        self.counting = Counting("cache" not in word and "both" not in word,
                                 "reasoning" not in word and "both" not in word)  # fmt: skip
        self._rows = [_Row(name, one) for name, one in parts["columns"].mapping(_COLUMNS).items()]
        if not {row.column for row in self._rows} & {"input_tokens", "output_tokens", "calls"}:
            raise parts["columns"].wrong("names no tokens, and no calls")
        self._tags = _tags(parts["tags"]) if "tags" in parts else {}

    def find(self, file: SourceFile) -> Iterator[Found]:
        """The records of a file, as a reader finds them."""
        for found in raw_records(file):
            if found.value is None:
                yield found
                continue
            inner = objects(value_at(found.value, self._records)) if self._records else []
            for record in inner or [found.value]:
                yield found._replace(value=self._record(record), text="")

    def _record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        if not self._where(record):
            return OTHER
        found = {row.column: row.value(record) for row in self._rows}
        if self._tags:
            labels = {name: value_at(record, path) for name, path in self._tags.items()}
            found["tags"] = Labels(labels).text()
        return found


def _tags(node: Node) -> dict[str, str]:
    """Labels by their names: a list of paths, or names with paths."""
    if isinstance(node.value, dict):
        return {name: one.text() for name, one in node.mapping().items()}
    return {path.rpartition(".")[2]: path for path in node.texts()}
