"""Prices as genai-prices writes them, as periods and tiers."""

import datetime as dt
from decimal import Decimal
from typing import Any

from genai_prices import types

from usagectl.pricing.rates import (
    FREE,
    FREE_OF_CHARGE,
    Period,
    Rates,
    Tier,
    rate_each,
    rate_per_million,
    tiers_of,
)

_BATCH = {"processing": "batch"}
_PARTS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
}


def periods_of(model: types.ModelInfo) -> tuple[Period, ...] | None:
    """The prices of a model in order, of which the last that holds counts; None without any."""
    if not isinstance(model.prices, list):
        whole = _tiers(model, model.prices)
        return None if whole is None else (Period(None, None, whole),)
    periods: list[Period] = []
    for condition in model.prices:
        tiers = _tiers(model, condition.prices)
        if tiers is None:
            return None
        # Where none of the conditions holds, the first price counts.
        since, hours = _constraint(condition.constraint) if periods else (None, None)
        periods.append(Period(since, hours, tiers))
    return tuple(periods)


def batch_periods_of(model: types.ModelInfo) -> tuple[Period, ...] | None:
    """The prices of batch requests, whose prices the catalog keeps as exceptions from a day on."""
    conditions = model.prices if isinstance(model.prices, list) else []
    variants = [variant for variant in model.price_variants or () if variant.when == _BATCH]
    constraints = [entry.constraint for entry in conditions]
    constraints += [variant.constraint for variant in variants]
    if not variants or any(isinstance(c, types.TimeOfDateConstraint) for c in constraints):
        return None
    days = {c.start_date for c in constraints if isinstance(c, types.StartDateConstraint)}
    periods = []
    for day in (None, *sorted(days)):
        at = dt.datetime.combine(day or dt.date.min, dt.time(), dt.UTC)
        tiers = _tiers(model, model.get_prices(at, _BATCH))
        if tiers is None:
            return None
        periods.append(Period(day, None, tiers))
    return tuple(periods)


def _constraint(constraint: Any) -> tuple[dt.date | None, tuple[dt.time, dt.time] | None]:
    if isinstance(constraint, types.StartDateConstraint):
        return constraint.start_date, None
    if isinstance(constraint, types.TimeOfDateConstraint):
        return None, (_utc(constraint.start_time), _utc(constraint.end_time))
    return None, None


def _utc(time: dt.time) -> dt.time:
    at = dt.datetime.combine(dt.date(2000, 1, 2), time)
    return (at if at.tzinfo is None else at.astimezone(dt.UTC)).time()


def _tiers(model: types.ModelInfo, price: types.ModelPrice) -> tuple[Tier, ...] | None:
    """The prices of tokens, by the length of the input; None where tokens have none."""
    found = {part: getattr(price, name) for part, name in _PARTS.items()}
    if found["input"] is None and found["output"] is None:
        return FREE_OF_CHARGE.tiers if model.id.lower().endswith(FREE) else None
    base: dict[str, int] = {}
    above: dict[int, dict[str, int]] = {}
    for part, value in found.items():
        if isinstance(value, types.TieredPrices):
            base[part] = rate_per_million(value.base)
            for tier in value.tiers:
                above.setdefault(tier.start, {})[part] = rate_per_million(tier.price)
        elif value is not None:
            base[part] = rate_per_million(value)
    requests = price.requests_kcount
    if isinstance(requests, Decimal):
        base["request"] = rate_each(requests / 1000)
    return tiers_of(Rates(**base), [(limit, Rates(**rates)) for limit, rates in above.items()])
