"""Snapshots of honcho's Prometheus metrics: counters of one process since its start.

The last snapshot of a process counts, since counters only grow. Token types are not added up:
cache reads and writes are inside the input. Where the log of the same process is here, its lines
are counted and the snapshot only cross-checks. Source: honcho's `telemetry/prometheus/metrics.py`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.notices import Doubt, Reject
from usagectl.model.schema import MICROSECONDS_PER_SECOND
from usagectl.readers.core.reading import CALL_COLUMNS, FATES, of_part
from usagectl.readers.honcho.snapshot import Snapshot, Target, parse

SNAPSHOT = "metrics snapshot"
_CALLS_SERIES = re.compile(
    rb"^(?:llm_calls_total[{ ]|# TYPE llm_calls(?:_total)? counter)", re.MULTILINE
)


class Metrics(NamedTuple):
    """Window rows of the processes that no log describes, and what became of the samples."""

    calls: pl.LazyFrame
    fates: pl.DataFrame
    rejects: list[Reject]
    doubts: list[Doubt]


def samples(head: Head) -> int:
    """How many lines of a text exposition are of the series that counts calls."""
    if b"# TYPE " not in head.data and b"_total{" not in head.data:
        return 0
    return len(_CALLS_SERIES.findall(head.data))


def read(files: Sequence[SourceFile], logged: pl.DataFrame) -> Metrics:
    """Read the snapshots and keep the last one of each process.

    Args:
        files: All honcho files.
        logged: The call lines of the logs, with `file`, `feature`, `provider`, `model`,
            `outcome` and `ended_at`.
    """
    rejects: list[Reject] = []
    snapshots = [parse(index, file, rejects) for index, file in of_part(files, SNAPSHOT).items()]
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
            Doubt(
                "metrics-disagree",
                "metrics snapshots that disagree with the log of the same process: {n} of"
                " {compared}; the log is counted",
                differing,
                {"compared": compared},
            ),
            Doubt(
                "counted-from-metrics",
                "{n} process{es} known from metrics alone:"
                " counters say nothing of single calls, so there are no percentiles and no times",
                processes,
            ),
        ],
    )


def _processes(snapshots: Iterable[Snapshot]) -> list[list[Snapshot]]:
    """Snapshots by the process that they are of, each in the order in which it counted on."""
    groups: dict[tuple[tuple[str, str], float | None], list[Snapshot]] = defaultdict(list)
    for snapshot in snapshots:
        groups[snapshot.place, snapshot.start].append(snapshot)
    processes = []
    for (_, start), group in groups.items():
        group.sort(key=lambda snapshot: (snapshot.total, snapshot.file))
        if start is not None:
            processes.append(group)
            continue
        # No start time tells them apart: a counter that is smaller belongs to another process.
        chains: list[list[Snapshot]] = []
        for snapshot in group:
            chain = next((c for c in chains if _continues(c[-1], snapshot)), None)
            if chain is None:
                chains.append([snapshot])
            else:
                chain.append(snapshot)
        processes += chains
    return processes


def _continues(earlier: Snapshot, later: Snapshot) -> bool:
    return all(later.calls.get(key, 0) >= count for key, count in earlier.calls.items()) and all(
        later.tokens.get(key, 0) >= count for key, count in earlier.tokens.items()
    )


class _Log:
    """What the log lines of one directory say, as counters."""

    def __init__(self) -> None:
        self.calls: dict[tuple[Target, str], int] = defaultdict(int)
        self.tokens: dict[tuple[Target, str], int] = defaultdict(int)
        self.last: datetime | None = None

    def equals(self, snapshot: Snapshot) -> bool:
        """Whether both say exactly the same, whatever the time zone of the log."""
        tokens = {key: count for key, count in self.tokens.items() if count}
        return dict(self.calls) == dict(snapshot.calls) and tokens == dict(snapshot.tokens)

    def may_be_of(self, snapshot: Snapshot) -> bool:
        """Whether the process of a snapshot ran while this log was written."""
        if snapshot.start is None or self.last is None:
            return bool(snapshot.calls.keys() & self.calls.keys())
        return snapshot.start <= self.last.timestamp()

    def agrees(self, snapshot: Snapshot) -> bool:
        """Whether everything that the snapshot counted stands in the log."""
        return all(self.calls.get(k, 0) >= n for k, n in snapshot.calls.items()) and all(
            self.tokens.get(k, 0) >= n for k, n in snapshot.tokens.items()
        )


def _log_of(snapshot: Snapshot, logs: Mapping[tuple[str, str], _Log]) -> _Log | None:
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
    "iterations",
    "tool_calls",
)


def _window(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rows that stand for the calls of a process.

    Tokens are counted without the outcome, so the outcomes of answered calls share a row, and the
    tokens stand there. Tool calls and iterations are counted without the model: they are given to
    a row only where no other can be meant.
    """
    rows = []
    features = Counter(feature for (feature, _, _), _ in _groups(snapshot))
    spread = Counter((t[0], o) for (t, _), outcomes in _groups(snapshot).items() for o in outcomes)
    for (target, status), outcomes in _groups(snapshot).items():
        answered = _carries_tokens(snapshot, target, outcomes)
        tokens = {
            kind: snapshot.tokens.get((target, kind)) if answered else None
            for kind in ("input", "output", "cache_read", "cache_creation")
        }
        keys = [(target, outcome) for outcome in outcomes]
        timed = [snapshot.seconds[key] for key in keys if key in snapshot.seconds]
        alone = [(target[0], o) for o in outcomes if spread[target[0], o] == 1]
        looped = [snapshot.iterations[key] for key in alone if key in snapshot.iterations]
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
                "status": "failed" if status else "ok",
                "outcome": " + ".join(sorted(outcomes)),
                "iterations": sum(looped) if looped else None,
                "tool_calls": snapshot.tool_calls.get(target[0])
                if features[target[0]] == 1
                else None,
            }
        )
    return rows


def _groups(snapshot: Snapshot) -> dict[tuple[Target, str], list[str]]:
    """Outcomes by target and kind of failure; all answered calls are of no kind of failure."""
    groups: dict[tuple[Target, str], list[str]] = defaultdict(list)
    for target, outcome in snapshot.calls:
        groups[target, outcome if outcome.startswith("error") else ""].append(outcome)
    return groups


def _carries_tokens(snapshot: Snapshot, target: Target, outcomes: Sequence[str]) -> bool:
    """Whether the tokens of a target belong to these outcomes: the best answered of all."""
    of_target = [outcome for other, outcome in snapshot.calls if other == target]
    best = min(of_target, key=_answered_rank)
    return _answered_rank(best) == _answered_rank(outcomes[0]) and (
        best in outcomes or not best.startswith("error")
    )


def _answered_rank(outcome: str) -> int:
    if not outcome.startswith("error"):
        return 0
    return 1 if outcome == "error_max_iterations" else 2


def _microseconds(seconds: Sequence[float]) -> int | None:
    total = sum(seconds)
    return round(total * MICROSECONDS_PER_SECOND) if seconds and total <= _MAX_SUM else None


# Of seconds in one counter: beyond it, it counts something else.
_MAX_SUM = 1e11


def _fate(snapshot: Snapshot, counted: int) -> tuple[int, int, int, int, int]:
    ignored = snapshot.samples - snapshot.ours - snapshot.rejected
    return (
        snapshot.file,
        snapshot.samples,
        snapshot.ours - counted,
        ignored,
        snapshot.rejected,
    )
