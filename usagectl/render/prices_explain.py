"""`usagectl prices explain`: a price, the steps that led to it, and what was not taken."""

import json as document
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from usagectl.model.escaping import json_text
from usagectl.model.escaping import markdown as escaped
from usagectl.pricing.rates import Offer, per_million
from usagectl.render import machine
from usagectl.render.terminal.lines import MIN_TEXT, Lines
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import price_words, values
from usagectl.render.words.rounding import tidied
from usagectl.reports.prices import Explanation, Tokens

_SCHEMA = "usagectl.prices.explain/1"
_INDENT = 10


def text(report: Explanation, width: int) -> Lines:
    """What the model is, what it costs, how that was found, and why not another."""
    name = values.name(report.name)
    asked = f"{values.name(report.provider)}: {name}" if report.provider else name
    out = [Text(asked, style="bold cyan")]
    for label, words, style in _facts(report):
        first, *others = wrapped(words, max(width - _INDENT, MIN_TEXT))
        out.append(Text.assemble(f"  {label:<{_INDENT - 2}}", (first, style)))
        out += [Text(" " * _INDENT + other, style) for other in others]
    out += [Text(), Text("How it was found", style="bold")]
    for number, step in enumerate(report.verdict.steps, 1):
        out += _hanging(f"  {number}. ", values.name(step), width)
    if report.others:
        out += [Text(), Text("Why not another", style="bold")]
        for offer in report.others:
            out += _hanging("  - ", _other(report, offer), width)
    if report.nearest:
        out += [Text(), Text("Names that are near to it", style="bold")]
        for offer in report.nearest:
            out += _hanging("  - ", price_words.seller(offer), width)
    return out


def _hanging(head: str, words: str, width: int) -> Lines:
    first, *others = wrapped(words, max(width - len(head), MIN_TEXT)) or [""]
    return [Text(head + first), *(Text(" " * len(head) + other) for other in others)]


def _facts(report: Explanation) -> Iterator[tuple[str, str, str]]:
    verdict, offer = report.verdict, report.verdict.offer
    if offer is None:
        yield "price", f"UNPRICED: {values.name(verdict.reason)}", "yellow"
        return
    label = " (an inexact name)" if verdict.how == "inexact" else ""
    yield "is", price_words.seller(offer) + label, "yellow" if label else ""
    yield "source", f"{verdict.source}: {values.name(offer.origin)}", ""
    if report.period is None or report.tier is None:
        yield "price", f"none on {price_words.day(report.at)}: its first begins later", "yellow"
        return
    held = (
        "" if verdict.source == "local" else f", {price_words.since(report.period, offer.periods)}"
    )
    batch = ""
    if report.batch:
        batch = ", in a batch" if offer.batch else ", no batch price known"
    prices = price_words.rates(report.tier.rates, offer.currency)
    above = f", input above {report.tier.above:,} tokens" if report.tier.above >= 0 else ""
    yield "price", prices + held + above + batch, ""
    for tier in report.period.tiers:
        if tier is not report.tier:
            limit = f"input above {tier.above:,}" if tier.above >= 0 else "shorter input"
            yield "tier", f"{limit}: {price_words.rates(tier.rates, offer.currency)}", "dim"
    for period in offer.periods:
        if period is not report.period:
            rates = price_words.rates(period.tiers[0].rates, offer.currency)
            yield "or", f"{price_words.since(period, offer.periods)}: {rates}", "dim"
    if report.tokens is not None and report.cost_nano is not None:
        yield (
            "costs",
            f"{price_words.nano(report.cost_nano, offer.currency)} for {_tokens(report.tokens)}",
            "bold",
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


def json(report: Explanation) -> str:
    """One document: the price, the steps, and offers that were not taken."""
    return json_text(document.dumps(tidied(_plain(report)), indent=2))


def ndjson(report: Explanation) -> str:
    """The same on one line."""
    return machine.one_line(_plain(report))


def csv(report: Explanation) -> str:
    """A line with what the price is."""
    row = {
        key: value
        for key, value in _plain(report).items()
        if not isinstance(value, (list, dict)) and key != "schema"
    }
    return machine.csv_of(list(row), iter([row]))


def markdown(report: Explanation) -> str:
    """The facts and the steps as lists."""
    facts = [f"- {label}: {escaped(words)}" for label, words, _ in _facts(report)]
    steps = [f"{i}. {escaped(values.name(step))}" for i, step in enumerate(report.verdict.steps, 1)]
    return (
        f"## {escaped(values.name(report.name))}\n\n" + "\n".join(facts) + "\n\n" + "\n".join(steps)
    )


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
