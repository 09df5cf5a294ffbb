"""Snapshots of honcho's Prometheus metrics: counters of one process since its start.

The last snapshot of a process counts, since counters only grow. Token types are not added up:
cache reads and writes are inside the input. Where the log of the same process is here, its lines
are counted and the snapshot only cross-checks. Source: honcho's `telemetry/prometheus/metrics.py`.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl.content import Head, SourceFile
from usagectl.notices import Notice, Reject
from usagectl.readers.fields import MAX_COUNT
from usagectl.readers.reading import CALL_COLUMNS, FATES, of_part, plural
from usagectl.schema import MICROSECONDS_PER_SECOND

SNAPSHOT = "metrics snapshot"

_CALLS = "llm_calls_total"
_SERIES = re.compile(
    r"(llm_calls_total|llm_tokens_total|llm_tool_calls_total|llm_backup_used_total"
    r"|llm_call_duration_seconds_(?:bucket|sum|count)|llm_iterations_(?:bucket|sum|count))$"
)
_SAMPLE = re.compile(r"([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_START = "process_start_time_seconds"

Target = tuple[str, str, str]


class Metrics(NamedTuple):
    """Window rows of the processes that no log describes, and what became of the samples."""

    calls: pl.LazyFrame
    fates: pl.DataFrame
    rejects: list[Reject]
    notices: list[Notice]


class _Snapshot(NamedTuple):
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


def part_of(head: Head) -> str | None:
    """A text exposition that has at least one of the six series."""
    if b"# TYPE " in head.data or b"_total{" in head.data:
        if re.search(rb"^llm_calls_total[{ ]", head.data, re.MULTILINE):
            return SNAPSHOT
        if re.search(rb"^# TYPE llm_calls(?:_total)? counter", head.data, re.MULTILINE):
            return SNAPSHOT
    return None


def read(files: Sequence[SourceFile], logged: pl.DataFrame) -> Metrics:
    """Read the snapshots and keep the last one of each process.

    Args:
        files: All honcho files.
        logged: The call lines of the logs, with `file`, `feature`, `provider`, `model`,
            `outcome` and `ended_at`.
    """
    rejects: list[Reject] = []
    snapshots = [_parse(index, file, rejects) for index, file in of_part(files, SNAPSHOT).items()]
    logs = _logs(files, logged)
    rows: list[dict[str, Any]] = []
    fates: list[tuple[int, int, int, int, int]] = []
    compared = differing = processes = 0
    for process in _processes(snapshots):
        last = process[-1]
        log = _log_of(last, logs)
        beside_log = log is not None
        window = [] if beside_log else _window(last)
        rows += window
        processes += not beside_log
        if log is not None:
            compared += 1
            differing += not log.agrees(last)
        for snapshot in process:
            counted = len(window) if snapshot is last else 0
            fates.append(_fate(snapshot, counted))
    return Metrics(
        pl.LazyFrame(rows, schema={c: CALL_COLUMNS[c] for c in _COLUMNS}),
        pl.DataFrame(fates, schema=FATES, orient="row"),
        rejects,
        [
            Notice(
                "metrics-disagree",
                f"{differing} of {compared} metrics snapshot{plural(compared)} disagree with the"
                " log of the same process: the log is counted",
                differing,
            ),
            Notice(
                "counted-from-metrics",
                f"{processes} process{'' if processes == 1 else 'es'} known from metrics alone:"
                " counters say nothing of single calls, so there are no percentiles and no times",
                processes,
            ),
        ],
    )


def _parse(index: int, file: SourceFile, rejects: list[Reject]) -> _Snapshot:
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
    return _Snapshot(index, place, start, calls, seconds, tokens, samples, ours, rejected)


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


def _processes(snapshots: Iterable[_Snapshot]) -> list[list[_Snapshot]]:
    """Snapshots by the process that they are of, each in the order in which it counted on."""
    groups: dict[tuple[tuple[str, str], float | None], list[_Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        groups[snapshot.place, snapshot.start].append(snapshot)
    processes = []
    for (_, start), group in groups.items():
        group.sort(key=lambda snapshot: (snapshot.total, snapshot.file))
        if start is not None:
            processes.append(group)
            continue
        # No start time tells them apart: a counter that is smaller belongs to another process.
        chains: list[list[_Snapshot]] = []
        for snapshot in group:
            chain = next((c for c in chains if _continues(c[-1], snapshot)), None)
            if chain is None:
                chains.append([snapshot])
            else:
                chain.append(snapshot)
        processes += chains
    return processes


def _continues(earlier: _Snapshot, later: _Snapshot) -> bool:
    return all(later.calls.get(key, 0) >= count for key, count in earlier.calls.items()) and all(
        later.tokens.get(key, 0) >= count for key, count in earlier.tokens.items()
    )


class _Log:
    """What the log lines of one directory say, as counters."""

    def __init__(self) -> None:
        self.calls: dict[tuple[Target, str], int] = defaultdict(int)
        self.tokens: dict[tuple[Target, str], int] = defaultdict(int)
        self.last: datetime | None = None

    def equals(self, snapshot: _Snapshot) -> bool:
        """Whether both say exactly the same, whatever the time zone of the log."""
        tokens = {key: count for key, count in self.tokens.items() if count}
        return dict(self.calls) == dict(snapshot.calls) and tokens == dict(snapshot.tokens)

    def may_be_of(self, snapshot: _Snapshot) -> bool:
        """Whether the process of a snapshot ran while this log was written."""
        if snapshot.start is None or self.last is None:
            return bool(snapshot.calls.keys() & self.calls.keys())
        return snapshot.start <= self.last.timestamp()

    def agrees(self, snapshot: _Snapshot) -> bool:
        """Whether everything that the snapshot counted stands in the log."""
        return all(self.calls.get(k, 0) >= n for k, n in snapshot.calls.items()) and all(
            self.tokens.get(k, 0) >= n for k, n in snapshot.tokens.items()
        )


def _log_of(snapshot: _Snapshot, logs: Mapping[tuple[str, str], _Log]) -> _Log | None:
    """The log of the process of a snapshot, wherever in the run it lies.

    One that says exactly the same, else one that was still written when the process had begun and
    holds all that it counted, else one that lies beside and was still written then.
    """
    run, _ = snapshot.place
    of_run = [log for (name, _), log in logs.items() if name == run]
    for log in of_run:
        if log.equals(snapshot):
            return log
    for log in of_run:
        if log.may_be_of(snapshot) and log.agrees(snapshot):
            return log
    beside = logs.get(snapshot.place)
    return beside if beside is not None and beside.may_be_of(snapshot) else None


def _logs(files: Sequence[SourceFile], logged: pl.DataFrame) -> Mapping[tuple[str, str], _Log]:
    logs: dict[tuple[str, str], _Log] = defaultdict(_Log)
    token_types = {
        "input": "input_tokens",
        "output": "output_tokens",
        "cache_read": "cache_read_tokens",
        "cache_creation": "cache_creation_tokens",
    }
    summed = logged.group_by("file", "feature", "provider", "model", "outcome").agg(
        pl.len(), pl.col("ended_at").max(), pl.col(*token_types.values()).sum()
    )
    for row in summed.iter_rows(named=True):
        file = files[row["file"]]
        log = logs[file.run, file.folder]
        target = (row["feature"], row["provider"], row["model"])
        log.calls[target, row["outcome"]] += row["len"]
        for token_type, column in token_types.items():
            log.tokens[target, token_type] += row[column]
        if row["ended_at"] and (log.last is None or row["ended_at"] > log.last):
            log.last = row["ended_at"]
    return logs


_COLUMNS = (
    "file",
    "granularity",
    "calls",
    "task",
    "provider",
    "model",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
    "duration_us",
    "status",
    "outcome",
)


def _window(snapshot: _Snapshot) -> list[dict[str, Any]]:
    """A row per target and status.

    Tokens are counted without the outcome, so the outcomes of one status share a row, and the
    tokens stand with the calls that were answered.
    """
    groups: dict[tuple[Target, str], list[str]] = defaultdict(list)
    for target, outcome in snapshot.calls:
        groups[target, "failed" if outcome.startswith("error") else "ok"].append(outcome)
    rows = []
    for (target, status), outcomes in groups.items():
        answered = status == "ok" or (target, "ok") not in groups
        tokens = {
            kind: snapshot.tokens.get((target, kind)) if answered else None
            for kind in ("input", "output", "cache_read", "cache_creation")
        }
        keys = [(target, outcome) for outcome in outcomes]
        timed = [snapshot.seconds[key] for key in keys if key in snapshot.seconds]
        rows.append(
            {
                "file": snapshot.file,
                "granularity": "window",
                "calls": sum(snapshot.calls[key] for key in keys),
                "task": target[0] or None,
                "provider": target[1] or None,
                "model": target[2] or None,
                "input_tokens": tokens["input"],
                "cache_read_tokens": tokens["cache_read"],
                "cache_write_tokens": tokens["cache_creation"],
                "output_tokens": tokens["output"],
                "duration_us": _microseconds(timed),
                "status": status,
                "outcome": " + ".join(sorted(outcomes)),
            }
        )
    return rows


def _microseconds(seconds: Sequence[float]) -> int | None:
    total = sum(seconds)
    return round(total * MICROSECONDS_PER_SECOND) if seconds and total <= _MAX_SUM else None


# Of seconds in one counter: beyond it, it counts something else.
_MAX_SUM = 1e11


def _fate(snapshot: _Snapshot, counted: int) -> tuple[int, int, int, int, int]:
    ignored = snapshot.samples - snapshot.ours - snapshot.rejected
    return (
        snapshot.file,
        snapshot.samples,
        snapshot.ours - counted,
        ignored,
        snapshot.rejected,
    )
