"""Damaged text, line by line: every good record with its line, a reason for every bad one."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_BETWEEN = " \t\r\n,"
_SEPARATORS = _BETWEEN + "[]"
# What a crash, another encoding or another convention may have put around a line: zeros, the
# record separator of RFC 7464, a byte order mark.
_PADDING = b" \t\r\0\x1e"
_BOM = b"\xef\xbb\xbf"


class Found(NamedTuple):
    """One record of a text: the object, or the reason why there is none."""

    line: int
    value: dict[str, Any] | None
    reason: str = ""


class _Line(NamedTuple):
    """A line that is no record by itself."""

    number: int
    text: str
    reason: str


def records(data: bytes, first_line: int = 1, *, mixed: bool = False) -> Iterator[Found]:
    """Read JSON objects from text that may be damaged.

    One object a line is the rule; several on a line, an array, and objects that span lines are
    read too. Of a key that occurs twice in an object the first counts, as in the strict path.

    Args:
        data: The text.
        first_line: The number of its first line in the file.
        mixed: Lines that do not begin with `{` belong to somebody else and are passed over.
    """
    odd: list[_Line] = []
    for number, raw in enumerate(data.split(b"\n"), first_line):
        line = raw.strip(_PADDING).removeprefix(_BOM)
        if not line and raw.strip():
            # Nothing but padding, which is no blank line.
            line = raw
        if not line or (mixed and not line.startswith(b"{")):
            continue
        found = _line(number, line)
        if isinstance(found, _Line):
            odd.append(found)
            continue
        yield from _together(odd)
        odd = []
        yield from found
    yield from _together(odd)


def _line(number: int, line: bytes) -> list[Found] | _Line:
    """The records of a line that stands for itself, else the line."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return [Found(number, None, "not UTF-8 text")]
    try:
        return _elements(number, _DECODER.decode(text))
    except RecursionError:
        return [Found(number, None, "nested too deeply")]
    except ValueError as error:
        return _Line(number, text, _reason(text, error))


def _reason(text: str, error: ValueError) -> str:
    if text.startswith(("{", "[")) and not text.endswith(("}", "]")):
        return "the line ends in the middle of a record (cut short, or still being written)"
    return f"not JSON: {getattr(error, 'msg', error)} at character {getattr(error, 'pos', 0) + 1}"


def _elements(number: int, value: Any) -> list[Found]:
    values = value if isinstance(value, list) else [value]
    return [
        Found(number, element)
        if isinstance(element, dict)
        else Found(number, None, f"a JSON {_kind(element)}, not an object")
        for element in values
    ]


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _together(odd: Sequence[_Line]) -> Iterator[Found]:
    """Lines that are no records by themselves may be objects that span them, or hold several.

    Objects are looked for from where a line begins, and after an object from where it ends. A line
    of which something is left over is refused for that.
    """
    text = "\n".join(line.text for line in odd)
    at = 0
    index = 0
    start = 0
    while index < len(odd):
        while at < len(text) and text[at] in _SEPARATORS:
            at += 1
        while index < len(odd) and at >= start + len(odd[index].text) + 1:
            start += len(odd[index].text) + 1
            index += 1
        if index >= len(odd) or at >= len(text):
            return
        line = odd[index]
        value, end = _object_at(text, at)
        if value is None:
            # What follows a cut record on the same line may be whole.
            again = _resumed(text, at, start + len(line.text))
            yield Found(line.number, None, line.reason)
            at = again
        else:
            yield Found(line.number, value)
            at = end


def _object_at(text: str, at: int) -> tuple[dict[str, Any] | None, int]:
    if text[at] != "{":
        return None, at
    try:
        value, end = _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at
    return value, end


def _resumed(text: str, at: int, end: int) -> int:
    """The next place on the line at which an object stands that is no value of another."""
    place = text.find('{"', at + 1, end)
    while place >= 0:
        if text[place - 1] not in " :,[" and _object_at(text, place)[0] is not None:
            return place
        place = text.find('{"', place + 1, end)
    return end


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
        while at < len(text) and text[at] in _BETWEEN:
            at += 1
        if at >= len(text):
            return
        value, at = _object_at(text, at)
        if value is None:
            return
        yield value, at


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(reversed(pairs))


_DECODER = json.JSONDecoder(object_pairs_hook=_first_wins)
