"""Where the id of a failure is written: lines of any text file of a run."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.content import SourceFile
from usagectl.urls import is_url
from usagectl.usage import Usage

_MAX_RECORD = 60
_BEGINS = re.compile(
    r"\{|\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|\[?(DEBUG|INFO|WARN|ERROR|CRITICAL|FATAL)"
)
_TIME = re.compile(r"\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)")
_FAILED = re.compile(r"(?i)(?:\b|_)(?:errors?|exception|critical|fatal|fail(?:ed|ure|s)?)\b")
_TELLING = ("error", "message", "error_message", "error_detail", "detail", "exception", "traceback")


class Line(NamedTuple):
    """A line that names an id; `record` is the text that it begins."""

    id: str
    path: str
    number: int
    record: tuple[str, ...]


def files_of(usage: Usage) -> list[str]:
    """Every file of the runs that may hold text, whether a reader knows it or not."""
    claimed = usage.files.get_column("path").to_list()
    # What can be read only once was read, and nobody may write to a pipe that was passed over.
    return [
        path
        for path in dict.fromkeys([*claimed, *(p for p, _ in usage.unclaimed)])
        if is_url(path) or os.path.isfile(path)
    ]


def lines_with(ids: Sequence[str], paths: Sequence[str]) -> Iterator[Line]:
    """The lines that name one of some ids, file by file."""
    if not ids:
        return
    for path in paths:
        file = SourceFile("", path, "")
        if not file.head().is_text:
            continue
        before = 0
        for block in file.blocks():
            lines = block.decode("utf-8", "replace").split("\n")
            if lines and not lines[-1]:
                lines.pop()
            texts = pl.Series(lines, dtype=pl.String)
            for at in texts.str.contains_any(list(ids)).arg_true().to_list():
                record = tuple(_record(lines, at))
                for found in dict.fromkeys(i for i in ids if names(lines[at], i)):
                    yield Line(found, path, before + at + 1, record)
            before += len(lines)


def _record(lines: Sequence[str], at: int) -> Iterator[str]:
    yield lines[at]
    if lines[at].startswith("{"):
        return
    for line in lines[at + 1 : at + _MAX_RECORD]:
        if begins(line):
            return
        yield line


def begins(line: str) -> bool:
    """Whether a line begins a record of its own, and is no part of the one before it."""
    return _BEGINS.match(line) is not None


def failed_at(line: str) -> str | None:
    """The time at which a line of a log says that something failed; None where it does not."""
    found = _TIME.match(line)
    return f"{found[1]}T{found[2].replace(',', '.')}" if found and _FAILED.search(line) else None


def has(block: bytes, error_id: str) -> bool:
    """Whether some bytes name an id."""
    return error_id.encode("utf-8", "replace") in block


def names(text: str, error_id: str) -> bool:
    """Whether a text names an id, and not a longer word that it is a part of."""
    at = text.find(error_id)
    while at >= 0:
        end = at + len(error_id)
        if not text[max(at - 1, 0) : at].isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(error_id, at + 1)
    return False


def told(error_id: str, record: str) -> str | None:
    """The raw error text of a record; None where it says no more than the id."""
    if not record.startswith("{"):
        return record
    try:
        value = json.loads(record)
    except (ValueError, RecursionError):
        return record
    texts = [text for text in _texts(value) if error_id in text and len(text) > len(error_id) + 2]
    return max(texts, key=len, default=None)


def told_beside(record: str) -> str | None:
    """The error text beside an id in another file than the one of the usage."""
    try:
        value = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    texts = [value[key] for key in _TELLING if isinstance(value.get(key), str)]
    return max((text for text in texts if " " in text), key=len, default=None)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
