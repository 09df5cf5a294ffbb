"""Damaged text, line by line: every good record with its line, a reason for every bad one."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from usagectl.readers.core.decoding import DECODER, Search

_CONTENT = re.compile(r"[^ \t\r\n,\[\]]")
# What a line of an object that spans lines may begin with, besides what any JSON begins with.
_BEGINNINGS = frozenset('{}[],:"-0123456789tfnNI')
_BETWEEN_LISTS = re.compile(r"\][\s,]*\[")
_CUT = "the line ends in the middle of a record (cut short, or still being written)"
# Python goes about a thousand levels deep, less those that it is called from.
_SURELY_NOT_DEEP = 400
# What is looked at in vain before a search ends, besides what the length of the text gives.
_IN_VAIN = 4 * 1024 * 1024
_IN_VAIN_ON_A_LINE = 16 * 1024
# What a crash, another encoding or another convention may have put around a line: zeros, the
# record separator of RFC 7464, a byte order mark.
_PADDING = b" \t\r\0\x1e"
_BOM = b"\xef\xbb\xbf"


class Found(NamedTuple):
    """One record of a text: the object, or the reason why there is none.

    `text` is the record itself where it may be nested more deeply than Python goes.
    """

    line: int
    value: dict[str, Any] | None
    reason: str = ""
    text: str = ""


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
    begun = False
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
        yield from _together(odd, apart=begun)
        odd, begun = [], True
        yield from found
    yield from _together(odd, apart=False)


def _line(number: int, line: bytes) -> list[Found] | _Line:
    """The records of a line that stands for itself, else the line."""
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return [Found(number, None, "not UTF-8 text")]
    if text[0] not in _BEGINNINGS and "{" not in text:
        return [Found(number, None, "not JSON: Expecting value at character 1")]
    return _parsed(number, text)


def _parsed(number: int, text: str) -> list[Found] | _Line:
    deep = text if text.count("{") + text.count("[") > _SURELY_NOT_DEEP else ""
    if not deep and text[0] in "{[" and text[-1] not in "}]":
        return _Line(number, text, _CUT)
    try:
        value = DECODER.decode(text)
    except RecursionError:
        return [Found(number, None, "nested too deeply", deep)]
    except json.JSONDecodeError as error:
        return _Line(number, text, _reason(text, error))
    if value == []:
        return _Line(number, text, "an empty list")
    return _elements(number, value, deep)


def _reason(text: str, error: json.JSONDecodeError) -> str:
    if text[0] in "{[" and text[-1] not in "}]":
        return _CUT
    return f"not JSON: {error.msg} at character {error.pos + 1}"


def _elements(number: int, value: Any, deep: str) -> list[Found]:
    if isinstance(value, dict):
        return [Found(number, value, text=deep)]
    values = value if isinstance(value, list) else [value]
    return [
        Found(number, element)
        if isinstance(element, dict)
        else Found(number, None, f"a JSON {_kind(element)}, not an object")
        for element in values
    ]


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _together(odd: Sequence[_Line], *, apart: bool) -> Iterator[Found]:
    """Lines that are no records by themselves may be objects that span them, or hold several.

    Objects are looked for from where a line begins, and after an object from where it ends. A line
    of which something is left over is refused for that. `apart` is whether the lines stand between
    records, where brackets alone are no beginning and no end of a list of them.
    """
    text = "\n".join(line.text for line in odd)
    if apart and _CONTENT.search(text) is None and not _BETWEEN_LISTS.fullmatch(text):
        yield from (Found(line.number, None, "brackets without a record") for line in odd)
        return
    search = Search(text, at_least=_IN_VAIN)
    at = start = index = 0
    while (content := _CONTENT.search(text, at)) is not None:
        at = content.start()
        while at > start + len(odd[index].text):
            start += len(odd[index].text) + 1
            index += 1
        line = odd[index]
        value, end = search.object_at(at) if text[at] == "{" else (None, at)
        if value is None:
            # What follows a cut record on the same line may be whole.
            end, why = _resumed(text, at, start + len(line.text))
            yield Found(line.number, None, line.reason + why)
        else:
            yield Found(line.number, value)
        at = end


def _resumed(text: str, at: int, end: int) -> tuple[int, str]:
    """The next place on the line at which an object stands that is no value of another.

    Where there is none, or it was not looked for to the end, that is the end of the line.
    """
    place = text.find('{"', at + 1, end)
    if place < 0:
        return end, ""
    search = Search(text, at_least=_IN_VAIN_ON_A_LINE, of=end - at)
    while place >= 0 and not search.exhausted:
        if text[place - 1] not in " :,[" and search.object_at(place)[0] is not None:
            return place, ""
        place = text.find('{"', place + 1, end)
    return end, "; too damaged to be searched to its end" if search.exhausted else ""
