"""honcho: `honcho.llm.call key=value ...` lines of any log, and snapshots of its metrics.

Values are never quoted, so a value reaches up to the next known key. Zero input and zero output
mean unknown on any outcome; `iterations=0` means that there was no tool loop. Source: honcho's
`telemetry/llm_call_metrics.py`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL
from usagectl.model.notices import Reject
from usagectl.readers.core.fields import MAX_COUNT, Kind, was_measured
from usagectl.readers.core.format import Apart, Format, between_lines
from usagectl.readers.core.lines import COUNTS
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields, same
from usagectl.readers.core.reading import Reading, Taken, fates_of, no_time, of_part, reading
from usagectl.readers.core.times import instants
from usagectl.readers.honcho import metrics as honcho_metrics

LOG = "call log lines"
MARKER = b"honcho.llm.call feature="

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
_FIELDS = {**raw_fields(_LINE), "used_backup": Kind.TEXT}
_TEXTS = tuple(name for name, kind in _FIELDS.items() if kind is Kind.TEXT)
_COUNTS = tuple(name for name in _FIELDS if name not in _TEXTS)
_REQUIRED = tuple(name for name in (*_TEXTS, *_COUNTS) if name != "error_class")
_NEXT_KEY = "|".join(_FIELDS)
# What a logging format may put in front: a date and a time, with a comma or point before the
# fraction, with or without an offset.
_CALL = "honcho.llm.call feature="
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TIME = r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)"


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
    lines, counts = _lines(logs)
    parsed = _parsed(lines, zone)
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


def _lines(logs: dict[int, SourceFile]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The call lines of all logs, each with its place; and how many lines each log has."""
    places: list[int] = []
    numbers: list[int] = []
    texts: list[str] = []
    counts: list[tuple[int, int, int, int]] = []
    for index, file in logs.items():
        found = records = 0
        for number, line in _numbered(file):
            records += bool(line.strip())
            if MARKER in line:
                found += 1
                places.append(index)
                numbers.append(number)
                texts.append(_unwrapped(line.decode("utf-8", "replace").strip()))
        trouble = int(file.trouble is not None)
        counts.append((index, records + trouble, trouble, records - found))
    frame = pl.DataFrame(
        {"file": places, "line": numbers, "text": texts},
        schema={"file": pl.UInt32, "line": pl.Int64, "text": pl.String},
    )
    return frame, pl.DataFrame(counts, schema=COUNTS, orient="row")


def _unwrapped(text: str) -> str:
    """The line itself, where a collector wrote it into JSON or a console coloured it."""
    if text.startswith("{"):
        try:
            values = [value for value in json.loads(text).values() if isinstance(value, str)]
        except (ValueError, AttributeError, RecursionError):
            return text
        lines = [value for value in values if _CALL in value]
        times = [value for value in values if re.match(_TIME, value)]
        text = " ".join([*times[:1], *lines[:1]]).strip()
    return _COLOUR.sub("", text)


def _numbered(file: SourceFile) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in file.blocks():
        for line in block.split(b"\n"):
            number += 1
            yield number, line
        # A block ends with a line end: what follows it is no line.
        number -= 1


def _parsed(lines: pl.DataFrame, zone: str) -> pl.DataFrame:
    """The values of each line, and the reason where it is damaged."""
    body = pl.col("text").str.extract(r"honcho\.llm\.call (feature=.*)$")
    values = {
        name: body.str.extract(rf"(?:^| ){name}=(.*?)(?: (?:{_NEXT_KEY})=|$)") for name in _REQUIRED
    }
    values["error_class"] = body.str.extract(r" error_class=(\S+)")
    texts = lines.with_columns(
        pl.col("text").str.extract(rf"^[^=]*?{_TIME}").alias("time"), **values
    )
    absent = pl.concat_list(
        pl.when(pl.col(name).is_null()).then(pl.lit(name)) for name in _REQUIRED
    ).list.drop_nulls()
    numbers = {name: pl.col(name).cast(pl.Int64, strict=False) for name in _COUNTS}
    wrong = pl.concat_list(
        pl.when(
            pl.col(name).is_not_null() & ~number.is_between(0, MAX_COUNT).fill_null(False)
        ).then(pl.format("{} is {}, not a whole number", pl.lit(name), name))
        for name, number in numbers.items()
    ).list.drop_nulls()
    at = instants(texts.get_column("time").str.replace(" ", "T").str.replace(",", "."), zone)
    return texts.with_columns(
        reason=pl.when(absent.list.len() > 0)
        .then(pl.format("cut short: no {}", absent.list.join(", ")))
        .when(wrong.list.len() > 0)
        .then(wrong.list.first()),
        ended_at=at,
    ).with_columns(**numbers)


FORMAT = Format(
    name="honcho",
    convention="cached tokens are inside the input; 0 and 0 is unknown",
    detect=detect,
    read=read,
    markers={MARKER: LOG},
    apart={LOG: Apart.FILE},
    cut=between_lines,
)
