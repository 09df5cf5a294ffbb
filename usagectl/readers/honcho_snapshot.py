"""One snapshot of honcho's metrics: the samples of its six series, as numbers."""

import math
import re
from collections import defaultdict
from typing import NamedTuple

from usagectl.content import SourceFile
from usagectl.notices import Reject
from usagectl.readers.fields import MAX_COUNT

_CALLS = "llm_calls_total"


_SERIES = re.compile(
    r"(llm_calls_total|llm_tokens_total|llm_tool_calls_total|llm_backup_used_total"
    r"|llm_call_duration_seconds_(?:bucket|sum|count)|llm_iterations_(?:bucket|sum|count))$"
)


_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")


_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


_START = "process_start_time_seconds"


Target = tuple[str, str, str]


class Snapshot(NamedTuple):
    """The samples of one file. `calls` is by target and outcome, `tokens` by target and type."""

    file: int
    place: tuple[str, str]
    start: float | None
    calls: dict[tuple[Target, str], int]
    seconds: dict[tuple[Target, str], float]
    tokens: dict[tuple[Target, str], int]
    samples: int
    ours: int
    rejected: int

    @property
    def total(self) -> int:
        return sum(self.calls.values())


def parse(index: int, file: SourceFile, rejects: list[Reject]) -> Snapshot:
    calls: dict[tuple[Target, str], int] = defaultdict(int)
    seconds: dict[tuple[Target, str], float] = defaultdict(float)
    tokens: dict[tuple[Target, str], int] = defaultdict(int)
    start: float | None = None
    samples = ours = rejected = 0
    for number, raw in enumerate(file.read().decode("utf-8", "replace").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        samples += 1
        try:
            name, labels, value = _sample(line)
        except ValueError as error:
            rejected += 1
            rejects.append(Reject(file.path, number, str(error)))
            continue
        if name == _START and math.isfinite(value):
            start = value
        if not _SERIES.match(name):
            continue
        ours += 1
        target = (labels.get("feature", ""), labels.get("provider", ""), labels.get("model", ""))
        if name == _CALLS:
            calls[target, labels.get("outcome", "")] += int(value)
        elif name == "llm_call_duration_seconds_sum":
            seconds[target, labels.get("outcome", "")] += value
        elif name == "llm_tokens_total":
            tokens[target, labels.get("token_type", "")] += int(value)
    if file.trouble:
        samples += 1
        rejected += 1
        rejects.append(Reject(file.path, 0, file.trouble))
    place = (file.run, file.folder)
    return Snapshot(index, place, start, calls, seconds, tokens, samples, ours, rejected)


def _sample(line: str) -> tuple[str, dict[str, str], float]:
    match = _SAMPLE.match(line)
    if match is None:
        raise ValueError("not a metrics sample")
    name, labels, text = match.groups()
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} has the value {text!r}, not a number") from None
    if _SERIES.match(name) and not 0 <= value <= MAX_COUNT:
        raise ValueError(f"{name} has the value {text}, which no counter can have")
    pairs = _LABEL.findall(labels or "")
    return name, {key: _unescaped(label) for key, label in pairs}, value


def _unescaped(label: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], label)
