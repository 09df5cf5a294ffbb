"""The JSON objects of a file, however they are laid out.

One a line, one after the other in many lines, in a list, one document, or the events of a stream
(`data: {...}`). A damaged record costs itself: what is whole in a damaged document is found too.
"""

import re
from collections.abc import Iterator

from usagectl.inputs.file import HEAD_BYTES, SourceFile
from usagectl.readers.core import salvage
from usagectl.readers.core.batch import is_record
from usagectl.readers.core.decoding import DECODER
from usagectl.readers.core.document import Document
from usagectl.readers.core.lines import without_lines
from usagectl.readers.core.salvage import Found

_EVENT = re.compile(rb"^data:[ ]?\{", re.MULTILINE)
_DATA = b"data:"
_BETWEEN = re.compile(r"[\s,\[\]\x1e]*")


def objects_in(file: SourceFile, only: re.Pattern[bytes] | None = None) -> Iterator[Found]:
    """The objects of a file with their lines, and a reason for what is none.

    Args:
        file: A file of text.
        only: What must be found on a line of a file of lines, if it is to be read; of another line
            comes an object without anything.
    """
    if _EVENT.search(file.beginning(HEAD_BYTES)):
        yield from _in_events(file)
    elif by_line(file):
        yield from _in_lines(file, only)
    else:
        yield from objects_of(file.read())


def by_line(file: SourceFile) -> bool:
    """Whether a line of the head is a record by itself, and the file is no document of lines."""
    head = file.beginning(HEAD_BYTES)
    if not any(is_record(line.rstrip()) for line in head.split(b"\n")):
        return False
    return len(head) >= HEAD_BYTES or b"\n" not in head.strip() or not _is_document(head)


def _is_document(data: bytes) -> bool:
    try:
        DECODER.decode(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _in_lines(file: SourceFile, only: re.Pattern[bytes] | None) -> Iterator[Found]:
    number = 1
    for block in file.blocks():
        lines = block.count(b"\n")
        if only:
            kept, passed = without_lines(block, only)
            yield from (Found(number, {}) for _ in range(passed))
            yield from salvage.records(kept, number)
        else:
            yield from salvage.records(block, number)
        number += lines


def _in_events(file: SourceFile) -> Iterator[Found]:
    """The objects of server-sent events; source: the HTML standard, `text/event-stream`."""
    number = 1
    for block in file.blocks():
        lines = block.split(b"\n")
        kept = [
            line[len(_DATA) :]
            if line.startswith(_DATA) and b"{" in line
            else b""
            if _is_of_stream(line)
            else line
            for line in lines
        ]
        yield from salvage.records(b"\n".join(kept), number)
        number += len(lines) - 1


def _is_of_stream(line: bytes) -> bool:
    """Whether a line is one of a stream that holds no object: another field, a comment, the end."""
    return line.startswith((b"event:", b"id:", b"retry:", b":", _DATA))


def objects_of(data: bytes) -> Iterator[Found]:
    """The objects of a text: of a list its elements, else those that are in no other."""
    document = Document(data)
    if document.damage is None:
        if isinstance(document.value, dict):
            yield Found(document.line(document.start()), document.value)
        elif isinstance(document.value, list):
            for element in document.elements(document.start()):
                yield document.found(element, "an element of the list")
        else:
            yield Found(1, None, "a JSON value that is neither an object nor a list")
        return
    damaged = False
    end = 0
    for element in document.objects():
        damaged |= element.value is None or not _is_between(document.text, end, element.at)
        if element.value is not None:
            yield document.found(element, "an object")
            end = element.end
    if damaged or not _is_between(document.text, end, len(document.text)):
        yield document.damage


def _is_between(text: str, start: int, end: int) -> bool:
    """Whether nothing but what may stand between objects does."""
    match = _BETWEEN.match(text, start, end)
    return match is not None and match.end() == end
