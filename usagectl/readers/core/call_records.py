"""What the readers of agents, traces, gateways and raw answers share: loose records to calls.

Such a reader says how a file of its format is told, which objects of it stand for a call, and where
these have their fields. What a field is called from there on, and every rule about them (repeated
records, wrappers, inclusive counts), stands here, once.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.model.columns import CALL
from usagectl.model.notices import Doubt
from usagectl.model.schema import INSTANT
from usagectl.readers.core import calibration, lines, merging, spans, tables
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.fields import Fields, Kind, schema
from usagectl.readers.core.format import About, Format
from usagectl.readers.core.mapping import Row, Table, same
from usagectl.readers.core.objects import objects_in
from usagectl.readers.core.reading import Reading, Taken, fates_of, no_time, reading
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import Shape

OTHER = {"role": "other"}
"""A record that is no call."""

_TEXTS = (
    "role key trace span parent granularity task session provider model request_model status"
    " outcome message error_id request_id project host tags counting"
)
_COUNTS = (
    "calls input_tokens output_tokens cache_read_tokens cache_write_tokens cache_write_1h_tokens"
    " reasoning_tokens total_tokens attempts iterations tool_calls http_status"
)
FIELDS: Fields = {
    **dict.fromkeys(_TEXTS.split(), Kind.TEXT),
    **dict.fromkeys(_COUNTS.split(), Kind.COUNT),
    **dict.fromkeys(("started_at", "ended_at"), Kind.TIME),
    **dict.fromkeys(("duration", "first_token"), Kind.SECONDS),
    "cost": Kind.USD,
    "replay": Kind.FLAG,
}
"""What a record of a call may say.

`role` is `other` for what is no call, `wrapper` for a span that stands for those below it and
`aggregate` for a sum of calls, which counts where no call of its run, or of its session, is there;
those of one key are parts of one. `key` is else shared by records of one call, of which one that is
a `replay` counts for less. `trace`, `span` and `parent` place it in a trace. `counting` is one of
`calibration.WORDS`. `total_tokens` is the record's own sum, by which the others are read. `tags` is
a JSON object of free labels. All else is as in `columns.CALL`, where a `duration`
and what goes until the `first_token` are in seconds, a `cost` in USD.
"""

RECORDS = pl.Schema(
    {
        "file": pl.UInt32(),
        **schema(FIELDS),
        **dict.fromkeys((name for name, kind in FIELDS.items() if kind is Kind.TIME), INSTANT),
    }
)
"""The columns of a frame of such records."""

SHAPE = Shape(FIELDS, required=(), relevant=lambda record: record.get("role") != "other")

_WORDS = {"granularity": "call", "status": "ok"}
_TABLE = Table(
    CALL,
    *(Row(name, pl.col(name).fill_null(word)) for name, word in _WORDS.items()),
    Row("calls", pl.col("calls").fill_null(1)),
    *same(
        *"input_tokens output_tokens cache_read_tokens cache_write_tokens cache_write_1h_tokens"
        " reasoning_tokens attempts iterations tool_calls http_status task session provider model"
        " outcome message error_id request_id project host tags".split()
    ),
    Row("ended_at", pl.col("ended_at")),
    Row("request_model", "request_model", when=pl.col("request_model") != pl.col("model")),
    Row("duration_us", "duration", unit=Kind.SECONDS),
    Row("first_token_us", "first_token", unit=Kind.SECONDS),
    Row("recorded_cost_nanousd", "cost"),
)

Find: TypeAlias = Callable[[SourceFile], Iterator[Found]]
"""The records of a file, as `FIELDS` has them."""

Extract: TypeAlias = Callable[[dict[str, Any]], Iterable[dict[str, Any]]]
"""What stands for calls in an object of a file; nothing where nothing does."""


def each_object(extract: Extract, only: re.Pattern[bytes] | None = None) -> Find:
    """Look at the objects of a file one by one; see `objects_in` for `only`."""

    def find(file: SourceFile) -> Iterator[Found]:
        for found in objects_in(file, only):
            if found.value is None:
                yield found
                continue
            records = list(extract(found.value)) if found.value else []
            yield from (found._replace(value=record, text="") for record in records or [OTHER])

    return find


def each_row(record_of: Callable[[dict[str, Any]], dict[str, Any]]) -> Find:
    """Look at the rows of a table one by one."""

    def find(file: SourceFile) -> Iterator[Found]:
        for found in tables.rows_in(file):
            yield found if found.value is None else found._replace(value=record_of(found.value))

    return find


def by_kind(finds: Mapping[str, Find]) -> Find:
    """Look into a file as its kind asks for."""
    return lambda file: finds[file.part](file)


def call_format(
    name: str,
    about: About,
    detect: Callable[[Head], Mapping[str, int]],
    find: Find,
    counting: Counting = Counting(),  # noqa: B008
    *,
    special: str = "",
    **more: Any,
) -> Format:
    """A format whose records are found one by one.

    Args:
        name: What the format is called.
        about: Its row in `docs/formats.md`.
        detect: As in `Format`.
        find: The records of a file that `detect` claimed.
        counting: How it counts where a record does not tell.
        special: What else a user should know of how it counts.
        more: Further fields of `Format`.
    """
    convention = f"{counting.words()}; {special}" if special else counting.words()
    read = partial(_read, find=find, counting=counting)
    return Format(name, about, convention, detect, read, **more)


def _read(
    files: Sequence[SourceFile], taken: Taken, zone: str, *, find: Find, counting: Counting
) -> Reading:
    del taken
    records = lines.read_found(dict(enumerate(files)), SHAPE, zone, find)
    return calls_of(files, records, counting)


def calls_of(
    files: Sequence[SourceFile],
    records: lines.Records,
    counting: Counting,
    doubts: Iterable[Doubt] = (),
) -> Reading:
    """The calls among some records.

    Args:
        files: The files that they are from.
        records: A frame with the columns of `FIELDS`, times as instants.
        counting: How the format counts where a record does not tell.
        doubts: What else a user should know.
    """
    run_of = pl.Series([file.run for file in files], dtype=pl.String)
    frame = records.frame.with_columns(
        run=pl.lit(run_of).gather("file"),
        is_call=(pl.col("role") != "other").fill_null(True),
        wraps=(pl.col("role") == "wrapper").fill_null(False),
    )
    frame = spans.with_leaves(_timed(frame))
    is_sum = (pl.col("role") == "aggregate").fill_null(False)
    wrappers = frame.filter(pl.col("is_call") & pl.col("repeats"))
    kept, again = merging.merged(frame.filter(pl.col("is_call") & ~pl.col("repeats") & ~is_sum))
    sums, summed = merging.combined(frame.filter(is_sum), kept)
    calls = calibration.calibrated(pl.concat([kept, sums]), counting)
    merged = pl.concat([part.select("file") for part in (again, wrappers, summed)])
    repeated = again.select("run", "key").unique().height
    return reading(
        calls=_TABLE.of(calls),
        fates=[fates_of(records.counts, merged=merged, ignored=frame.filter(~pl.col("is_call")))],
        rejects=records.rejects,
        doubts=[
            *doubts,
            merging.doubt(again.height, repeated),
            spans.doubt(wrappers.height),
            merging.doubt_of_sums(summed.height),
            *calibration.doubts(calls),
            _uncounted(calls),
            no_time(calls["ended_at"]),
        ],
        conventions=calibration.conventions(calls, counting),
    )


def _timed(frame: pl.DataFrame) -> pl.DataFrame:
    """Of beginning, end and duration the third where two are there."""
    lasted = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds() / 1_000_000
    span = pl.duration(microseconds=(pl.col("duration") * 1_000_000).round().cast(pl.Int64))
    return frame.with_columns(
        duration=pl.coalesce("duration", pl.when(lasted >= 0).then(lasted)),
        ended_at=pl.coalesce("ended_at", pl.col("started_at") + span, "started_at"),
    )


def _uncounted(calls: pl.DataFrame) -> Doubt:
    """How many sums do not say of how many calls they are."""
    unknown = (pl.col("granularity") != "call") & (pl.col("granularity") != "turn")
    return Doubt(
        "calls-unknown",
        "{n:,} sum{s} of a session, a run or a window without a number of calls: each counts as"
        " one, so there were at least as many",
        calls.filter(unknown & pl.col("calls").is_null()).height,
    )


def counted(told: Iterable[bool], kind: str) -> Mapping[str, int]:
    """How many records of a head are of a kind of file, as a format tells it."""
    count = sum(told)
    return {kind: count} if count else {}


def counted_kinds(
    head: Head, kinds: Mapping[str, Callable[[Mapping[str, Any]], bool]]
) -> Mapping[str, int]:
    """The same of several kinds, each with what its records are told by."""
    counts = {kind: sum(map(is_of, head.objects)) for kind, is_of in kinds.items()}
    return {kind: count for kind, count in counts.items() if count}
