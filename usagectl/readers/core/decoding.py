"""JSON out of text that may be damaged: one decoder, and a search that never takes long."""

import json
from typing import Any

# Past these a number has no digits that anybody reads, and Python refuses to.
_MAX_DIGITS = 1000
# A place costs a search as much as the characters that were looked at, and a little more.
_PLACE = 128
_FIRST_WINDOW = 512
_WINDOW_GROWTH = 8
# An escape of two halves of a character is the longest of what may be cut by a window's end.
_LONGEST_CUT = 16


class Repeated(dict[str, Any]):
    """An object in which a key stands twice: the first counts, and it is written as it stood."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(reversed(pairs))
        self._pairs = pairs

    def items(self) -> Any:
        return self._pairs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_whole)
"""The decoder of all records: of a key that stands twice in an object the first counts."""


class Search:
    """Whole objects at places of a text, until too much of it was looked at in vain."""

    def __init__(self, text: str, *, at_least: int, of: int | None = None) -> None:
        """Search a text.

        Args:
            text: All of it.
            at_least: So many characters may be looked at in vain.
            of: Four times as many more; by default the length of the text.
        """
        self._text = text
        self._left = at_least + 4 * (len(text) if of is None else of)

    @property
    def exhausted(self) -> bool:
        """Whether it does not look any further."""
        return self._left <= 0

    def object_at(self, at: int) -> tuple[dict[str, Any] | None, int]:
        """The object that begins at a `{` and where it ends, or None and where it failed."""
        size = _FIRST_WINDOW
        while self._left > 0:
            # The window keeps the decoder's error from counting all lines before it.
            window = self._text[at : at + size]
            try:
                value, end = DECODER.raw_decode(window)
            except RecursionError:
                return self._in_vain(at, len(window))
            except json.JSONDecodeError as error:
                if not _is_cut(error, window):
                    return self._in_vain(at, error.pos)
                if at + size >= len(self._text):
                    return self._in_vain(at, len(window))
                size *= _WINDOW_GROWTH
            else:
                return value, at + end
        return None, at

    def _in_vain(self, at: int, seen: int) -> tuple[None, int]:
        self._left -= seen + _PLACE
        return None, at + seen


def _is_cut(error: json.JSONDecodeError, window: str) -> bool:
    """Whether more of the text may mend the error."""
    return error.msg.startswith("Unterminated") or error.pos >= len(window) - _LONGEST_CUT
