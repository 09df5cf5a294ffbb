"""logfmt: `key=value` pairs on lines of a log, of which a call's have its tokens and its model.

What goes before the pairs, such as a time and a level, is the log's. Values may be quoted. The
usual names of the fields of a call are read (`usual_names`); lines without tokens are no calls, and
0 and 0 is unknown. Source: the logfmt writers of Go and Python.
"""

import re
from collections.abc import Iterator, Mapping

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format
from usagectl.readers.core.format import About
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.usual_names import is_usage, picked

LINES = "logfmt lines"

_PAIR = re.compile(r'([A-Za-z_][\w.\-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_TOKENS = re.compile(rb"\b\w*tokens\w*=\d", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_HONCHO = b"honcho.llm.call "
_FEWEST = 3


def detect(head: Head) -> Mapping[str, int]:
    """Lines with at least three pairs, of which one is of tokens and one names the model."""
    if _TOKENS.search(head.data) is None:
        return {}
    count = sum(
        _is_line(line) for line in head.data.splitlines() if _TOKENS.search(line) is not None
    )
    return {LINES: count} if count else {}


def _is_line(line: bytes) -> bool:
    if line.lstrip().startswith((b"{", b"[")) or _HONCHO in line:
        return False
    return is_usage(pairs_of(line.decode("utf-8", "replace")), fewest=_FEWEST)


def pairs_of(line: str) -> dict[str, str]:
    """The pairs of a line; of a key that stands twice the first counts."""
    found: dict[str, str] = {}
    for key, value in _PAIR.findall(line):
        text = value[1:-1].replace('\\\\"', '"') if value.startswith('"') else value
        found.setdefault(key, text)
    return found


def _find(file: SourceFile) -> Iterator[Found]:
    number = 0
    for block in file.blocks():
        for line in block.splitlines():
            number += 1
            if not line.strip():
                continue
            if _TOKENS.search(line) is None:
                yield Found(number, OTHER)
                continue
            text = line.decode("utf-8", "replace")
            pairs = pairs_of(text)
            if not is_usage(pairs, fewest=_FEWEST):
                yield Found(number, OTHER)
                continue
            time = _TIME.search(text)
            known = {"ended_at": time[0].replace(" ", "T")} if time else {}
            yield Found(number, picked(pairs, **known))


FORMAT = call_format(
    "logfmt",
    About(
        files="lines of any log with `key=value` pairs of a call",
        special="at least three pairs, of which one is of tokens and one names the model or"
        " provider",
        unknown="whatever the line does not say",
    ),
    detect,
    _find,
    special="0 and 0 is unknown",
)
