"""What is known of prices, as values: of one model, of the models of runs, of all that have one."""

import datetime as dt
import fnmatch
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.dataset.usage import Usage
from usagectl.model.names import CostMode
from usagectl.model.notices import Notice
from usagectl.model.schema import CALLS, refusing_large_sums
from usagectl.pricing.amounts import PriceSheet
from usagectl.pricing.apply import NAMES, priced
from usagectl.pricing.chain import Chain, Verdict
from usagectl.pricing.rates import Offer, Period, Rates, Tier
from usagectl.pricing.requests import PricedModel, Wanted

_OTHERS = 6


class Tokens(NamedTuple):
    """The tokens of one call; the parts are inside of `input` and `output`."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0


class Explanation(NamedTuple):
    """Where the price of a model comes from, and what a call costs.

    `period` and `tier` are those that hold at `at` and for `tokens`, null where there is no price
    then; `cost_nano` is the cost in 1e-9 of the offer's currency; `others` are offers of other
    sellers for a model of that name, which are not used; `nearest` those with the nearest names,
    where nobody sells one of this name.
    """

    name: str
    provider: str | None
    at: dt.datetime
    tokens: Tokens | None
    verdict: Verdict
    period: Period | None
    tier: Tier | None
    cost_nano: int | None
    others: tuple[Offer, ...]
    batch: bool
    nearest: tuple[Offer, ...] = ()


def explanation(
    chain: Chain,
    name: str,
    *,
    provider: str | None,
    at: dt.datetime,
    tokens: Tokens | None,
    batch: bool,
) -> Explanation:
    """Explain the price of a model at a moment, and the cost of a call where tokens are given."""
    verdict = chain.verdict(provider, name, None)
    offer = verdict.offer
    others: tuple[Offer, ...] = ()
    nearest: tuple[Offer, ...] = ()
    if verdict.identity is not None and verdict.identity.local is None:
        taken = offer and offer.seller
        ask = chain.catalog.others if offer else chain.catalog.sold
        found = ask(verdict.identity)
        others = tuple([other for other in found if other.seller != taken][:_OTHERS])
        if offer is None and not others:
            nearest = tuple(chain.catalog.nearest(verdict.identity))
    if offer is None:
        told = (name, provider, at, tokens, verdict)
        return Explanation(*told, None, None, None, others, batch, nearest)
    if batch and offer.batch is not None:
        offer = offer._replace(periods=offer.batch)
    period = offer.period(at)
    length = tokens.input if tokens else 0
    tier = None
    if period is not None:
        tier = [tier for tier in period.tiers if length > tier.above][-1]
    cost = _cost(offer, at, tokens) if tokens else None
    return Explanation(name, provider, at, tokens, verdict, period, tier, cost, others, batch)


def _cost(offer: Offer, at: dt.datetime, tokens: Tokens) -> int | None:
    """The cost of one call, by the way in which all calls are priced."""
    row = {"calls": 1, "ended_at": at} | {f"{k}_tokens": v for k, v in tokens._asdict().items()}
    frame = pl.DataFrame([row], schema={name: CALLS[name] for name in row})
    sheet = PriceSheet([offer])
    placed = frame.with_columns(place=sheet.place(pl.lit(0, pl.UInt32)))
    absent = ("cache_write_1h_tokens",)
    cost: int | None = placed.select(sheet.amount(pl.col("place"), absent)).item()
    return cost


class CheckReport(NamedTuple):
    """The models of some runs, those without any cost first, and where their costs come from."""

    runs: tuple[str, ...]
    models: tuple["CheckedModel", ...]
    notices: tuple[Notice, ...]
    catalog: str | None

    @property
    def without_cost(self) -> int:
        """Calls with tokens that neither have a recorded cost nor a price."""
        return sum(model.unpriced_calls for model in self.models)


class CheckedModel(NamedTuple):
    """A model of some runs, whoever answered for it.

    `providers` are those that the source states. `recorded_calls` have a cost that the source
    recorded; `unpriced_calls` have tokens, but neither a recorded cost nor a price.
    """

    name: str
    providers: tuple[str, ...]
    verdict: Verdict
    calls: int
    calls_with_tokens: int
    recorded_calls: int
    unpriced_calls: int
    input_tokens: int | None
    output_tokens: int | None


@refusing_large_sums()
def check_report(usage: Usage, wanted: Wanted, chain: Chain) -> CheckReport:
    """Every model of some runs with its calls, tokens and the source of its price."""
    everything, told = priced(usage, wanted._replace(mode=CostMode.TABLE), chain)
    recorded = pl.col("recorded_cost_nanousd").is_not_null()
    tokens = pl.col("input_tokens").is_not_null() & pl.col("output_tokens").is_not_null()
    unknown = pl.col("cost_nanousd").is_null() & pl.col("other_cost_nano").is_null()
    counted = (
        everything.calls.group_by(NAMES)
        .agg(
            recorded=pl.when(recorded).then("calls").sum(),
            open=pl.when(~recorded & tokens & unknown).then("calls").sum(),
        )
        .collect()
    )
    counts = {row[:3]: row[3:] for row in counted.iter_rows()}
    models: dict[tuple[str, str], CheckedModel] = {}
    for model in told.models:
        known, without = counts[model.provider, model.model, model.request_model]
        found = _checked(model, known, without)
        key = (model.name, model.verdict.reason)
        models[key] = _merged(models[key], found) if key in models else found
    rows = sorted(models.values(), key=lambda row: (-row.unpriced_calls, -row.calls))
    return CheckReport(usage.runs, tuple(rows), everything.notices, told.catalog)


def _checked(model: PricedModel, recorded: int, unpriced: int) -> CheckedModel:
    return CheckedModel(
        model.name,
        (model.provider,) if model.provider else (),
        model.verdict,
        model.calls,
        model.calls_with_tokens,
        recorded,
        unpriced,
        model.input_tokens,
        model.output_tokens,
    )


def _merged(one: CheckedModel, other: CheckedModel) -> CheckedModel:
    return CheckedModel(
        one.name,
        tuple(dict.fromkeys((*one.providers, *other.providers))),
        one.verdict,
        one.calls + other.calls,
        one.calls_with_tokens + other.calls_with_tokens,
        one.recorded_calls + other.recorded_calls,
        one.unpriced_calls + other.unpriced_calls,
        _both(one.input_tokens, other.input_tokens),
        _both(one.output_tokens, other.output_tokens),
    )


def _both(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else one + other


class Listing(NamedTuple):
    """Prices, a row per seller and model, with the rates of a short input at a moment."""

    at: dt.datetime
    rows: tuple["ListedPrice", ...]
    top: int | None


class ListedPrice(NamedTuple):
    """One offer: who knows it, its rates now, and whether there are others by date or length."""

    source: str
    seller: str | None
    model: str
    currency: str
    rates: Rates
    since: dt.date | None
    tiers: int


def listing(chain: Chain, glob: str, at: dt.datetime, top: int | None) -> Listing:
    """The prices whose `SELLER/MODEL`, or model alone, matches a glob, at a moment."""
    offers = [
        *((table.path, name, offer) for table in chain.tables for name, offer in table.offers()),
        *((chain.catalog.version, name, offer) for name, offer in chain.catalog.offers()),
    ]
    return Listing(at, tuple(_listed(offers, glob.lower(), at)), top)


def _listed(
    offers: Sequence[tuple[str, str, Offer]], glob: str, at: dt.datetime
) -> Sequence[ListedPrice]:
    rows = []
    for source, name, offer in offers:
        whole = f"{offer.seller or '*'}/{name}".lower()
        period = offer.period(at)
        matches = fnmatch.fnmatchcase(whole, glob) or fnmatch.fnmatchcase(name.lower(), glob)
        if matches and period is not None:
            first = period.tiers[0].rates
            since, tiers = period.since, len(period.tiers)
            rows.append(
                ListedPrice(source, offer.seller, name, offer.currency, first, since, tiers)
            )
    return rows
