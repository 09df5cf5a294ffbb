"""Where the id of a failure is written: lines of any text file of a run."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.inputs.file import SourceFile

_MAX_RECORD = 60
_BEGINS = re.compile(
    r"\{|\[?\d{4}-\d\d-\d\d|\[?\d\d:\d\d:\d\d|\[?(DEBUG|INFO|WARN|ERROR|CRITICAL|FATAL)"
)
_TIME = re.compile(r"\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)")
_STAMPED = r"^\[?[0-9]{4}-[0-9][0-9]-[0-9][0-9][T ]"
_FAILED = re.compile(r"(?i)(?:\b|_)(?:errors?|exception|critical|fatal|fail(?:ed|ure|s)?)\b")
_TELLING = ("error", "message", "error_message", "error_detail", "detail", "exception", "traceback")


class Line(NamedTuple):
    """A line that names an id or a task; `record` is the text that it begins."""

    name: str
    path: str
    number: int
    record: tuple[str, ...]


class Lines(NamedTuple):
    """Lines that name ids of failures, and lines of logs that say when one of some tasks failed."""

    ids: list[Line]
    tasks: list[Line]


def search(
    ids: Sequence[str], tasks: Sequence[str], paths: Sequence[str], most: int | None
) -> Lines | None:
    """Read files once, for ids and tasks.

    Args:
        ids: Ids of failures.
        tasks: Names of tasks.
        paths: Files of any kind; what is no text is left out.
        most: How many bytes may be read; None for any number.

    Returns:
        The lines, file by file; None where there is more to read than `most`.
    """
    found = Lines([], [])
    for path in paths if ids or tasks else ():
        file = SourceFile("", path, "")
        if not file.head().is_text:
            continue
        before = 0
        for block in file.blocks():
            if most is not None and (most := most - len(block)) < 0:
                return None
            lines = block.decode("utf-8", "replace").split("\n")
            if lines and not lines[-1]:
                lines.pop()
            for name, at in _named(lines, ids, pl.lit(True)):
                found.ids.append(Line(name, path, before + at + 1, tuple(_record(lines, at))))
            for name, at in _named(lines, tasks, pl.col("text").str.contains(_STAMPED)):
                if failed_at(lines[at]) is not None:
                    found.tasks.append(Line(name, path, before + at + 1, tuple(_record(lines, at))))
            before += len(lines)
    return found


def _named(lines: Sequence[str], names: Sequence[str], where: pl.Expr) -> Iterator[tuple[str, int]]:
    """Which lines name which of some names, as words of their own."""
    if not names:
        return
    hits = (
        pl.DataFrame({"text": lines}, schema={"text": pl.String})
        .with_row_index("at")
        .lazy()
        .filter(where & pl.col("text").str.contains_any(list(names)))
        .collect()
    )
    for at, several in zip(hits["at"], named_in(hits["text"], names), strict=True):
        yield from ((name, at) for name in several)


def named_in(texts: pl.Series, names: Sequence[str]) -> list[list[str]]:
    """The names that each text has as words of their own, in the order of the text."""
    if not names:
        return [[] for _ in texts]
    held = texts.str.extract_many(list(names), overlapping=True)
    return [
        [name for name in dict.fromkeys(several) if has_word(text, name)]
        for text, several in zip(texts, held.to_list(), strict=True)
    ]


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


def has_word(text: str, name: str) -> bool:
    """Whether a text has a name, and not only in a longer word that it is a part of."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not text[max(at - 1, 0) : at].isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(name, at + 1)
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
    """All texts in a value, however deep it is, in their order."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict):
            waiting += reversed(part.values())
        elif isinstance(part, list):
            waiting += reversed(part)
