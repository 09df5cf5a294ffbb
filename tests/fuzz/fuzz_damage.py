"""Damage that happens to usage files, drawn with a seed: to values, lines, bytes and whole files.

A file is a list of `Line`; what no damage has touched is still `good`, and must not be lost.
"""

import gzip
import json
import re
from typing import NamedTuple

HOSTILE_VALUES = (
    *("NaN", "-Infinity", "Infinity", "1e400", "-1e400", "1" * 30, "-" + "9" * 19, "1e-400", "-0"),
    *("null", "true", "false", "[]", "{}", '""', "0", "-1", "0.5", "1E3", "01", "+1", ".5", "0x1"),
    *(r'"\udfff"', r'"\ud800x"', r'"\u0000"', r'"\u001b[2J"', r'"\ufffe"', r'"\ud83d\ude00"'),
    *('[[[["a"]]]]', '{"a": {"a": NaN}}', '[NaN, "a"]', '{"code": NaN}', "[1e400]", "tru", "nul"),
    *('"2026-13-45T99:99:99"', '"+262143-01-01"', '"0001-01-01"', '"9999-12-31T23:59:59Z"'),
    '"' + "a" * 20_000 + '"',
    "[" * 3_000,
    "[" * 3_000 + "]" * 3_000,
    '{"a":' * 400 + "1" + "}" * 400,
    "9" * 5_000,
    "'single'",
    '"\\x41"',
    '"tab\there"',
)
HOSTILE_BYTES = (
    *(
        b"\x00",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xef\xbb\xbf",
        b"\r",
        b"\x1a",
    ),
    *(
        b'"',
        b"\\",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\x0b",
        b"\x0c",
        b"\xe2\x80\xa8",
        b"/*",
        b"\t",
    ),
)
HOSTILE_BEGINNINGS = (
    *(b"\x1f\x8b", b"x^", b"x\x9c", b"\x28\xb5\x2f\xfd", b"BZh9", b"\xfd7zXZ\x00", b"PK\x03\x04"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x50\x2a\x4d\x18\x00\x00\x00\x00", b"\xef\xbb\xbf\x1f\x8b"),
)
HOSTILE_RUNS = (
    b'}{"a',
    b'{\n"a":\n',
    b'\t{"a":',
    b"[",
    b"{",
    b'"',
    b"\\",
    b"\r",
    b"}",
    b'{"a":1}',
    b"1",
    b" ",
)
_VALUE = re.compile(rb'(?<=[:\[,])\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)')


class Line(NamedTuple):
    """The bytes of a line without its end, and whether no damage has touched it."""

    data: bytes
    good: bool


def lines_of(data):
    """The lines of a file; what stands behind the last end is a line too."""
    parts = data.split(b"\n")
    return [Line(part, good=True) for part in (parts if parts[-1] else parts[:-1])]


def joined(lines):
    """The bytes of some lines."""
    return b"".join(line.data + b"\n" for line in lines)


def value(rng, lines, _foreign):
    """A value is another."""
    found = _some(rng, lines)
    if found is None:
        return
    data = lines[found].data
    places = list(_VALUE.finditer(data[:100_000]))
    if places:
        place = rng.choice(places)
        new = rng.choice(HOSTILE_VALUES).encode("utf-8")
        lines[found] = Line(data[: place.start(1)] + new + data[place.end(1) :], good=False)


def byte(rng, lines, _foreign):
    """A byte is another, gone, or one too many."""
    found = _some(rng, lines)
    if found is None:
        return
    data = lines[found].data
    at = rng.randrange(len(data) + 1)
    lines[found] = Line(
        rng.choice([
            data[:at] + rng.choice(HOSTILE_BYTES) + data[at:],
            data[:at] + bytes([rng.choice(b'\x00\x07\x1b0aZ"{}[]\x80\xff')]) + data[at + 1 :],
            data[:at] + data[at + 1 :],
        ]),
        good=False,
    )  # fmt: skip


def cut(rng, lines, _foreign):
    """A line ends too early, or begins too late."""
    found = _some(rng, lines)
    if found is not None:
        data = lines[found].data
        at = rng.randrange(len(data) + 1)
        lines[found] = Line(rng.choice([data[:at], data[at:]]), good=False)


def keys(rng, lines, _foreign):
    """A field is there twice, is gone, or has another name."""
    found = _some(rng, lines)
    if found is None:
        return
    try:
        record = json.loads(lines[found].data)
    except (ValueError, RecursionError):
        return
    if not isinstance(record, dict) or not record:
        return
    key = rng.choice(list(record))
    kind = rng.randrange(3)
    if kind == 0:
        text = json.dumps(record)[:-1] + f', "{key}": {rng.choice(HOSTILE_VALUES)}}}'
    else:
        gone = record.pop(key)
        text = json.dumps(record if kind == 1 else {**record, key + "_": gone})
    lines[found] = Line(text.encode(), good=False)


def foreign(rng, lines, foreign):
    """Lines of another file stand among the others, fewer than there are good ones."""
    most = max(1, sum(line.good for line in lines) // 3)
    at = rng.choice([0, 0, rng.randrange(len(lines) + 1)])
    lines[at:at] = [Line(rng.choice(foreign), good=False) for _ in range(rng.randint(1, most))]


def together(rng, lines, _foreign):
    """The end of a line is lost."""
    if len(lines) > 1:
        at = rng.randrange(len(lines) - 1)
        lines[at : at + 2] = [Line(lines[at].data + lines[at + 1].data, good=False)]


def torn(rng, lines, _foreign):
    """A line is broken in two."""
    found = _some(rng, lines)
    if found is not None:
        data = lines[found].data
        at = rng.randrange(len(data) + 1)
        lines[found : found + 1] = [Line(data[:at], good=False), Line(data[at:], good=False)]


def blanks(rng, lines, _foreign):
    """Lines are empty, or end as on Windows."""
    for _ in range(rng.randint(1, 4)):
        lines.insert(
            rng.randrange(len(lines) + 1), Line(rng.choice([b"", b" ", b"\t", b"\r"]), good=False)
        )


def noise(rng, lines, _foreign):
    """A long line of one thing again and again."""
    size = rng.choice([100, 5_000, 60_000])
    run = rng.choice(HOSTILE_RUNS)
    new = lines_of((run * (size // len(run) + 1))[:size])
    at = rng.randrange(len(lines) + 1)
    lines[at:at] = [Line(line.data, good=False) for line in new]


DAMAGE = (value, value, value, byte, byte, cut, keys, foreign, together, torn, blanks, noise)


def of_bytes(rng, data):
    """Damage to a whole file: cut, with other first bytes, compressed, compressed and damaged."""
    at = rng.randrange(len(data) + 1)
    packed = gzip.compress(data, mtime=0)
    place = rng.randrange(len(packed))
    return rng.choice([
        data[:at],
        rng.choice(HOSTILE_BEGINNINGS) + data,
        packed,
        packed[:place],
        packed[:place] + b"\x00\xff" + packed[place + 2 :],
        packed + packed,
        gzip.compress(packed[:place], mtime=0),
        data.replace(b"\n", b"\r\n"),
        b"",
    ])  # fmt: skip


def _some(rng, lines):
    found = [i for i, line in enumerate(lines) if line.data]
    return rng.choice(found) if found else None
