"""A file of prices to a table: which shape it has, and the shape of `configs/prices.yaml`."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from usagectl.config.document import read
from usagectl.config.node import Node
from usagectl.pricing import table_shapes
from usagectl.pricing.currencies import CURRENCIES, USD
from usagectl.pricing.local import local_servers
from usagectl.pricing.rates import (
    Offer,
    Period,
    Rates,
    Tier,
    exact,
    rate_each,
    rate_per_million,
    tiers_of,
)
from usagectl.pricing.sellers import seller_named
from usagectl.pricing.table import Table

_TOP = ("currency", "local", "models")
_ENTRY = ("provider", "model", "currency", "prices")
_PER_MILLION = {
    "input_per_million_tokens": "input",
    "cache_read_per_million_tokens": "cache_read",
    "cache_write_5m_per_million_tokens": "cache_write",
    "cache_write_1h_per_million_tokens": "cache_write_1h",
    "output_per_million_tokens": "output",
    "reasoning_per_million_tokens": "reasoning",
}
_WHOLE = ("input_per_million_tokens", "output_per_million_tokens")
_REQUEST = "per_request"
_RATES = (*_PER_MILLION, _REQUEST)
_PRICE = ("from", *_RATES, "cache_write_ttl", "tiers", "batch_factor", "discount_factor")
_TIER = ("input_tokens_above", *_RATES)
_TTL = ("5m", "1h")


def read_table(path: str) -> Table:
    """Read a price table of any shape that is known.

    Raises:
        WrongUsageError: It cannot be read, or something in it is wrong; the message has file,
            line and key.
    """
    root = read(path)
    shape = table_shapes.shape_of(root)
    if shape is not None:
        return shape(root)
    return _own(root)


def _own(root: Node) -> Table:
    top = root.mapping(_TOP)
    if "models" not in top and "local" not in top:
        raise root.wrong("a price table has `models:`; configs/prices.yaml shows how")
    currency = currency_of(top.get("currency"))
    entries = top["models"].items() if "models" in top else []
    if "models" in top and not entries:
        raise top["models"].wrong("a price table with no models prices nothing")
    offers = [pair for entry in entries for pair in _offers(entry, currency)]
    _refuse_overlap(offers)
    return Table(
        root.file,
        [(name, offer) for name, offer, _ in offers],
        None,
        local_servers(top["local"]) if "local" in top else None,
    )


def currency_of(node: Node | None) -> str:
    """The currency that a node names; USD where there is none."""
    return USD if node is None else node.one_of(sorted(CURRENCIES))


def _offers(entry: Node, currency: str) -> Iterator[tuple[str, Offer, Node]]:
    parts = entry.mapping(_ENTRY)
    for name in ("model", "prices"):
        if name not in parts:
            raise entry.wrong(f"an entry needs {name!r}")
    if "currency" in parts:
        currency = currency_of(parts["currency"])
    seller = seller_named(parts["provider"].text()) if "provider" in parts else None
    prices = parts["prices"].items()
    if not prices:
        raise parts["prices"].wrong("an entry needs at least one price")
    _refuse_disorder(prices)
    standard = tuple(_period(price, batch=False) for price in prices)
    has_batch = any("batch_factor" in price.mapping() for price in prices)
    batch = tuple(_period(price, batch=True) for price in prices) if has_batch else None
    origin = f"{entry.file}:{entry.line}"
    names = parts["model"].texts()
    if not names:
        raise parts["model"].wrong("an entry needs at least one name")
    for name in names:
        yield name, Offer(seller, name, currency, standard, origin, batch), entry


def _refuse_disorder(prices: list[Node]) -> None:
    """Each price begins after the one above it, so that no day has two."""
    last: dt.date | None = None
    for i, price in enumerate(prices):
        parts = price.mapping(_PRICE)
        if "from" not in parts:
            if i:
                raise price.wrong("overlaps with the price above: give it a start date, `from:`")
            continue
        begin = parts["from"].date()
        if last is not None and begin <= last:
            raise parts["from"].wrong(f"overlaps with the price above, which begins on {last}")
        last = begin


def _refuse_overlap(offers: list[tuple[str, Offer, Node]]) -> None:
    seen: dict[tuple[str, str | None], Offer] = {}
    for name, offer, entry in offers:
        first = seen.setdefault((name.lower(), offer.seller), offer)
        if first is not offer:
            raise entry.wrong(
                f"overlaps with {first.origin}: {name!r} has its prices there; add this one to them"
            )


def _period(price: Node, *, batch: bool) -> Period:
    parts = price.mapping(_PRICE)
    if not any(name in parts for name in _RATES):
        raise price.wrong(f"no price: give at least one of {', '.join(_RATES)}")
    given = [name for name in _WHOLE if name in parts]
    if len(given) == 1:
        other = next(name for name in _WHOLE if name not in given)
        raise price.wrong(f"an unknown price is not nothing: give {other} too, 0 if it is free")
    ttl = parts["cache_write_ttl"].one_of(_TTL) if "cache_write_ttl" in parts else _TTL[0]
    factor = _factor(parts, "discount_factor") * (_factor(parts, "batch_factor") if batch else 1)
    tiers: list[tuple[int, Rates]] = []
    for tier in parts["tiers"].items() if "tiers" in parts else ():
        keys = tier.mapping(_TIER)
        if "input_tokens_above" not in keys:
            raise tier.wrong("a tier needs `input_tokens_above`")
        above = keys["input_tokens_above"].whole(0)
        if tiers and above <= tiers[-1][0]:
            raise keys["input_tokens_above"].wrong("overlaps with the tier above: tiers ascend")
        tiers.append((above, _rates(keys, ttl)))
    whole = tuple(
        Tier(above, rates.times(factor)) for above, rates in tiers_of(_rates(parts, ttl), tiers)
    )
    return Period(parts["from"].date() if "from" in parts else None, None, whole)


def _factor(parts: dict[str, Node], name: str) -> Decimal:
    return exact(parts[name].number(0)) if name in parts else Decimal(1)


def _rates(parts: dict[str, Node], ttl: str) -> Rates:
    found = {
        part: rate_per_million(exact(parts[name].number(0)))
        for name, part in _PER_MILLION.items()
        if name in parts
    }
    if ttl == "1h" and "cache_write_1h" in found:
        found["cache_write"] = found["cache_write_1h"]
    request = rate_each(exact(parts[_REQUEST].number(0))) if _REQUEST in parts else None
    return Rates(**found, request=request)
