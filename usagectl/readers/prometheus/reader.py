"""Prometheus text: snapshots of the metrics of servers and gateways, as sums of many calls.

A counter holds all since its process started. One snapshot is the time since then; several of one
folder, or several scrapes in one file, are the time between the first and the last, in which a
counter that fell began anew. A row is what one set of labels consumed. Families: vLLM, SGLang,
llama.cpp, LiteLLM, OpenTelemetry's GenAI metrics (Envoy AI Gateway), Claude Code's, and honcho's
counters of its background work. Source: the metrics pages of these, and Prometheus' exposition
formats.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import SETTLED, Counting
from usagectl.readers.core.call_records import OTHER, SHAPE, calls_of
from usagectl.readers.core.counters import Counters
from usagectl.readers.core.format import About, Format
from usagectl.readers.core.lines import read_found
from usagectl.readers.core.picking import Labels
from usagectl.readers.core.reading import Reading, Taken
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.units import Unit, instant_text
from usagectl.readers.prometheus.families import BY_NAME, KNOWN, Family
from usagectl.readers.prometheus.scrapes import MICRO, Snapshot, natural, snapshots_in

SNAPSHOT = "metrics snapshot"


def detect(head: Head) -> Mapping[str, int]:
    """Samples of a series that is known; honcho's own calls are its reader's."""
    if not any(prefix in head.data for prefix in KNOWN):
        return {}
    names = (line.split(b"{", 1)[0].split(b" ", 1)[0] for line in head.data.splitlines())
    count = sum(name in KNOWN for name in names)
    return {SNAPSHOT: count} if count else {}


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read the snapshots of all folders.

    Args:
        files: The files that `detect` claimed.
        taken: Nothing: a snapshot is no JSON.
        zone: Not needed: a sample has its time in UTC, if it has one.
    """
    del taken
    folders: dict[tuple[str, str], list[tuple[Any, int, Snapshot]]] = {}
    damaged: dict[int, list[Found]] = {}
    samples: dict[int, int] = {}
    for index, file in enumerate(files):
        damaged[index] = []
        for number, snapshot in enumerate(snapshots_in(file, damaged[index])):
            place = folders.setdefault((file.run, file.folder), [])
            order = (snapshot.at is None, snapshot.at or 0, natural(file.name), number)
            place.append((order, index, snapshot))
            samples[index] = samples.get(index, 0) + len(snapshot.seen)
    rows: dict[int, list[Found]] = {index: [] for index in range(len(files))}
    for found in folders.values():
        found.sort(key=lambda each: each[0])
        index, told = found[-1][1], _window([snapshot for *_, snapshot in found])
        rows[index] += [Found(0, row) for row in told]
    used = {index: len(of) for index, of in rows.items()}
    places = {id(file): index for index, file in enumerate(files)}

    def find(file: SourceFile) -> Iterator[Found]:
        index = places[id(file)]
        yield from rows[index]
        yield from damaged[index]
        yield from (Found(0, OTHER) for _ in range(max(samples.get(index, 0) - used[index], 0)))

    records = read_found(dict(enumerate(files)), SHAPE, zone, find)
    return calls_of(files, records, _COUNTING)


def _window(snapshots: Sequence[Snapshot]) -> Iterator[dict[str, Any]]:
    """What was consumed from the first snapshot to the last, or since the start of one."""
    sums: dict[tuple[str, tuple[tuple[str, str], ...]], dict[str, int]] = {}
    counters = {place: Counters() for each in snapshots for place in each.values}
    for number, snapshot in enumerate(snapshots):
        for (family, labels, column), value in snapshot.values.items():
            grown = counters[family, labels, column].added({"": value})
            is_base = number == 0 and len(snapshots) > 1
            row = sums.setdefault((family, labels), {})
            if column not in row or not is_base:
                row[column] = row.get(column, 0) + (0 if is_base or not grown else grown[""])
    ended = snapshots[-1].at
    for (family, labels), row in sums.items():
        yield from _rows(BY_NAME[family], dict(labels), row, ended)


def _rows(
    family: Family, labels: dict[str, str], row: dict[str, int], ended: float | None
) -> Iterator[dict[str, Any]]:
    read, given = row.get("cache_read_tokens"), row.get("input_tokens")
    if family.exclusive and given is not None:
        row["input_tokens"] = given + (read or 0) + row.get("cache_write_tokens", 0)
    elif read is not None and (given is None or read > given):
        # It counts something else than the input does, and is no part of it.
        row.pop("cache_read_tokens")
    known = {
        "granularity": "window",
        "counting": SETTLED,
        "model": next((labels[n] for n in family.model if labels.get(n)), None),
        "task": next((labels[n] for n in family.task if labels.get(n)), None)
        or (labels.get("job") if family.name != "honcho" else None),
        "host": labels.get("instance"),
        "ended_at": _at(ended),
        "tags": Labels({n: v for n, v in labels.items() if n not in family.model}).text(),
    }
    if family.name in ("vllm", "sglang", "llama.cpp"):
        known["provider"] = family.name
    total, failed = row.pop("calls", None), row.pop("failed", 0)
    if family.name == "litellm" and total is not None:
        total -= min(failed, total)
    cancelled, lost = row.pop("cancelled", 0), row.pop("failed_micro", 0)
    micro, nanousd = row.pop("micro", None), row.pop("nanousd", None)
    yield {
        **known,
        **row,
        "calls": total,
        "duration": micro / MICRO if micro is not None else None,
        "cost": nanousd / 10**9 if nanousd is not None else None,
    }
    if failed:
        yield {**known, "calls": failed, "status": "failed", "duration": lost / MICRO or None}
    if cancelled:
        yield {**known, "calls": cancelled, "status": "cancelled"}


def _at(number: float | None) -> Any:
    """The time of a sample: OpenMetrics writes seconds, Prometheus milliseconds."""
    is_in_seconds = number is None or number <= _LARGEST_SECONDS
    return instant_text(number, Unit.SECONDS if is_in_seconds else Unit.MILLISECONDS)


_LARGEST_SECONDS = 1e11
_COUNTING = Counting()

FORMAT = Format(
    name="prometheus",
    about=About(
        files="snapshots of the metrics of vLLM, SGLang, llama.cpp, LiteLLM, Envoy AI Gateway"
        " (`gen_ai_*`), Claude Code and honcho's background work",
        special="a row is what one set of labels consumed; several snapshots in a folder are the"
        " time between the first and the last; a counter that fell began anew",
        unknown="single calls, so percentiles; llama.cpp, Claude Code and honcho do not count"
        " requests",
    ),
    convention="sums of many calls since a process started, or between two snapshots; cached"
    " tokens are inside the input, Claude Code's are added",
    detect=detect,
    read=read,
)
