"""Snapshots of metrics: the samples of series that are known, as counters."""

import re
from collections.abc import Iterator
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.readers.core.fields import MAX_COUNT
from usagectl.readers.core.salvage import Found
from usagectl.readers.prometheus.families import KNOWN, OF_SERIES, Family

MICRO = 10**6

_SAMPLE = re.compile(
    rb"^([A-Za-z_:][\w:]*)(?:\{(.*)\})?[ \t]+([^\s#]+)(?:[ \t]+(-?\d+(?:\.\d+)?))?[ \t]*(?:#.*)?$"
)
_DIGITS = re.compile(r"(\d+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_FAILED = ("error_type",)


class Snapshot:
    """The counters of one scrape, by the family, labels and column that they add to."""

    def __init__(self, at: float | None) -> None:
        self.at = at
        self.values: dict[tuple[str, tuple[tuple[str, str], ...], str], int] = {}
        self.seen: set[tuple[bytes, bytes]] = set()

    def add(self, family: Family, series: str, labels: dict[str, str], value: float) -> None:
        if any(labels.get(name, wanted) != wanted for name, wanted in family.only.items()):
            return
        column = family.series[series]
        kind = labels.pop(family.by, "") if family.by else ""
        if column == "type":
            column = family.types.get(kind, "")
        elif column == "count":
            column = "calls" if kind in ("input", "") else ""
        if labels.get("finished_reason") == "abort":
            column = "cancelled"
        for name in _FAILED:
            if labels.get(name):
                column = {"calls": "failed", "micro": "failed_micro"}.get(column, column)
        if not column:
            return
        skipped = {*family.apart, *family.only, *_FAILED, "le"}
        kept = tuple(sorted((k, v) for k, v in labels.items() if k not in skipped))
        scale = {"micro": MICRO, "failed_micro": MICRO, "nanousd": 10**9}.get(column, 1)
        place = (family.name, kept, column)
        # Of one count that two series have, the larger holds; else they are parts of a sum.
        whole = round(value * scale)
        if column == "calls" and family.name == "gen_ai":
            self.values[place] = max(self.values.get(place, 0), whole)
        else:
            self.values[place] = self.values.get(place, 0) + whole


def snapshots_in(file: SourceFile, damaged: list[Found]) -> Iterator[Snapshot]:
    """The scrapes of a file: one begins where a sample comes again."""
    current: Snapshot | None = None
    number = 0
    for block in file.blocks():
        for line in block.splitlines():
            number += 1
            name = line.split(b"{", 1)[0].split(b" ", 1)[0]
            if name not in KNOWN:
                continue
            match = _SAMPLE.match(line.rstrip())
            value = _value(match[3]) if match else None
            if match is None or value is None:
                damaged.append(Found(number, None, "no sample of a metric"))
                continue
            sample = (match[1], match[2] or b"")
            if current is None or sample in current.seen:
                if current is not None:
                    yield current
                current = Snapshot(float(match[4]) if match[4] else None)
            current.seen.add(sample)
            labels = dict(_LABEL.findall(sample[1].decode("utf-8", "replace")))
            series = match[1].decode()
            current.add(OF_SERIES[series], series, labels, value)
    if current is not None:
        yield current


def _value(text: bytes) -> float | None:
    """A counter's value; null where it cannot be true."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= MAX_COUNT else None


def natural(name: str) -> list[Any]:
    """A name by which snapshots stand in the order of their numbers."""
    return [(int(p), "") if p.isdigit() else (-1, p) for p in _DIGITS.split(name) if p]
