"""Prices and amounts in any currency, in words."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from usagectl.pricing.rates import Offer, Period, Rates, each, per_million
from usagectl.render.words import values

_PARTS = {
    "input": "input",
    "cache_read": "cache read",
    "cache_write": "cache write",
    "output": "output",
    "reasoning": "reasoning",
}
_SYMBOLS = {"USD": "$"}
_CENTS, _MILLIONTHS = 2, 6


def money(value: Decimal, currency: str, least: int = _CENTS) -> str:
    """An exact amount, with cents at least, or another number of digits."""
    text = f"{value:,f}"
    whole, _, digits = text.partition(".")
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{symbol}{whole}.{digits.ljust(least, '0')}"


def nano(amount: int, currency: str) -> str:
    """An amount in 1e-9 of a currency: all of its digits, and no fewer than others have."""
    if not amount:
        return f"{_SYMBOLS.get(currency, f'{currency} ')}0"
    return money((Decimal(amount) / 10**9).normalize(), currency, _MILLIONTHS)


def rate(value: int | None, currency: str) -> str:
    """A rate as the price of a million tokens."""
    return values.ABSENT if value is None else money(per_million(value), currency)


def rates(found: Rates, currency: str) -> str:
    """All prices that there are, per million tokens."""
    parts = [
        f"{words} {rate(getattr(found, name), currency)}"
        for name, words in _PARTS.items()
        if getattr(found, name) is not None
    ]
    text = ", ".join(parts) + " per million tokens" if parts else ""
    if found.request:
        text += f"{', ' if text else ''}{money(each(found.request), currency)} a request"
    return text or "nothing"


def since(period: Period, others: Sequence[Period]) -> str:
    """When a price of several holds."""
    if period.hours is not None:
        begin, end = period.hours
        return f"from {begin:%H:%M} to {end:%H:%M} UTC"
    later = [p.since for p in others if p.since and (not period.since or p.since > period.since)]
    until = f" until {min(later) - dt.timedelta(days=1)}" if later else ""
    if period.since is None:
        return until.strip() or ("else" if any(p.hours for p in others) else "always")
    return f"from {period.since}{until or ' on'}"


def seller(offer: Offer) -> str:
    """Who sells what."""
    name = values.name(offer.model)
    return f"{values.name(offer.seller)} {name}" if offer.seller else name


def day(at: dt.datetime) -> str:
    """The day of a moment."""
    return f"{at:%Y-%m-%d}"
