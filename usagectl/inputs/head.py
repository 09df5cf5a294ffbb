"""The beginning of a file, by which its format is told."""

import json
from typing import Any

from usagectl.inputs.compression import BOM

_MOST_FAILED = 4_000
_MOST_FAILED_IN_A_LINE = 64


class Head:
    """The beginning of a file, which is all that the detection of a format may look at.

    `objects` are its JSON objects: a sample of three lines where each of these is one, else all,
    wherever they stand. `begins_unwhole` is whether it begins with an object that is damaged, or
    longer than the head, once all objects were looked for.
    """

    def __init__(self, name: str, data: bytes, *, whole: bool) -> None:
        self.name = name
        self.data = data.removeprefix(BOM)
        self.whole = whole
        self.begins_unwhole = False
        self.objects: list[dict[str, Any]] = self._sample() if self.is_text else []
        self.sampled = bool(self.objects)
        if self.is_text and not self.sampled:
            self.look_for_all_objects()

    @property
    def is_text(self) -> bool:
        """Whether it can hold records at all: not empty and not mostly binary."""
        start = self.data[:4096]
        return bool(start) and (b"\0" not in start or start.count(b"\0") * 20 <= len(start))

    def _sample(self) -> list[dict[str, Any]]:
        """The objects of the first line, one in the middle and the last, if all these are some."""
        data = self.data
        first = data.find(b"\n") + 1
        end = data.rfind(b"\n")
        lines = [data[:first]]
        if end >= first > 0:
            last = data.rfind(b"\n", 0, end) + 1
            lines.append(data[last:end])
            middle = data.find(b"\n", end // 2) + 1
            if first < middle < last:
                lines.append(data[middle : data.find(b"\n", middle)])
        objects = [_object(line) for line in lines]
        return [] if None in objects else [value for value in objects if value is not None]

    def look_for_all_objects(self) -> None:
        """Have all JSON objects of the head, wherever they stand: lines, an array, a document."""
        text = self.data.decode("utf-8", "replace")
        decoder = json.JSONDecoder()
        found: list[dict[str, Any]] = []
        at = text.find("{")
        self.begins_unwhole = at >= 0 and not text[:at].strip()
        failed, failed_before, line_end = 0, 0, -1
        while at >= 0 and failed < _MOST_FAILED:
            if at > line_end:
                failed_before, line_end = failed, text.find("\n", at) % (len(text) + 1)
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                failed += 1
                # A line of braces must not hide the lines behind it.
                end = at + 1 if failed - failed_before < _MOST_FAILED_IN_A_LINE else line_end
            else:
                if not found and not text[:at].strip():
                    self.begins_unwhole = False
                found.append(value)
            at = text.find("{", end)
        self.objects, self.sampled = found, False


def _object(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
