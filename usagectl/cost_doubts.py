"""What is doubtful about prices, as notices that travel with the costs."""

from collections.abc import Iterator, Sequence

import polars as pl

from usagectl.costs import PricedModel, Wanted, listed
from usagectl.notices import Notice
from usagectl.pricing.amounts import PriceSheet
from usagectl.pricing.chain import DEFAULT, LOCAL
from usagectl.pricing.identity import INEXACT
from usagectl.wording import plural


def doubts(
    asked: pl.DataFrame, models: Sequence[PricedModel], sheet: PriceSheet, wanted: Wanted
) -> Iterator[Notice]:
    """The doubts about the prices of some models.

    Args:
        asked: A row per model with `overfull`, `untimed` and `several`: how many of its calls have
            more cached tokens than input, have no time, and are rows for several calls.
        models: How each was priced.
        sheet: Their prices.
        wanted: How they were to be priced.
    """
    yield from _by_doubtful_name(models)
    overfull = int(asked.get_column("overfull").sum())
    if overfull:
        yield Notice(
            "cache-over-input",
            f"{overfull:,} call{plural(overfull)} with more cached tokens than input: the source"
            " may not count the cache into its input; only the cached tokens are priced as input",
            overfull,
        )
    untimed = int(asked.get_column("untimed").sum())
    if untimed and sheet.dated() and wanted.at is None:
        yield Notice(
            "undated-price",
            f"{untimed:,} call{plural(untimed)} without a time: priced at the latest price",
            untimed,
        )
    several = int(asked.get_column("several").sum())
    if several and sheet.tiered():
        yield Notice(
            "tier-unknown",
            f"{several:,} row{plural(several)} that stand for several calls: priced without the"
            " higher prices of long inputs, since the length of one call is unknown",
            several,
        )
    if wanted.batch:
        without = [m for m in models if m.verdict.offer and m.verdict.source != LOCAL]
        without = [m for m in without if m.verdict.offer and m.verdict.offer.batch is None]
        if without:
            yield Notice(
                "no-batch-price",
                f"no batch price is known of {listed([m.name for m in without])}:"
                " priced as single requests",
                sum(m.calls for m in without),
            )


def _by_doubtful_name(models: Sequence[PricedModel]) -> Iterator[Notice]:
    defaulted = [m for m in models if m.verdict.how == DEFAULT]
    if defaulted:
        calls = sum(m.calls for m in defaulted)
        yield Notice(
            "default-price",
            f"{calls:,} call{plural(calls)} priced by a table's default, which knows nothing of"
            f" {listed([m.name for m in defaulted])}",
            calls,
        )
    inexact = [m for m in models if m.verdict.how == INEXACT and m.calls_with_tokens]
    if inexact:
        calls = sum(m.calls_with_tokens for m in inexact)
        pairs = [
            f"{m.name} as {m.verdict.offer.model}" for m in inexact if m.verdict.offer is not None
        ]
        yield Notice(
            "inexact-price",
            f"{calls:,} call{plural(calls)} priced by an inexact name: {listed(pairs)}",
            calls,
        )
