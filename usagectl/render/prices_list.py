"""`usagectl prices list`: prices per million tokens, a row per seller and model."""

from typing import Any

from usagectl.model.escaping import markdown as escaped
from usagectl.pricing.rates import per_million
from usagectl.render import machine
from usagectl.render import markdown as markdown_of
from usagectl.render.legend import legend
from usagectl.render.terminal.lines import Lines, more
from usagectl.render.terminal.table import figures, laid, names, words
from usagectl.render.words import price_words, values
from usagectl.reports.prices import ListedPrice, Listing

_SCHEMA = "usagectl.prices.list/1"
_PARTS = ("input", "cache_read", "cache_write", "output")
_TITLES = ("input", "cache read", "cache write", "output")
_RANKS = {"input": 0, "cache_read": 3, "cache_write": 4, "output": 1, "from": 5}


def text(report: Listing, width: int) -> Lines:
    """A table of prices; longer inputs that cost more are marked."""
    shown = report.rows[: report.top]
    since = [_since(row) for row in shown]
    table = laid(
        [
            names(f"Per million tokens, {price_words.day(report.at)}", map(_name, shown)),
            *(
                figures(
                    title,
                    [price_words.rate(getattr(row.rates, part), row.currency) for row in shown],
                    _RANKS[part],
                )
                for part, title in zip(_PARTS, _TITLES, strict=True)
            ),
            *([words("from", since, _RANKS["from"])] if {*since} - {values.ABSENT} else []),
        ],
        width,
    )
    hidden = more(len(report.rows) - len(shown), "rows, --top 0 shows all")
    marked = "from" not in table.hidden and any(row.tiers > 1 for row in shown)
    said = ["+ longer inputs have another price"] if marked else []
    return [*table.lines, *hidden, *legend([table], "", said)]


def _since(row: ListedPrice) -> str:
    return f"{row.since or values.ABSENT}{' +' if row.tiers > 1 else ''}"


def _name(row: ListedPrice) -> str:
    return values.name(f"{row.seller}/{row.model}" if row.seller else row.model)


def json(report: Listing) -> str:
    """One document with every row."""
    rows = [_plain(row) for row in report.rows]
    day = price_words.day(report.at)
    return machine.document({"schema": _SCHEMA, "at": day, "prices": rows})


def ndjson(report: Listing) -> str:
    """An object a row."""
    return "\n".join(machine.one_line(_plain(row)) for row in report.rows)


def csv(report: Listing) -> str:
    """A line a row."""
    rows = [_plain(row) for row in report.rows]
    return machine.csv_of(list(rows[0]), iter(rows))


def markdown(report: Listing) -> str:
    """A table."""
    body = [
        [
            escaped(_name(row)),
            *(price_words.rate(getattr(row.rates, part), row.currency) for part in _PARTS),
        ]
        for row in report.rows[: report.top]
    ]
    return markdown_of.table_of(["per million tokens", *_TITLES], body)


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
