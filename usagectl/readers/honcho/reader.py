"""honcho: `honcho.llm.call key=value ...` lines of any log, and snapshots of its metrics.

Zero input and zero output
mean unknown on any outcome; `iterations=0` means that there was no tool loop. Source: honcho's
`telemetry/llm_call_metrics.py`.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL
from usagectl.model.notices import Reject
from usagectl.readers.core.fields import Kind, was_measured
from usagectl.readers.core.format import About, Apart, Format, between_lines
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields, same
from usagectl.readers.core.reading import Reading, Taken, fates_of, no_time, of_part, reading
from usagectl.readers.honcho import metrics as honcho_metrics
from usagectl.readers.honcho.call_lines import MARKER, call_lines
from usagectl.readers.honcho.values import parsed_lines

LOG = "call log lines"

_LINE = Table(
    CALL,
    Row("granularity", Word("call")),
    Row("calls", pl.lit(1)),
    *computed("ended_at"),
    Row("task", "feature"),
    *same("provider", "model", "outcome"),
    Row("message", "error_class"),
    Row("status", Word("ok", failed=pl.col("outcome").str.starts_with("error"))),
    Row("duration_us", "latency_ms", unit=Kind.MILLISECONDS),
    *same("attempts"),
    *same("input_tokens", "output_tokens", "cache_read_tokens", when=was_measured()),
    Row("cache_write_tokens", "cache_creation_tokens", when=was_measured()),
    *same("tool_calls"),
    Row("iterations", "iterations", when=pl.col("iterations") > 0),
)
_FIELDS: Mapping[str, Kind] = {
    name: kind for name, kind in raw_fields(_LINE).items() if isinstance(kind, Kind)
} | {"used_backup": Kind.TEXT}


def detect(head: Head) -> Mapping[str, int]:
    """The call lines of a log, and the samples of a snapshot of the metrics."""
    counts = {LOG: head.data.count(MARKER), honcho_metrics.SNAPSHOT: honcho_metrics.samples(head)}
    return {part: count for part, count in counts.items() if count}


def read(files: Sequence[SourceFile], taken: Taken, zone: str) -> Reading:
    """Read logs and snapshots; a snapshot of a process whose log is here only cross-checks.

    Args:
        files: The files that `detect` claimed.
        taken: Nothing: a log is no JSON, its lines are read here.
        zone: The time zone of timestamps without an offset.
    """
    del taken
    logs = of_part(files, LOG)
    lines, counts = call_lines(logs)
    parsed = parsed_lines(lines, _FIELDS, zone)
    good = parsed.filter(pl.col("reason").is_null())
    rejects = [
        Reject(files[index].path, line, reason)
        for index, line, reason in parsed.filter(pl.col("reason").is_not_null())
        .select("file", "line", "reason")
        .iter_rows()
    ] + [Reject(file.path, 0, file.trouble) for file in logs.values() if file.trouble]
    refused = parsed.filter(pl.col("reason").is_not_null()).group_by("file").len("bad")
    counts = counts.join(refused, on="file", how="left").with_columns(
        rejected=pl.col("rejected") + pl.col("bad").fill_null(0).cast(pl.Int64)
    )
    metrics = honcho_metrics.read(files, good)
    return reading(
        calls=pl.concat([_LINE.of(good), metrics.calls], how="diagonal"),
        fates=[fates_of(counts), metrics.fates],
        rejects=[*rejects, *metrics.rejects],
        doubts=[no_time(good["ended_at"]), *metrics.doubts],
    )


FORMAT = Format(
    name="honcho",
    about=About(
        files="`honcho.llm.call` lines in any log; Prometheus snapshots of its calls",
        special="0 and 0 tokens are unknown; a snapshot counts only where the log of its process is"
        " not there",
        unknown="reasoning, cost",
    ),
    convention="cached tokens are inside the input; 0 and 0 is unknown",
    detect=detect,
    read=read,
    markers={MARKER: LOG},
    apart={LOG: Apart.FILE},
    cut=between_lines,
)
