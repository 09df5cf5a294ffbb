"""`usagectl prices list`: prices per million tokens, a row per seller and model."""

from collections.abc import Sequence
from typing import Any

from usagectl.pricing.rates import per_million
from usagectl.render.columns import names, words
from usagectl.render.document import Column, Document, Kind, Legend, Section, Span, Table, more
from usagectl.render.records import Records
from usagectl.render.words import price_words, values
from usagectl.reports.prices import ListedPrice, Listing

_SCHEMA = "usagectl.prices.list/1"
_PARTS = (
    ("input", "input", 0),
    ("cache_read", "cache read", 3),
    ("cache_write", "cache write", 4),
    ("output", "output", 1),
)
_TIERS = " +"


def page(report: Listing) -> Document:
    """A table of prices; longer inputs that cost more are marked."""
    shown = report.rows[: report.top]
    since = [
        Span(str(row.since or values.ABSENT), mark=_TIERS if row.tiers > 1 else "") for row in shown
    ]
    title = f"Per million tokens, {price_words.day(report.at)}"
    columns = [
        names("model", map(_name, shown)),
        *(_column(part, title, rank, shown) for part, title, rank in _PARTS),
        *([words("from", since, 5)] if any(row.since or row.tiers > 1 for row in shown) else []),
    ]
    hidden = more(len(report.rows) - len(shown), "rows, --top 0 shows all")
    legend = Legend({_TIERS: "longer inputs have another price"})
    return Document(Span("Prices"), [Section([Table(columns, title), *hidden]), Section([legend])])


def _column(part: str, title: str, rank: int, rows: Sequence[ListedPrice]) -> Column:
    cells = [_rate(getattr(row.rates, part), row.currency) for row in rows]
    return Column(title, cells, Kind.FIGURES, rank)


def _rate(rate: int | None, currency: str) -> Span:
    value = None if rate is None else float(per_million(rate))
    return Span(price_words.rate(rate, currency), value=value)


def _name(row: ListedPrice) -> str:
    return values.name(f"{row.seller}/{row.model}" if row.seller else row.model)


def records(report: Listing) -> Records:
    """Every row."""
    rows = [_plain(row) for row in report.rows]
    whole = {"schema": _SCHEMA, "at": price_words.day(report.at), "prices": rows}
    return Records(whole, rows, list(rows[0]))


def _plain(row: ListedPrice) -> dict[str, Any]:
    prices = {
        f"{name}_per_million_tokens": None if rate is None else float(per_million(rate))
        for name, rate in row.rates._asdict().items()
        if name != "request"
    }
    return {
        "source": row.source,
        "seller": row.seller,
        "model": row.model,
        "currency": row.currency,
        **prices,
        "from": row.since and row.since.isoformat(),
        "tiers": row.tiers,
    }
