"""What `usagectl errors` says: failures by category, corrections of labels, messages."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.aggregation import metrics
from usagectl.dataset import evidence, filters
from usagectl.dataset.filters import Filters
from usagectl.dataset.no_match import refuse_nothing
from usagectl.dataset.spill import collected, evaluated
from usagectl.dataset.usage import Usage
from usagectl.failures import excerpts, whose
from usagectl.failures.rules import Category
from usagectl.failures.secrets import masked
from usagectl.model.categories import CATEGORIES
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.names import Key, Metric
from usagectl.model.notices import Notice
from usagectl.model.schema import MICROSECONDS_PER_SECOND, in_units, refusing_large_sums
from usagectl.model.wording import plural
from usagectl.pricing import apply
from usagectl.pricing.requests import Costs, Wanted
from usagectl.reports.left_out import in_steps
from usagectl.reports.messages import listed, one_line, shapes


class ErrorsReport(NamedTuple):
    """Why calls of some runs failed.

    `rows` has the metrics of each category (and of the keys asked for), `share` of all failures,
    the model and the task hit most with their failures, and an `example`. `corrections` are the
    labels that evidence contradicts: from, to, calls, why. `evidence` counts failures by where
    their text is from, `rescued` the calls that succeeded after a retry or by a backup; a figure
    that no source states is None. `actions` says what to do about each category. `messages` and
    `failures` are None unless asked for.
    """

    runs: tuple[str, ...]
    keys: tuple[Key, ...]
    totals: dict[str, Any]
    rows: pl.DataFrame
    corrections: pl.DataFrame
    evidence: dict[str, int]
    rescued: dict[str, int | None]
    actions: dict[str, str]
    messages: pl.DataFrame | None
    failures: pl.DataFrame | None
    notices: tuple[Notice, ...]
    zone: str
    top: int | None


@refusing_large_sums()
def errors_report(
    usage: Usage,
    *,
    by: Sequence[Key] = (),
    chosen: Filters = Filters(),  # noqa: B008
    top: int | None = None,
    messages: bool = False,
    every: bool = False,
    wanted: Wanted = Wanted(),  # noqa: B008
    categories: Mapping[str, Category],
) -> ErrorsReport:
    """Put the report together.

    Args:
        usage: What was loaded, with the evidence of all files.
        by: Keys that a category is divided by.
        chosen: Which calls to look at.
        top: How many rows of a table to show as text; None for all.
        messages: Group the messages by their shape.
        every: List every failure.
        wanted: How to price calls.
        categories: What each category means, of the rules that judged.

    Raises:
        NoAnswerError: No call meets the filters.
    """
    found = evidence.where_found(usage)
    chosen_calls = filters.apply(found, chosen, usage.zone)
    # What waits in files is read again for each question, rather than written once more.
    looked_at = chosen_calls if usage.spilled else chosen_calls.collect().lazy()
    priced, told = apply.priced(usage._replace(calls=looked_at), wanted)
    calls = evaluated(priced.calls, large=usage.spilled)
    of_all = metrics.prepared(calls, (), usage.zone)
    whole = metrics.grouped(of_all, (), told, stepped=usage.is_large)
    failed, rescued, sums = collected([_failed(calls), _rescued(calls), whole], large=usage.spilled)
    totals = sums.row(0, named=True)
    if not totals[Metric.CALLS]:
        refuse_nothing(usage.calls, chosen, usage.zone)
        raise NoAnswerError("the files hold no calls")
    keys = (Key.FAILURE, *(key for key in dict.fromkeys(by) if key is not Key.FAILURE))
    return ErrorsReport(
        usage.runs,
        keys,
        totals,
        _rows(failed, keys, usage.zone, told),
        _corrections(failed),
        _counts(failed),
        rescued.row(0, named=True),
        {
            name: categories[name].action
            for name in failed["failure"].unique().sort()
            if name in categories
        },
        shapes(failed) if messages else None,
        listed(failed, usage.zone) if every else None,
        (*priced.notices, *_unsaid(failed), *in_steps(usage)),
        usage.zone,
        top,
    )


def _failed(calls: pl.LazyFrame) -> pl.LazyFrame:
    return calls.filter(pl.col("status") == "failed").with_columns(
        message=masked(pl.col("message"))
    )


def _rows(failed: pl.DataFrame, keys: Sequence[Key], zone: str, told: Costs) -> pl.DataFrame:
    named = [*dict.fromkeys([*keys, Key.MODEL, Key.TASK])]
    base = metrics.prepared(failed.lazy(), named, zone, "message").collect()
    names = [key.value for key in keys]
    by = [pl.col(f"key_{name}").alias(name) for name in names]
    rows = metrics.grouped(base.lazy(), keys, told).collect()
    example = base.group_by(by, maintain_order=True).agg(
        example=one_line(excerpts.unwrapped(pl.col("message"))).drop_nulls().first()
    )
    rows = rows.join(example, on=names, how="left", nulls_equal=True, maintain_order="left")
    for key in (Key.MODEL, Key.TASK):
        most = (
            base.group_by(*by, pl.col(f"key_{key}").alias(f"most_{key}"))
            .agg(pl.col("calls").sum().alias(f"most_{key}_calls"))
            .drop_nulls(f"most_{key}")
            .sort(f"most_{key}_calls", f"most_{key}", descending=[True, False])
            .unique(names, keep="first", maintain_order=True)
        )
        rows = rows.join(most, on=names, how="left", nulls_equal=True, maintain_order="left")
    calls = pl.col(Metric.CALLS)
    return rows.with_columns(share=calls / calls.sum()).sort(
        calls, *names, descending=[True, *(False for _ in names)], nulls_last=True
    )


def _corrections(failed: pl.DataFrame) -> pl.DataFrame:
    """Labels that a text contradicts, with where it was found and how long the calls took."""
    wrong = failed.filter(
        pl.col("outcome").is_in(CATEGORIES)
        & (pl.col("outcome") != pl.col("failure"))
        & (pl.col("failure_evidence") != "label")
    )
    by = ["outcome", "failure", "failure_rule", "found_by"]
    return (
        wrong.group_by(by)
        .agg(
            pl.col("calls").sum(),
            least_seconds=pl.col("duration_us").min(),
            most_seconds=pl.col("duration_us").max(),
        )
        .with_columns(
            in_units(name, MICROSECONDS_PER_SECOND).alias(name)
            for name in ("least_seconds", "most_seconds")
        )
        .sort("calls", *by, descending=[True, *(False for _ in by)])
        .rename({"outcome": "from", "failure": "to", "failure_rule": "rule"})
    )


def _counts(failed: pl.DataFrame) -> dict[str, int]:
    known = dict(failed.group_by("found_by").agg(pl.col("calls").sum()).iter_rows())
    places = (evidence.RECORD, whose.BY_ID, whose.BY_TIME, evidence.NOWHERE)
    return {place: known.get(place, 0) for place in places}


def _rescued(calls: pl.LazyFrame) -> pl.LazyFrame:
    """One row: the calls that went well after a retry, and by a backup; null where none is told."""
    ok = pl.col("status") == "ok"
    stated = pl.col("attempts").is_not_null().any()
    retried = pl.when(ok & (pl.col("attempts") > 1)).then("calls").sum()
    backup = pl.when(ok & (pl.col("outcome") == "success_via_backup")).then("calls").sum()
    return calls.select(
        succeeded_after_retry=pl.when(stated).then(retried),
        succeeded_via_backup=pl.when(stated | (backup > 0)).then(backup),
    )


def _count(calls: pl.DataFrame) -> int:
    return int(calls.get_column("calls").sum())


def _unsaid(failed: pl.DataFrame) -> Iterator[Notice]:
    """How many labels stand unchecked, and which of them their duration makes doubtful."""
    bare = failed.filter(pl.col("found_by") == evidence.NOWHERE)
    count = _count(bare)
    refused = (pl.col("failure") == "auth_error") & (
        pl.col("duration_us") > MICROSECONDS_PER_SECOND
    )
    slow = _count(bare.filter(refused))
    if count:
        yield Notice(
            "no-evidence",
            f"{count} failure{plural(count)} of which no file of the run holds the text: the"
            " category is the source's label",
            count,
        )
    if slow:
        yield Notice(
            "slow-auth-error",
            f"{slow} auth_error label{plural(slow)} after more than a second, without evidence:"
            " a wrong key is refused at once, so the label may be wrong",
            slow,
        )
