"""Calls to calls with costs: what the source recorded, else the price of somebody who knows one."""

import datetime as dt
import os
from collections.abc import Collection, Sequence
from functools import partial

import polars as pl

from usagectl.dataset.spill import row_by_row
from usagectl.dataset.usage import Usage
from usagectl.model.arguments import expect
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import CostMode
from usagectl.model.schema import COST_SOURCE, COSTS, known_sum, refusing_large_sums
from usagectl.model.wording import nearest
from usagectl.pricing.amounts import PriceSheet
from usagectl.pricing.chain import Chain, Verdict
from usagectl.pricing.currencies import USD
from usagectl.pricing.doubts import doubts, doubts_of_what_if
from usagectl.pricing.requests import WHAT_IF, Costs, PricedModel, Wanted

NAMES = ("provider", "model", "request_model")
HOUR = "cache_write_1h_tokens"
"""What amounts depend on besides the columns that figures do."""


def price(
    usage: Usage,
    *tables: str | os.PathLike[str],
    mode: str = CostMode.AUTO,
    batch: bool = False,
    at: dt.datetime | None = None,
) -> Usage:
    """Give the calls of a usage their costs, as `usagectl summary` does.

    Args:
        usage: What `load` returned.
        tables: Files of prices; the first that knows a model decides.
        mode: `auto`, `recorded` or `table`; see `usagectl.model.names.CostMode`.
        batch: Whether the requests went through a batch interface.
        at: A moment whose prices hold, instead of each call's own.

    Returns:
        The usage with `cost_nanousd` and `cost_source` in its calls, null where nobody knows, and
        with the doubts about prices among its notices.

    Raises:
        WrongUsageError: A price table cannot be read or is wrong.
    """
    expect(usage, Usage, 'price(load("runs/a"))')
    if mode not in {known.value for known in CostMode}:
        raise WrongUsageError(f"mode={mode!r}{nearest(mode, list(CostMode))}")
    wanted = Wanted(tuple(os.fspath(table) for table in tables), CostMode(mode), batch, at)
    return priced(usage, wanted)[0]


def needs_prices(calls: pl.LazyFrame, mode: CostMode) -> bool:
    """Whether the cost of any call has to be asked for."""
    if mode is not CostMode.AUTO:
        return mode is CostMode.TABLE
    unknown = calls.filter(pl.col("recorded_cost_nanousd").is_null()).select("calls").limit(1)
    return not unknown.collect().is_empty()


@refusing_large_sums()
def priced(usage: Usage, wanted: Wanted, chain: Chain | None = None) -> tuple[Usage, Costs]:
    """Give every call its cost, in columns of `usagectl.model.schema.COSTS`, and say how.

    Nothing is looked up, and only `cost_nanousd` and `cost_source` are added, where no call needs
    a price.

    Raises:
        WrongUsageError: A price table is wrong, or nobody knows a price of the what-if's model.
    """
    chain = chain or Chain(wanted.tables)
    what_if = _what_if(wanted, chain)
    models: tuple[PricedModel, ...] = ()
    currencies: tuple[str, ...] = ()
    calls, notices = usage.calls.drop(COSTS.names(), strict=False), usage.notices
    if needs_prices(calls, wanted.mode):
        known = _known(calls)
        asked = _asked(calls, known, wanted.mode)
        models = tuple(_asked_for(chain, wanted.mode, *row) for row in asked.iter_rows())
        sheet = PriceSheet([m.verdict.offer for m in models], batch=wanted.batch, at=wanted.at)
        add = partial(_with_prices, known=known, models=models, sheet=sheet, mode=wanted.mode)
        calls = row_by_row(calls, add, large=usage.spilled)
        currencies = tuple(sorted({c for c in sheet.currencies if c not in (None, USD)}))
        notices = (*notices, *doubts(models, wanted))
    else:
        recorded = pl.col("recorded_cost_nanousd")
        told = pl.when(recorded.is_not_null()).then(pl.lit("recorded", COST_SOURCE))
        calls = calls.with_columns(cost_nanousd=recorded, cost_source=told)
    if what_if is not None:
        notices = (*notices, *doubts_of_what_if(what_if, wanted))
        at_model = _at_model(what_if, wanted).alias(WHAT_IF)
        calls = row_by_row(calls, lambda c: c.with_columns(at_model), large=usage.spilled)
    version = chain.catalog.version if "catalog" in chain.__dict__ else None
    costs = Costs(wanted, models, version, what_if, currencies)
    return usage._replace(calls=calls, notices=notices), costs


def _asked_for(
    chain: Chain,
    mode: CostMode,
    provider: str | None,
    model: str | None,
    request_model: str | None,
    calls: int,
    calls_with_tokens: int,
    *counts: int,
) -> PricedModel:
    names = (provider, model, request_model)
    # Whoever wants everything priced wants to know of every model whether it has a price.
    with_tokens = calls_with_tokens > 0 or mode is CostMode.TABLE
    verdict = chain.verdict(*names, with_tokens=with_tokens)
    return PricedModel(*names, verdict, calls, calls_with_tokens, *counts)


def _asked(calls: pl.LazyFrame, known: Collection[str], mode: CostMode) -> pl.DataFrame:
    """The models whose price is needed, with what is told of their calls; the most calls first."""
    if mode is CostMode.AUTO and "recorded_cost_nanousd" in known:
        calls = calls.filter(pl.col("recorded_cost_nanousd").is_null())
    count = pl.col("calls")
    tokens = [pl.col(f"{part}_tokens") for part in ("input", "output")]
    # What no call has need not be looked for in each of millions.
    told = [name for name in NAMES if name in known]
    caches = [name for name in ("cache_read_tokens", "cache_write_tokens") if name in known]
    cached = pl.sum_horizontal(caches) if caches else pl.lit(0)
    return (
        calls.group_by(told or NAMES[:1])
        .agg(
            count.sum(),
            calls_with_tokens=pl.when(tokens[0].is_not_null() & tokens[1].is_not_null())
            .then(count)
            .sum(),
            input_tokens=known_sum(tokens[0]),
            output_tokens=known_sum(tokens[1]),
            overfull_calls=pl.when(cached > tokens[0]).then(count).sum(),
            untimed_calls=pl.when(pl.col("ended_at").is_null()).then(count).sum(),
            added_up_calls=pl.when(count > 1).then(count).sum(),
        )
        .with_columns(pl.lit(None, pl.String).alias(name) for name in NAMES if name not in told)
        .select(*NAMES, pl.exclude(NAMES))
        .sort("calls", *NAMES, descending=[True, False, False, False])
        .collect(engine="streaming")
    )


def _known(calls: pl.LazyFrame) -> frozenset[str]:
    """The columns in which anything is known, of those that decide about a price."""
    names = dict.fromkeys([*NAMES, *PriceSheet.INPUTS, "recorded_cost_nanousd"])
    counts = calls.select(pl.col(name).count() for name in names).collect(engine="streaming")
    return frozenset(name for name, count in counts.row(0, named=True).items() if count)


def _with_prices(
    calls: pl.LazyFrame,
    *,
    known: Collection[str],
    models: Sequence[PricedModel],
    sheet: PriceSheet,
    mode: CostMode,
) -> pl.LazyFrame:
    absent = [name for name in PriceSheet.INPUTS if name not in known]
    known_by = pl.Series([m.verdict.source for m in models], dtype=COST_SOURCE)
    amounts = (
        calls.with_columns(number=_number(models))
        .with_columns(place=sheet.place(pl.col("number")))
        .with_columns(amount=sheet.amount(pl.col("place"), absent))
    )
    amount, recorded = pl.col("amount"), pl.col("recorded_cost_nanousd")
    told = recorded.is_not_null() if mode is CostMode.AUTO else pl.lit(False)
    source: pl.Expr = pl.when(amount.is_not_null()).then(pl.lit(known_by).gather("number"))
    usd: pl.Expr = amount
    others: dict[str, pl.Expr] = {}
    if any(currency not in (None, USD) for currency in sheet.currencies):
        is_usd = sheet.in_usd(pl.col("number")).fill_null(True)
        usd = pl.when(is_usd).then(amount)
        other = pl.when(~is_usd & ~told).then(amount)
        currency = sheet.currency(pl.col("number"))
        others = {
            "other_cost_nano": other,
            "other_currency": pl.when(other.is_not_null()).then(currency),
        }
    if mode is CostMode.AUTO and "recorded_cost_nanousd" in known:
        usd = pl.coalesce(recorded, usd)
        source = pl.when(told).then(pl.lit("recorded", COST_SOURCE)).otherwise(source)
    columns = {"cost_nanousd": usd, "cost_source": source, **others}
    rest = (pl.lit(None, COSTS[name]).alias(name) for name in COSTS if name not in columns)
    return amounts.with_columns(*rest, **columns).drop("number", "place", "amount")


def _number(models: Sequence[PricedModel]) -> pl.Expr:
    """The place of a call's model among those that were asked for.

    A call of another model may get any of them: its cost was recorded, and is not asked for.
    """
    names = pl.DataFrame(
        [m[: len(NAMES)] for m in models], schema=dict.fromkeys(NAMES, pl.String), orient="row"
    )
    # Numbers are compared faster than names, which are as many as the calls.
    code = pl.lit(0, pl.UInt64)
    for name in NAMES:
        different = names[name].unique()
        if len(different) > 1:
            known = pl.Enum(different.drop_nulls().sort())
            place = pl.col(name).cast(known, strict=False).to_physical().cast(pl.UInt64)
            code = code * (len(different) + 1) + place.fill_null(len(different))
    codes = names.with_columns(code=code).get_column("code")
    return code.replace_strict(codes, range(len(codes)), default=None, return_dtype=pl.UInt32)


def _what_if(wanted: Wanted, chain: Chain) -> Verdict | None:
    if wanted.as_model is None:
        return None
    verdict = chain.verdict(None, wanted.as_model, None)
    if verdict.offer is None:
        raise WrongUsageError(f"--as-model {wanted.as_model!r}: {verdict.reason}")
    if verdict.offer.currency != USD:
        raise WrongUsageError(
            f"--as-model {wanted.as_model!r}: its price is in {verdict.offer.currency}, and"
            " amounts of two currencies cannot be compared"
        )
    return verdict


def _at_model(verdict: Verdict, wanted: Wanted) -> pl.Expr:
    """The amount of each call at the price of one model."""
    sheet = PriceSheet([verdict.offer], batch=wanted.batch, at=wanted.at)
    return sheet.amount(sheet.place(pl.lit(0, pl.UInt32)))
