"""What a model costs: prices that begin at a date, depend on the hour, and on the input's length.

A rate is a whole number of 1e-24 of a currency per token: every decimal of a price per million
tokens down to the 18th is exact, and amounts are integers until they are shown.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import NamedTuple

FREE = ":free"
"""What names of models end in that cost nothing."""

PARTS_PER_NANO = 10**15
"""So many 1e-24 make 1e-9."""

_PARTS = 10**24
_PER_MILLION = 10**6
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_FLOAT_DIGITS = 15


def exact(number: float | Decimal) -> Decimal:
    """The decimal that a person wrote, without what binary floats add after the 15th digit."""
    return Decimal(f"{number:.{_FLOAT_DIGITS}g}") if isinstance(number, float) else Decimal(number)


def rate_per_million(price: Decimal) -> int:
    """A price per million tokens as a rate."""
    return _whole(price, _PARTS // _PER_MILLION)


def rate_each(price: Decimal) -> int:
    """A price per token, or per request, as a rate."""
    return _whole(price, _PARTS)


def per_million(rate: int) -> Decimal:
    """A rate as the price of a million tokens."""
    return _CONTEXT.multiply(Decimal(rate), Decimal(10) ** -18).normalize(_CONTEXT)


def each(rate: int) -> Decimal:
    """A rate as the price of one token or request."""
    return _CONTEXT.multiply(Decimal(rate), Decimal(10) ** -24).normalize(_CONTEXT)


def _whole(price: Decimal, parts: int) -> int:
    with localcontext(_CONTEXT):
        return int((price * parts).to_integral_value())


class Rates(NamedTuple):
    """Rates of one request. A part without a price of its own costs what it is a part of."""

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    output: int | None = None
    reasoning: int | None = None
    request: int | None = None
    cache_write_1h: int | None = None

    def complete(self) -> "Rates":
        """Every part with a rate: cache at the input's, reasoning at the output's, else nothing.

        What is cached for an hour costs what other cache writes do where it has no rate.
        """
        fresh = self.input or 0
        written = self.output or 0
        kept = fresh if self.cache_write is None else self.cache_write
        return Rates(
            fresh,
            fresh if self.cache_read is None else self.cache_read,
            kept,
            written,
            written if self.reasoning is None else self.reasoning,
            self.request or 0,
            kept if self.cache_write_1h is None else self.cache_write_1h,
        )

    def over(self, base: "Rates") -> "Rates":
        """These rates, and those of a base where there are none."""
        pairs = zip(self, base, strict=True)
        return Rates(*(under if own is None else own for own, under in pairs))

    def times(self, factor: Decimal) -> "Rates":
        """These rates, cheaper or dearer by a factor."""
        with localcontext(_CONTEXT):
            return Rates(*(None if own is None else int(own * factor) for own in self))


class Tier(NamedTuple):
    """Rates of the whole request where its input is above so many tokens."""

    above: int
    rates: Rates


class Period(NamedTuple):
    """Rates from a day on (UTC), or between two times of every day (UTC).

    `tiers` ascend; the first is above -1 and so holds for every input.
    """

    since: dt.date | None
    hours: tuple[dt.time, dt.time] | None
    tiers: tuple[Tier, ...]


class Offer(NamedTuple):
    """What a seller asks for a model: of the periods that hold at a moment, the last counts.

    `origin` says where the offer stands: a file and line, or the catalog. `batch` holds the
    periods of requests sent through a batch interface, where those are priced apart.
    """

    seller: str | None
    model: str
    currency: str
    periods: tuple[Period, ...]
    origin: str
    batch: tuple[Period, ...] | None = None

    def period(self, at: dt.datetime) -> Period | None:
        """The period that holds at a moment in UTC."""
        holding = [period for period in self.periods if _holds(period, at)]
        return holding[-1] if holding else None


def _holds(period: Period, at: dt.datetime) -> bool:
    if period.since is not None and at.date() < period.since:
        return False
    if period.hours is None:
        return True
    begin, end = period.hours
    if end < begin:
        return at.time() >= begin or at.time() < end
    return begin <= at.time() < end


def tiers_of(base: Rates, above: Iterable[tuple[int, Rates]]) -> tuple[Tier, ...]:
    """Tiers in ascending order; what a tier does not price costs what it does below it."""
    tiers = [Tier(-1, base)]
    for limit, rates in sorted(above, key=lambda tier: tier[0]):
        tiers.append(Tier(limit, rates.over(tiers[-1].rates)))
    return tuple(tiers)


FREE_OF_CHARGE = Period(None, None, tiers_of(Rates(input=0, output=0), ()))
"""Tokens that cost nothing, on any day."""
