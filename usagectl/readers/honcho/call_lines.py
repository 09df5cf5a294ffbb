"""The call lines of honcho's logs, among whatever else is logged, each with its place."""

import json
import re
from collections.abc import Iterator, Mapping

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.readers.core.lines import COUNTS
from usagectl.readers.honcho.values import CALL, TIME

MARKER = CALL.encode()
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def call_lines(logs: Mapping[int, SourceFile]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The call lines of all logs, and how many lines each log has.

    Returns:
        `file`, `line` and `text` of each call line, and the columns of `COUNTS`.
    """
    places: list[int] = []
    numbers: list[int] = []
    texts: list[str] = []
    counts: list[tuple[int, int, int, int]] = []
    for index, file in logs.items():
        before = len(texts)
        records = 0
        for number, lines in _in_blocks(file):
            # Most lines are none or all of them are: what is asked of each is asked at C's speed.
            records += len(lines) - sum(map(bytes.isspace, lines)) - lines.count(b"")
            found = [i for i, line in enumerate(lines) if MARKER in line]
            numbers += [number + i for i in found]
            texts += [_unwrapped(lines[i].decode("utf-8", "replace").strip()) for i in found]
        found_here = len(texts) - before
        places += [index] * found_here
        trouble = int(file.trouble is not None)
        counts.append((index, records + trouble, trouble, records - found_here))
    frame = pl.DataFrame(
        {"file": places, "line": numbers, "text": texts},
        schema={"file": pl.UInt32, "line": pl.Int64, "text": pl.String},
    )
    return frame, pl.DataFrame(counts, schema=COUNTS, orient="row")


def _in_blocks(file: SourceFile) -> Iterator[tuple[int, list[bytes]]]:
    """The lines of a file in blocks, each with the number of its first line."""
    number = 1
    for block in file.blocks():
        lines = block.split(b"\n")
        # A block ends with a line end: what follows it is no line.
        del lines[-1]
        yield number, lines
        number += len(lines)


def _unwrapped(text: str) -> str:
    """The line itself, where a collector wrote it into JSON or a console coloured it."""
    if text.startswith("{"):
        try:
            values = [value for value in json.loads(text).values() if isinstance(value, str)]
        except (ValueError, AttributeError, RecursionError):
            return text
        lines = [value for value in values if CALL in value]
        times = [value for value in values if re.match(TIME, value)]
        text = " ".join([*times[:1], *lines[:1]]).strip()
    return _COLOUR.sub("", text) if "\x1b" in text else text
