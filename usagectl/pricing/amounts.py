"""Prices applied to a frame of calls: an exact amount per call.

Which price holds is decided per model, once; the rows are then priced by looking their rates up in
small columns. Amounts are reckoned in 128-bit integers of 1e-24 and rounded once, half up, to 1e-9.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import zip_longest

import polars as pl

from usagectl.pricing.currencies import USD
from usagectl.pricing.rates import PARTS_PER_NANO, Offer, Period

_AMOUNT = pl.Int128
_DAY_US = 24 * 60 * 60 * 10**6
_ALWAYS_US, _NEVER_US = -(2**63), 2**63 - 1
_PARTS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "input": {"cache_read": (), "cache_write": ("cache_write_1h",)},
    "output": {"reasoning": ()},
}


class PriceSheet:
    """Offers side by side, so that a row finds its rates by the number of its offer.

    Args:
        offers: What each number stands for; None for a model without a price.
        batch: Whether requests went through a batch interface.
        at: The moment whose prices hold, instead of each call's own.
    """

    INPUTS = (
        "calls",
        "ended_at",
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "reasoning_tokens",
    )
    """The columns of a call that its amount depends on."""

    def __init__(
        self, offers: Sequence[Offer | None], *, batch: bool = False, at: dt.datetime | None = None
    ) -> None:
        self._periods = [_chosen(offer, batch=batch, at=at) for offer in offers]
        self._tiers = [[tier for period in row for tier in period.tiers] for row in self._periods]
        self.currencies = [None if offer is None else offer.currency for offer in offers]

    def place(self, number: pl.Expr) -> pl.Expr:
        """The place of the rates that hold for a call; null where there is no price for its day.

        Args:
            number: The number of its offer, null where it has none.
        """
        return self._tier_of(self._period_of(number), [p for row in self._periods for p in row])

    def amount(self, place: pl.Expr, absent: Collection[str] = ()) -> pl.Expr:
        """The amount of a call in 1e-9 of its currency.

        Args:
            place: The place of its rates.
            absent: Columns of tokens in which nothing is known, which are not looked at.

        Returns:
            Null where there are no rates, and where the tokens are unknown; a model that costs
            nothing costs nothing whatever it consumed.
        """
        flat = [tier.rates.complete() for row in self._tiers for tier in row]

        def rate(name: str) -> pl.Expr:
            return _look_up([getattr(rates, name) for rates in flat], _AMOUNT, place)

        total = pl.lit(0, _AMOUNT)
        for whole, parts in _PARTS.items():
            rest = pl.col(f"{whole}_tokens").cast(_AMOUNT)
            for part, inner in parts.items():
                if f"{part}_tokens" in absent:
                    continue
                tokens = pl.col(f"{part}_tokens").fill_null(0).cast(_AMOUNT)
                rest, total = rest - tokens, total + tokens * rate(part)
                for dearer in inner:
                    if f"{dearer}_tokens" not in absent:
                        of = pl.col(f"{dearer}_tokens").fill_null(0).cast(_AMOUNT)
                        total += pl.min_horizontal(of, tokens) * (rate(dearer) - rate(part))
            total += rest.clip(0) * rate(whole)
        if any(rates.request for rates in flat):
            total += pl.col("calls").cast(_AMOUNT) * rate("request")
        nano = (total + PARTS_PER_NANO // 2) // PARTS_PER_NANO
        free = _look_up([not any(rates) for rates in flat], pl.Boolean, place)
        return pl.when(free).then(0).otherwise(nano).cast(pl.Int64, strict=False)

    def in_usd(self, number: pl.Expr) -> pl.Expr:
        """Whether the offer of a number is in USD."""
        return _look_up([currency == USD for currency in self.currencies], pl.Boolean, number)

    def currency(self, number: pl.Expr) -> pl.Expr:
        """The currency of the offer of a number."""
        return _look_up(self.currencies, pl.String, number)

    def _period_of(self, number: pl.Expr) -> pl.Expr:
        """The place of a row's period among all: of those that hold, the last."""
        begins = _offsets(len(row) for row in self._periods)
        known = [begin if row else None for begin, row in zip(begins, self._periods, strict=True)]
        first = _look_up(known, pl.UInt32, number)
        chosen = pl.lit(None, pl.UInt32)
        for i, column in enumerate(zip_longest(*self._periods)):
            here = first + i if i else first
            holds = _holds(column, number)
            chosen = here if holds is None else pl.when(holds).then(here).otherwise(chosen)
        return chosen

    def _tier_of(self, period: pl.Expr, rows: Sequence[Period]) -> pl.Expr:
        """The place of a row's tier among all: the last that its input is above.

        What stands for several calls says nothing of the length of one: it gets the first tier.
        """
        tier = _look_up(_offsets(len(row.tiers) for row in rows), pl.UInt32, period)
        first = tier
        for column in list(zip_longest(*(row.tiers for row in rows)))[1:]:
            above = _look_up([step and step.above for step in column], pl.Int64, period)
            tier = tier + (pl.col("input_tokens") > above).fill_null(False).cast(pl.UInt32)
        if tier is first:
            return tier
        return pl.when(pl.col("calls") == 1).then(tier).otherwise(first)


def _holds(column: Sequence[Period | None], number: pl.Expr) -> pl.Expr | None:
    """Whether the how-manieth period of its offer holds for a row; None where each holds always.

    A row without a time gets today's price, and none of certain hours.
    """
    holds = []
    begins = [_NEVER_US if period is None else _begin_us(period) for period in column]
    if any(begin != _ALWAYS_US for begin in begins):
        now_us = int(dt.datetime.now(dt.UTC).timestamp()) * 10**6
        moment_us = pl.col("ended_at").to_physical().fill_null(now_us)
        holds.append(moment_us >= _look_up(begins, pl.Int64, number))
    if any(period and period.hours for period in column):
        begin, end = (
            _look_up([p.hours[i] if p and p.hours else None for p in column], pl.Time, number)
            for i in (0, 1)
        )
        time = pl.col("ended_at").dt.time()
        over_midnight = (end < begin) & ((time >= begin) | (time < end))
        inside = over_midnight | ((time >= begin) & (time < end))
        holds.append(begin.is_null() | inside.fill_null(False))
    return pl.all_horizontal(holds) if holds else None


def _begin_us(period: Period) -> int:
    """When a period begins, as timestamps count."""
    if period.since is None:
        return _ALWAYS_US
    return (period.since - dt.date(1970, 1, 1)).days * _DAY_US


def _chosen(offer: Offer | None, *, batch: bool, at: dt.datetime | None) -> tuple[Period, ...]:
    if offer is None:
        return ()
    periods = offer.batch if batch and offer.batch is not None else offer.periods
    if at is None:
        return periods
    period = offer._replace(periods=periods).period(at)
    return () if period is None else (period._replace(since=None, hours=None),)


def _offsets(lengths: Iterable[int]) -> list[int]:
    begins, total = [], 0
    for length in lengths:
        begins.append(total)
        total += length
    return begins


def _look_up(values: Sequence[object], dtype: type[pl.DataType], at: pl.Expr) -> pl.Expr:
    """The value at a place; null where the place is null."""
    return pl.lit(pl.Series(values, dtype=dtype)).gather(at) if values else pl.lit(None, dtype)
