"""What the source recorded beside what prices say of the same calls."""

from collections.abc import Iterator

import polars as pl

from usagectl.model.notices import Notice
from usagectl.model.schema import NANOUSD_PER_USD, in_units, wide_sum
from usagectl.pricing.requests import Costs, listed
from usagectl.pricing.sellers import RESELLERS

ALL_MODELS = "all models"
_SAME = 0.0005


def recorded_and_repriced(calls: pl.LazyFrame) -> pl.DataFrame | None:
    """What the source recorded, and what prices say of the same calls, per model and in total.

    Args:
        calls: Calls that were priced although their source had recorded a cost.

    Returns:
        A row per model, the largest difference first, and the last of all models: `calls`
        with a recorded cost, `repriced` of them that have a price in USD as well, and of those
        `recorded_usd`, `priced_usd` and the `change` as a fraction of what was recorded.
        None where no call has a recorded cost.
    """
    recorded, cost, count = (
        pl.col(name) for name in ("recorded_cost_nanousd", "cost_nanousd", "calls")
    )
    both = cost.is_not_null()
    sums = {
        "calls": count.sum(),
        "repriced": pl.when(both).then(count).sum(),
        "recorded": wide_sum(pl.when(both).then(recorded)),
        "priced": wide_sum(pl.when(both).then(cost)),
    }
    known = calls.filter(recorded.is_not_null()).with_columns(
        model=pl.coalesce("model", "request_model")
    )
    of_models = (
        known.group_by("model")
        .agg(**sums)
        .sort(
            (pl.col("priced") - pl.col("recorded")).abs(),
            "model",
            descending=[True, False],
            nulls_last=True,
        )
    )
    total = known.select(model=pl.lit(ALL_MODELS), **sums)
    rows = pl.concat([of_models, total]).filter(pl.col("calls") > 0)
    table = rows.select(
        "model",
        "calls",
        "repriced",
        recorded_usd=in_units("recorded", NANOUSD_PER_USD),
        priced_usd=in_units("priced", NANOUSD_PER_USD),
        change=pl.when(pl.col("recorded") > 0).then(
            (pl.col("priced") - pl.col("recorded")) / pl.col("recorded")
        ),
    ).collect()
    return None if table.is_empty() else table


def repricing_notice(rows: pl.DataFrame, told: Costs) -> Iterator[Notice]:
    """Why prices do not say what the source recorded, where they differ.

    Args:
        rows: What `recorded_and_repriced` returned.
        told: How the calls were priced.
    """
    total = rows.filter(pl.col("model") == ALL_MODELS).row(0, named=True)
    if total["change"] is None or abs(total["change"]) < _SAME:
        return
    resold = [
        m for m in told.models if m.verdict.identity and m.verdict.identity.seller in RESELLERS
    ]
    if resold:
        seller = resold[0].verdict.identity and resold[0].verdict.identity.seller
        behind = [m.provider for m in resold if m.provider]
        who = f" (here {listed(behind)})" if behind else ""
        why = f"{seller} charges what the provider that answered asks{who}, its list has one price"
    else:
        why = "the price list is not what was charged: a discount, another date, a batch"
    yield Notice(
        "repriced",
        f"the {total['repriced']:,} calls that have both cost ${total['recorded_usd']:,.6f} as"
        f" recorded and ${total['priced_usd']:,.6f} by price ({total['change']:+.1%}): {why}",
        total["repriced"],
    )
