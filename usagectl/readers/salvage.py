"""Damaged text, line by line: every good record with its line, a reason for every bad one."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

_PUNCTUATION = {"[", "]", ",", "],", "[]"}


class Found(NamedTuple):
    """One record of a text: the object, or the reason why there is none."""

    line: int
    value: dict[str, Any] | None
    reason: str = ""


def records(data: bytes, first_line: int = 1, *, mixed: bool = False) -> Iterator[Found]:
    """Read JSON objects from text that may be damaged.

    One object a line is the rule; several on a line, an array, and objects that span lines are
    read too. Of a key that occurs twice in an object the first counts, as in the strict path.

    Args:
        data: The text.
        first_line: The number of its first line in the file.
        mixed: Lines that do not begin with `{` belong to somebody else and are passed over.
    """
    bad: list[tuple[int, str, str]] = []
    for number, raw in enumerate(data.split(b"\n"), first_line):
        line = raw.strip()
        if not line or (mixed and not line.startswith(b"{")):
            continue
        found = _line(number, line)
        if found is None:
            continue
        if isinstance(found, str):
            bad.append((number, line.decode("utf-8", "replace"), found))
            continue
        yield from _span(bad)
        bad = []
        yield from found
    yield from _span(bad)


def _line(number: int, line: bytes) -> list[Found] | str | None:
    """The records of a line, why it has none, or None where it is only punctuation."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "not UTF-8 text"
    if text in _PUNCTUATION:
        return None
    try:
        return _elements(number, _DECODER.decode(text))
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        several = _sequence(number, text)
        if several:
            return several
        return _reason(text, error)


def _reason(text: str, error: ValueError) -> str:
    unclosed = getattr(error, "pos", 0) >= len(text) - 1 or "Unterminated" in str(error)
    if text.startswith(("{", "[")) and unclosed:
        return "the line ends in the middle of a record (cut short, or still being written)"
    return f"not JSON: {getattr(error, 'msg', error)} at character {getattr(error, 'pos', 0) + 1}"


def _elements(number: int, value: Any) -> list[Found]:
    if isinstance(value, dict):
        return [Found(number, value)]
    if isinstance(value, list):
        return [found for element in value for found in _elements(number, element)]
    kind = type(value).__name__ if value is not None else "null"
    return [Found(number, None, f"a JSON {kind}, not an object")]


def _sequence(number: int, text: str) -> list[Found]:
    """Objects that stand one after the other, or nothing where the text is not all of that."""
    found: list[Found] = []
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n,":
            at += 1
            continue
        if text[at] not in "{[":
            return []
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        line = number + text.count("\n", 0, at)
        found += _elements(line, value)
        at = end
    return found


def objects_from(text: str, at: int) -> Iterator[Found]:
    """The objects of a list from its beginning on, until it ends or one of them is not whole."""
    for number, (value, _) in enumerate(_whole_objects(text, at), 1):
        yield Found(number, value)


def end_of_objects(text: str, at: int) -> int:
    """Where the last of the objects that `objects_from` gives ends."""
    for _, end in _whole_objects(text, at):
        at = end
    return at


def _whole_objects(text: str, at: int) -> Iterator[tuple[dict[str, Any], int]]:
    while True:
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if at >= len(text) or text[at] != "{":
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value, at


def _span(bad: list[tuple[int, str, str]]) -> Iterator[Found]:
    """Lines that are nothing by themselves may be one pretty-printed document together."""
    if len(bad) > 1:
        together = _sequence(bad[0][0], "\n".join(text for _, text, _ in bad))
        if together:
            yield from together
            return
    for number, _, reason in bad:
        yield Found(number, None, reason)


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


_DECODER = json.JSONDecoder(object_pairs_hook=_first_wins)
