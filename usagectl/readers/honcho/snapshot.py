"""One snapshot of honcho's metrics: the samples of its six series, as numbers."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass, field

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Reject
from usagectl.readers.core.fields import MAX_COUNT

_CALLS = "llm_calls_total"

_SERIES = re.compile(
    r"(llm_calls_total|llm_tokens_total|llm_tool_calls_total|llm_backup_used_total"
    r"|llm_call_duration_seconds_(?:bucket|sum|count)|llm_iterations_(?:bucket|sum|count))$"
)

_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")

_LABEL = re.compile(r'\b(\w+)="((?:[^"\\]|\\.)*)"')

_START = "process_start_time_seconds"

Target = tuple[str, str, str]


@dataclass
class Snapshot:
    """The samples of one file.

    `calls` and `seconds` are by target and outcome, `tokens` by target and type. `tool_calls` that
    succeeded are by feature, `iterations` by feature and outcome. `start` is when the process
    started, in seconds since 1970.
    """

    file: int
    place: tuple[str, str]
    start: float | None = None
    calls: dict[tuple[Target, str], int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[tuple[Target, str], float] = field(default_factory=lambda: defaultdict(float))
    tokens: dict[tuple[Target, str], int] = field(default_factory=lambda: defaultdict(int))
    tool_calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    iterations: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    samples: int = 0
    ours: int = 0
    rejected: int = 0

    @property
    def total(self) -> int:
        return sum(self.calls.values())

    def add(self, name: str, labels: dict[str, str], value: float) -> None:
        """Count one sample of a series of ours."""
        self.ours += 1
        feature, outcome = labels.get("feature", ""), labels.get("outcome", "")
        target = (feature, labels.get("provider", ""), labels.get("model", ""))
        if name == _CALLS:
            self.calls[target, outcome] += int(value)
        elif name == "llm_call_duration_seconds_sum":
            self.seconds[target, outcome] += value
        elif name == "llm_tokens_total":
            self.tokens[target, labels.get("token_type", "")] += int(value)
        elif name == "llm_tool_calls_total" and outcome == "success":
            self.tool_calls[feature] += int(value)
        elif name == "llm_iterations_sum":
            self.iterations[feature, outcome] += int(value)


def parse(index: int, file: SourceFile, rejects: list[Reject]) -> Snapshot:
    """Read a snapshot; lines that are no sample are added to `rejects`."""
    found = Snapshot(index, (file.run, file.folder))
    for number, raw in enumerate(file.read().decode("utf-8", "replace").split("\n"), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        found.samples += 1
        try:
            name, labels, value = _sample(line)
        except ValueError as error:
            found.rejected += 1
            rejects.append(Reject(file.path, number, str(error)))
            continue
        if name == _START and math.isfinite(value):
            found.start = value
        if _SERIES.match(name):
            found.add(name, labels, value)
    if file.trouble:
        found.samples += 1
        found.rejected += 1
        rejects.append(Reject(file.path, 0, file.trouble))
    return found


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
