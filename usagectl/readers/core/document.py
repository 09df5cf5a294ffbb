"""One JSON document in a file: the records in its lists with their lines, however damaged it is."""

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from usagectl.readers.core.decoding import DECODER, Search
from usagectl.readers.core.salvage import Found

_BLANK = re.compile(r"[ \t\n\r]*")
_LINE_END = re.compile("\n")
_IN_VAIN = 4 * 1024 * 1024


class Element(NamedTuple):
    """A value of the text and where it stands; None is an object that is not whole.

    `own` is the text of such an object up to the first that begins after it.
    """

    at: int
    end: int
    value: Any
    own: str = ""


class Document:
    """The text of a document, its value where it is whole, else what is wrong with it."""

    def __init__(self, data: bytes) -> None:
        self.text = data.decode("utf-8", "surrogateescape")
        self.value: Any = None
        self.damage: Found | None = None
        self._fault = -1
        try:
            self.value = DECODER.decode(self.text)
        except RecursionError:
            self.damage = Found(1, None, "the document is damaged: nested too deeply")
        except json.JSONDecodeError as error:
            self._fault = error.pos
            self.damage = Found(error.lineno, None, f"the document is damaged: {error}")

    @property
    def ends_early(self) -> bool:
        """Whether it is damaged where it ends."""
        rest = self.text[max(self._fault, 0) :]
        return self._fault >= 0 and "\n" not in rest.rstrip() and '"}' not in rest

    def line(self, at: int) -> int:
        """The line of a place in the text, from 1 on."""
        return bisect_right(self._line_ends, at) + 1

    def start(self) -> int:
        """Where the value begins."""
        return self._after_blanks(0)

    def member(self, at: int, name: str) -> int:
        """Where the value of a key begins in an object that is whole and has it."""
        at = self._after_blanks(at + 1)
        while True:
            key, at = DECODER.raw_decode(self.text, at)
            at = self._after_blanks(self._after_blanks(at) + 1)
            if key == name:
                return at
            _, at = DECODER.raw_decode(self.text, at)
            at = self._after_blanks(self._after_blanks(at) + 1)

    def elements(self, at: int) -> Iterator[Element]:
        """The elements of a list that is whole."""
        at = self._after_blanks(at + 1)
        while self.text[at] != "]":
            value, end = DECODER.raw_decode(self.text, at)
            yield Element(at, end, value)
            at = self._after_blanks(end)
            if self.text[at] == ",":
                at = self._after_blanks(at + 1)

    def found(self, element: Element, name: str, given: dict[str, Any] | None = None) -> Found:
        """An element as a record; what else is `given` of it counts where it does not say so."""
        line = self.line(element.at)
        if not isinstance(element.value, dict):
            return Found(line, None, f"{name} is no object")
        if not self._is_utf8 and not _is_utf8(self.text[element.at : element.end]):
            return Found(line, None, "not UTF-8 text")
        return Found(line, {**(given or {}), **element.value})

    def objects(self) -> Iterator[Element]:
        """The objects of a damaged document that are in no other whole one, in their order."""
        search = Search(self.text, at_least=_IN_VAIN)
        at = self.text.find("{")
        while at >= 0 and not search.exhausted:
            value, end = search.object_at(at)
            following = self.text.find("{", at + 1 if value is None else end)
            own = self.text[at : following if following >= 0 else None] if value is None else ""
            yield Element(at, end, value, own)
            at = following

    def salvaged(
        self,
        records: Callable[[Element], Iterator[Found]],
        is_damaged_record: Callable[[str], bool],
    ) -> Iterator[Found]:
        """The records of a damaged document, and a reason for every one that is damaged.

        Args:
            records: Those in an object that is whole, or that begins and is not.
            is_damaged_record: Whether the beginning of an object that is not whole is of a record.
        """
        told = False
        for element in self.objects():
            if element.value is None and is_damaged_record(element.own):
                # The fault may be that the next object begins where this one was to end.
                here = element.at <= self._fault <= element.at + len(element.own)
                told |= here
                reason = self.damage.reason if here and self.damage else "a damaged record"
                yield Found(self.line(element.at), None, reason)
            else:
                yield from records(element)
        if self.damage and not told:
            yield self.damage

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.end() - 1 for match in _LINE_END.finditer(self.text)]

    @cached_property
    def _is_utf8(self) -> bool:
        return _is_utf8(self.text)

    def _after_blanks(self, at: int) -> int:
        match = _BLANK.match(self.text, at)
        return match.end() if match else at


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
