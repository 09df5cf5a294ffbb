"""Finished figures as values: what a renderer gets, and all that it gets."""

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from usagectl.aggregation import heaviest, metrics
from usagectl.dataset import filters
from usagectl.dataset.filters import Filters
from usagectl.dataset.spill import collected, evaluated
from usagectl.dataset.usage import Usage
from usagectl.model.categories import LABEL
from usagectl.model.names import CostMode, Key, Metric
from usagectl.model.notices import Notice
from usagectl.model.schema import (
    first_start,
    refusing_large_sums,
)
from usagectl.pricing import apply, reconcile
from usagectl.pricing.chain import Chain
from usagectl.pricing.requests import Costs, Wanted
from usagectl.reports.left_out import in_steps, left_out, refuse_empty
from usagectl.reports.stages import stage_rows

DEFAULT_BY = (Key.TASK, Key.MODEL)


class RunInfo(NamedTuple):
    """One run of a report: its label, how many files it has, their formats, and its period.

    The period is from the start of the first call to the end of the last.
    """

    run: str
    files: int
    formats: tuple[str, ...]
    first: datetime | None
    last: datetime | None

    @property
    def elapsed_seconds(self) -> float | None:
        """How long the period is."""
        if self.first is None or self.last is None:
            return None
        return (self.last - self.first).total_seconds()


class Section(NamedTuple):
    """A table of a report: its keys and its rows, of which the first `top` are shown as text.

    `asked_for` is whether the user named the keys.
    """

    keys: tuple[Key, ...]
    rows: pl.DataFrame
    top: int | None
    asked_for: bool = True

    @property
    def name(self) -> str:
        """The keys as the user would write them."""
        return ",".join(self.keys)

    @property
    def only(self) -> str | None:
        """The one name that all rows of a table that nobody asked for share: it repeats others."""
        names = self.rows.get_column(self.keys[-1]).unique()
        return names.item() if len(names) == 1 and not self.asked_for else None


class SummaryReport(NamedTuple):
    """What `usagectl summary` says.

    `totals` is a row of metrics, `failures` has `failure`, metrics and `share` of all failed
    calls, `only_labels` is whether nothing but the source's labels speaks for any of them, `stages`
    a row per stage in seconds. `records`, `merged` and `rejected` say what the
    calls of all files were made of, `filtered` whether only some of the calls were looked at.
    `costs` says how they were priced; `repriced` compares with what the source recorded, where
    everything was priced anew. `heaviest` are the calls with the most tokens, with the columns of
    `usagectl.aggregation.heaviest`; none where the user named the tables.
    """

    runs: tuple[RunInfo, ...]
    totals: dict[str, Any]
    sections: tuple[Section, ...]
    failures: pl.DataFrame
    only_labels: bool
    stages: pl.DataFrame
    records: int
    merged: int
    rejected: int
    notices: tuple[Notice, ...]
    zone: str
    top: int | None
    filtered: bool
    costs: Costs
    repriced: pl.DataFrame | None
    heaviest: pl.DataFrame


@refusing_large_sums()
def summary_report(
    usage: Usage,
    *,
    by: Sequence[Key] = (),
    chosen: Filters = Filters(),  # noqa: B008
    top: int | None = None,
    sort: Metric | None = None,
    wanted: Wanted = Wanted(),  # noqa: B008
    chain: Chain | None = None,
) -> SummaryReport:
    """Put a summary together.

    Args:
        usage: What was loaded.
        by: The keys of the one table wanted; by default there are two, by task and by model.
        chosen: Which calls to look at.
        top: How many rows of a table to show as text; None for all.
        sort: The metric that rows are sorted by, instead of total tokens.
        wanted: How to price calls.
        chain: The prices to ask, where they were read before.

    Raises:
        WrongUsageError: A price table is wrong.
        NoAnswerError: Nothing could be read, or nothing meets the filters.
    """
    groupings = _groupings(by, usage.runs)
    priced, told = _priced(usage, by, chosen, wanted, chain)
    base = evaluated(priced.calls, large=usage.spilled)
    totals, failures, periods, texts, heavy, *tables = _added_up(usage, base, by, told)
    figures = totals.row(0, named=True)
    stages = filters.apply_to_stages(usage.stages, chosen, usage.zone).collect()
    if not figures[Metric.CALLS] and stages.is_empty():
        refuse_empty(usage, chosen)
    records, merged = usage.files.select(pl.col("records", "merged").sum()).row(0)
    repriced = reconcile.recorded_and_repriced(base) if wanted.mode is CostMode.TABLE else None
    return SummaryReport(
        _runs(usage, periods),
        figures,
        tuple(
            Section(keys, _sorted(rows, sort, keys), top, bool(by))
            for keys, rows in zip(groupings, tables, strict=True)
        ),
        _with_shares(failures),
        not texts.item(),
        stage_rows(stages),
        records,
        merged,
        len(usage.rejects),
        (*priced.notices, *_repricing(repriced, told), *left_out(usage, chosen), *in_steps(usage)),
        usage.zone,
        top,
        chosen != Filters(),
        told,
        repriced,
        heavy,
    )


def _repricing(repriced: pl.DataFrame | None, told: Costs) -> Iterator[Notice]:
    if repriced is not None:
        yield from reconcile.repricing_notice(repriced, told)


def _priced(
    usage: Usage, by: Sequence[Key], chosen: Filters, wanted: Wanted, chain: Chain | None
) -> tuple[Usage, Costs]:
    """The calls that are looked at, evaluated once with all that pricing and adding up need."""
    calls = filters.apply(usage.calls, chosen, usage.zone)
    keys = dict.fromkeys([*itertools.chain(*_groupings(by, usage.runs)), Key.FAILURE, Key.RUN])
    beside = () if by else heaviest.NEEDS
    names = apply.NAMES if apply.needs_prices(calls, wanted.mode) else ()
    extra = dict.fromkeys(("ended_at", "failure_evidence", apply.HOUR, *beside, *names))
    prepared = metrics.prepared(calls, list(keys), usage.zone, *extra)
    # What waits in files is read again for each question, rather than written once more.
    once = prepared if usage.spilled else prepared.collect().lazy()
    return apply.priced(usage._replace(calls=once), wanted, chain)


def _added_up(
    usage: Usage, base: pl.LazyFrame, by: Sequence[Key], told: Costs
) -> list[pl.DataFrame]:
    """Totals, failures, periods, how many failures have texts, the heaviest, a table each."""

    def grouped(frame: pl.LazyFrame, keys: Sequence[Key]) -> pl.LazyFrame:
        return metrics.grouped(frame, keys, told, stepped=usage.is_large)

    return collected(
        [
            grouped(base, ()),
            grouped(base.filter(pl.col("status") == "failed"), [Key.FAILURE]),
            base.group_by("key_run").agg(first=first_start(), last=pl.col("ended_at").max()),
            base.select((pl.col("failure_evidence") != LABEL).sum()),
            heaviest.NONE.lazy() if by else heaviest.heaviest(base),
            *(grouped(base, keys) for keys in _groupings(by, usage.runs)),
        ],
        large=usage.spilled,
    )


def _sorted(rows: pl.DataFrame, sort: Metric | None, keys: Sequence[Key]) -> pl.DataFrame:
    return metrics.sorted_rows(rows, sort, keys) if sort else metrics.in_order_of_time(rows, keys)


def _groupings(by: Sequence[Key], runs: Sequence[str]) -> list[tuple[Key, ...]]:
    if by:
        return [_with_run(tuple(by), runs)]
    groupings = [_with_run((key,), runs) for key in DEFAULT_BY]
    return groupings if len(runs) == 1 else [(Key.RUN,), *groupings]


def _with_shares(failures: pl.DataFrame) -> pl.DataFrame:
    """The most frequent failure first, each with its share of all."""
    calls = pl.col(Metric.CALLS)
    return failures.with_columns(share=calls / calls.sum()).sort(
        calls, Key.FAILURE, descending=[True, False]
    )


def _with_run(keys: tuple[Key, ...], runs: Sequence[str]) -> tuple[Key, ...]:
    return keys if len(runs) == 1 or Key.RUN in keys else (Key.RUN, *keys)


def _runs(usage: Usage, periods: pl.DataFrame) -> tuple[RunInfo, ...]:
    spans = {run: (first, last) for run, first, last in periods.iter_rows()}
    files = {
        run: (count, tuple(formats))
        for run, count, formats in usage.files.group_by("run")
        .agg(pl.len(), pl.col("format").unique().sort())
        .iter_rows()
    }
    return tuple(
        RunInfo(run, *files.get(run, (0, ())), *spans.get(run, (None, None))) for run in usage.runs
    )
