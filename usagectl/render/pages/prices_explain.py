"""`usagectl prices explain`: a price, the steps that led to it, and what was not taken."""

from collections.abc import Iterable, Iterator
from typing import Any

from usagectl.pricing.rates import Offer, per_million
from usagectl.render.document import Document, Line, Listing, Section, Span, Terms, Tone, line
from usagectl.render.records import Records
from usagectl.render.words import price_words, values
from usagectl.reports.prices import Explanation, Tokens

_SCHEMA = "usagectl.prices.explain/1"
_LABELS = 6


def page(report: Explanation) -> Document:
    """What the model is, what it costs, how that was found, and why not another."""
    name = values.name(report.name)
    asked = f"{values.name(report.provider)}: {name}" if report.provider else name
    facts = [(Span(label), Span(said, tone)) for label, said, tone in _facts(report)]
    steps = [Line([Span(values.name(step))]) for step in report.verdict.steps]
    others = [_other(report, offer) for offer in report.others]
    return Document(
        Span("A price explained"),
        [
            Section([line(asked, Tone.NAME), Terms(facts, room=_LABELS)]),
            Section([Listing(steps, numbered=True)], "How it was found"),
            *_listed("Why not another", others),
            *_listed("Names that are near to it", map(price_words.seller, report.nearest)),
        ],
    )


def _listed(title: str, texts: Iterable[str]) -> Iterator[Section]:
    lines = [Line([Span(text)]) for text in texts]
    if lines:
        yield Section([Listing(lines, Span("  - "))], title)


def _facts(report: Explanation) -> Iterator[tuple[str, str, Tone]]:
    verdict, offer = report.verdict, report.verdict.offer
    if offer is None:
        yield "price", f"UNPRICED: {values.name(verdict.reason)}", Tone.DOUBT
        return
    label = " (an inexact name)" if verdict.how == "inexact" else ""
    yield "is", price_words.seller(offer) + label, Tone.DOUBT if label else Tone.PLAIN
    yield "source", f"{verdict.source}: {values.name(offer.origin)}", Tone.PLAIN
    if report.period is None or report.tier is None:
        yield "price", f"none on {price_words.day(report.at)}: its first begins later", Tone.DOUBT
        return
    held = (
        "" if verdict.source == "local" else f", {price_words.since(report.period, offer.periods)}"
    )
    batch = ""
    if report.batch:
        batch = ", in a batch" if offer.batch else ", no batch price known"
    prices = price_words.rates(report.tier.rates, offer.currency)
    above = f", input above {report.tier.above:,} tokens" if report.tier.above >= 0 else ""
    yield "price", prices + held + above + batch, Tone.PLAIN
    for tier in report.period.tiers:
        if tier is not report.tier:
            limit = f"input above {tier.above:,}" if tier.above >= 0 else "shorter input"
            yield "tier", f"{limit}: {price_words.rates(tier.rates, offer.currency)}", Tone.QUIET
    for period in offer.periods:
        if period is not report.period:
            rates = price_words.rates(period.tiers[0].rates, offer.currency)
            yield "or", f"{price_words.since(period, offer.periods)}: {rates}", Tone.QUIET
    if report.tokens is not None and report.cost_nano is not None:
        yield (
            "costs",
            f"{price_words.nano(report.cost_nano, offer.currency)} for {_tokens(report.tokens)}",
            Tone.STRONG,
        )


def _tokens(tokens: Tokens) -> str:
    cached = [
        f"{count:,} {words}"
        for count, words in (
            (tokens.cache_read, "read from cache"),
            (tokens.cache_write, "written to cache"),
        )
        if count
    ]
    inside = f" ({', '.join(cached)})" if cached else ""
    thought = f" ({tokens.reasoning:,} reasoning)" if tokens.reasoning else ""
    return f"{tokens.input:,} input{inside} and {tokens.output:,} output tokens{thought}"


def _other(report: Explanation, offer: Offer) -> str:
    period = offer.period(report.at)
    rates = price_words.rates(period.tiers[0].rates, offer.currency) if period else "no price then"
    whose = "another seller's" if report.verdict.offer else "one seller's"
    return f"{price_words.seller(offer)} is {whose}: {rates}"


def records(report: Explanation) -> Records:
    """The price, the steps, and offers that were not taken; a table has what the price is."""
    plain = _plain(report)
    columns = [
        key for key, v in plain.items() if not isinstance(v, (list, dict)) and key != "schema"
    ]
    return Records(plain, [plain], columns, single=True)


def _plain(report: Explanation) -> dict[str, Any]:
    verdict, offer = report.verdict, report.verdict.offer
    rates = report.tier.rates._asdict() if report.tier else {}
    near = [{"seller": offer.seller, "model": offer.model} for offer in report.nearest]
    return {
        "schema": _SCHEMA,
        "model": report.name,
        "provider": report.provider,
        "at": price_words.day(report.at),
        "price_source": verdict.source,
        "seller": offer and offer.seller,
        "priced_as": offer and offer.model,
        "match": verdict.how,
        "origin": offer and offer.origin,
        "currency": offer and offer.currency,
        "price_from": report.period and report.period.since and report.period.since.isoformat(),
        "input_tokens_above": report.tier.above if report.tier and report.tier.above >= 0 else None,
        "prices_per_million_tokens": {
            name: None if rate is None else float(per_million(rate))
            for name, rate in rates.items()
            if name != "request"
        },
        "tokens": report.tokens and report.tokens._asdict(),
        "cost_nano": report.cost_nano,
        "cost": None if report.cost_nano is None else report.cost_nano / 10**9,
        "steps": list(verdict.steps),
        "not_taken": [
            {"seller": other.seller, "model": other.model, "origin": other.origin}
            for other in report.others
        ],
        **({"nearest": near} if near else {}),
    }
