"""What lies in a PlanExe run tree beside the usage: plan events, outputs, meta, the overview.

Plan events give stages. `activity_overview.json` is never added in: with parallel plans it counts
the calls of the other plans too, so it only cross-checks.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.columns import STAGE
from usagectl.model.notices import Doubt, Reject
from usagectl.readers.core import lines
from usagectl.readers.core.document import Document, Element
from usagectl.readers.core.fields import Kind
from usagectl.readers.core.mapping import Row, Table, Word, computed, raw_fields
from usagectl.readers.core.reading import Taken, fates_of, nearest_folder, of_part
from usagectl.readers.core.salvage import Found
from usagectl.readers.core.shape import Shape

EVENTS = "plan events"
OUTPUTS = "plan outputs"
META = "run description"
OVERVIEW = "activity overview"

_EVENT_STAGE = Table(
    STAGE,
    Row("task", "plan_name"),
    *computed("attempt", "started_at", "ended_at"),
    Row("status", Word("unfinished", failed=pl.col("failed"), done=pl.col("finished"))),
    Row("wall_us", "duration_seconds", unit=Kind.SECONDS),
    Row("message", "error"),
)
_OUTPUT_STAGE = Table(
    STAGE,
    Row("task", "name"),
    Row("attempt", pl.int_range(1, pl.len() + 1).over("file", "name")),
    Row("status", Word("failed", done=pl.col("status") == "ok")),
    Row("wall_us", "duration_seconds", unit=Kind.SECONDS),
    Row("message", "error"),
)
_EVENTS = Shape(
    raw_fields(_EVENT_STAGE, also={Kind.TIME: "timestamp", Kind.TEXT: "event"}),
    required=("event",),
)
_OUTPUTS = Shape(raw_fields(_OUTPUT_STAGE, also={Kind.TEXT: "status"}), required=("name",))
LINES = {EVENTS: _EVENTS, OUTPUTS: _OUTPUTS}
_META = Shape(fields={"model": {"primary": Kind.TEXT, "fallbacks": Kind.TEXT}}, required=("model",))
_OVERVIEW = Shape(
    fields={
        "calls": Kind.COUNT,
        "total_input_tokens": Kind.COUNT,
        "total_output_tokens": Kind.COUNT,
    },
    required=("total_input_tokens",),
)


class Tree(NamedTuple):
    """Stages, the configured model of each usage file, and what became of the records."""

    stages: pl.LazyFrame
    configured_models: dict[int, str]
    fates: pl.DataFrame
    rejects: list[Reject]
    doubts: list[Doubt]


def part_of(record: Mapping[str, Any]) -> str | None:
    """Which of these files a record is of, or None."""
    if "event" in record and "plan_name" in record:
        return EVENTS
    if {"name", "status", "duration_seconds", "error"} <= record.keys():
        return OUTPUTS
    if {"models", "total_cost", "total_input_tokens"} <= record.keys():
        return OVERVIEW
    if isinstance(record.get("model"), dict) and "primary" in record["model"]:
        return META
    return None


def read(files: Sequence[SourceFile], taken: Taken, answers: pl.DataFrame) -> Tree:
    """Read them all, and compare the overviews with the calls beside them.

    Args:
        files: All PlanExe files.
        taken: The records of the line files among them.
        answers: The calls, with `file`, `has_tokens`, `success` and their tokens.
    """
    events = taken[EVENTS]
    outputs = taken[OUTPUTS]
    metas = lines.read_documents(of_part(files, META), _META, "UTC", _document)
    overviews = lines.read_documents(of_part(files, OVERVIEW), _OVERVIEW, "UTC", _overview)
    parts = (events, outputs, metas, overviews)
    have_events = {(f.run, f.folder) for f in of_part(files, EVENTS).values()}
    alone = [i for i, f in of_part(files, OUTPUTS).items() if (f.run, f.folder) not in have_events]
    return Tree(
        pl.concat(
            [
                _EVENT_STAGE.of(_attempts(events.frame)),
                # Only where there are no events, which say the same and when.
                _OUTPUT_STAGE.of(outputs.frame.lazy().filter(pl.col("file").is_in(alone))),
            ],
            how="diagonal",
        ),
        _configured(files, metas.frame),
        pl.concat(fates_of(part.counts, ignored=part.frame) for part in parts),
        [reject for part in parts for reject in part.rejects],
        [
            *_disagreements(files, overviews.frame, answers),
            *_clock(files, events.frame, answers),
        ],
    )


def _document(data: bytes) -> Iterator[Found]:
    document = Document(data)
    if document.damage:
        yield document.damage
    else:
        whole = Element(document.start(), len(document.text), document.value)
        yield document.found(whole, "the document")


def _overview(data: bytes) -> Iterator[Found]:
    for found in _document(data):
        models = (found.value or {}).get("models")
        if not isinstance(models, dict):
            yield found
            continue
        calls = [m.get("calls") for m in models.values() if isinstance(m, dict)]
        known = [count for count in calls if isinstance(count, int)]
        yield found._replace(value={**(found.value or {}), "calls": sum(known)})


def _attempts(events: pl.DataFrame) -> pl.LazyFrame:
    """The attempts at a plan, each with what its events say of it."""
    begins = pl.col("event") == "run_single_plan_start"
    ends = pl.col("event").is_in(["run_single_plan_complete", "run_single_plan_error"])
    failed = pl.col("event") == "run_single_plan_error"
    return (
        events.lazy()
        .filter(begins | ends)
        .with_columns(
            attempt=begins.cast(pl.Int64).cum_sum().over("file", "plan_name").clip(1),
        )
        .group_by("file", "plan_name", "attempt", maintain_order=True)
        .agg(
            pl.col("duration_seconds").filter(ends).last(),
            pl.col("error").filter(failed).last(),
            started_at=pl.col("timestamp").filter(begins).first(),
            ended_at=pl.col("timestamp").filter(ends).last(),
            finished=ends.any(),
            failed=failed.any(),
        )
    )


def _configured(files: Sequence[SourceFile], metas: pl.DataFrame) -> dict[int, str]:
    """The model that the run description names, for each file below it."""
    model = pl.col("model").struct
    named = metas.filter(model.field("fallbacks").is_null()).select(
        "file", model.field("primary").alias("primary")
    )
    place = {
        (files[index].run, files[index].folder): primary
        for index, primary in named.iter_rows()
        if primary
    }
    return {
        i: place[file.run, folder]
        for i, file in enumerate(files)
        if (folder := nearest_folder(file, place)) is not None
    }


def _disagreements(
    files: Sequence[SourceFile], overviews: pl.DataFrame, answers: pl.DataFrame
) -> list[Doubt]:
    if overviews.is_empty():
        return []
    counted: dict[tuple[str, str], tuple[int, int, int]] = {}
    sums = (
        answers.filter("has_tokens")
        .group_by("file")
        .agg(pl.len(), pl.col("input_tokens").sum(), pl.col("output_tokens").sum())
    )
    for index, *figures in sums.iter_rows():
        place = (files[index].run, files[index].folder)
        before = counted.get(place, (0, 0, 0))
        counted[place] = tuple(a + b for a, b in zip(before, figures, strict=True))
    disagree = total = 0
    columns = ("file", "calls", "total_input_tokens", "total_output_tokens")
    for index, *figures in overviews.select(columns).iter_rows():
        place = (files[index].run, files[index].folder)
        if place in counted:
            total += 1
            disagree += tuple(figure or 0 for figure in figures) != counted[place]
    return [
        Doubt(
            "overview-disagrees",
            "activity_overview.json that disagree with the calls beside them: {n} of"
            " {total} (they count calls of parallel plans too; they are not used)",
            disagree,
            {"total": total},
        )
    ]


def _clock(
    files: Sequence[SourceFile], events: pl.DataFrame, answers: pl.DataFrame
) -> Iterator[Doubt]:
    """Compare the clocks: plan events are in UTC, rows in whatever zone their writer lived in.

    A plan ends when its last call has ended, so a difference of whole quarters of an hour means
    that the rows were read in another zone than they were written in.
    """
    place = {(file.run, file.folder): i for i, file in of_part(files, EVENTS).items()}
    if not place:
        return
    plans = [
        (i, place[file.run, folder], file.folder.rpartition("/")[2])
        for i, file in enumerate(files)
        if (folder := nearest_folder(file, place)) is not None
    ]
    schema = {"file": pl.UInt32, "log": pl.UInt32, "plan_name": pl.String}
    last_call = answers.group_by("file").agg(last=pl.col("ended_at").max())
    last_event = (
        events.filter(pl.col("event").str.contains("complete|error"))
        .group_by("file", "plan_name")
        .agg(ended=pl.col("timestamp").max())
        .rename({"file": "log"})
    )
    apart = (pl.col("last") - pl.col("ended")).dt.total_seconds()
    quarters = (apart / _QUARTER).round()
    offsets = (
        pl.DataFrame(plans, schema=schema, orient="row")
        .join(last_call, on="file")
        .join(last_event, on=["log", "plan_name"])
        .filter((apart - quarters * _QUARTER).abs() < _TOLERANCE)
        .select(offset=quarters * _QUARTER)
        .filter(pl.col("offset") != 0)
    )
    for offset, plans in offsets.group_by("offset").len().sort("offset").iter_rows():
        hours = offset / 3600
        yield Doubt(
            "other-zone",
            f"the calls of {{n}} plan{{s}} lie {abs(hours):g} h"
            f" {'after' if hours > 0 else 'before'} their plan events, which are in UTC: the rows"
            " were written in another time zone (see --timezone)",
            plans,
        )


_QUARTER = 15 * 60
# Between the last call of a plan and the event that ends it.
_TOLERANCE = 90
