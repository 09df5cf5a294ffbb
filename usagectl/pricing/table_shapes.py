"""Price tables that people already have: other tools' shapes, read as they are.

- per thousand tokens: `models: {NAME: {prompt_per_1k, completion_per_1k}}`, `default:`, `currency:`
- inspect_ai's cost file: `NAME: {input, output, input_cache_read, input_cache_write}` per million
- LiteLLM's model map: `NAME: {input_cost_per_token, ...}` per token
- genai-prices' data file: a list of providers with their models
"""

import re
from collections.abc import Callable
from decimal import Decimal

from usagectl.config.node import Node
from usagectl.pricing.currencies import CURRENCIES, USD
from usagectl.pricing.rates import (
    Offer,
    Period,
    Rates,
    exact,
    rate_each,
    rate_per_million,
    tiers_of,
)
from usagectl.pricing.sellers import SELLERS, canonical, seller_named
from usagectl.pricing.table import Table

_THOUSAND = ("prompt_per_1k", "completion_per_1k")
_THOUSAND_TOP = ("models", "default", "currency", "updated_at", "source")
_INSPECT = ("input", "output", "input_cache_read", "input_cache_write")
_LITELLM_MARKS = ("litellm_provider", "input_cost_per_token")
_LITELLM_TALKS = ("chat", "completion", "responses")
_LITELLM_EXAMPLE = "sample_spec"
_LITELLM = {
    "input": "input_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "output": "output_cost_per_token",
    "reasoning": "output_cost_per_reasoning_token",
    "request": "input_cost_per_request",
}
_ABOVE = re.compile(r"(.+)_above_(\d+)k_tokens(_batches)?")
_VERTEX_KINDS = re.compile(r"(vertex-ai|fireworks-ai)-.+")

Shape = Callable[[Node], Table]


def shape_of(root: Node) -> Shape | None:
    """How to read a table of another tool's shape; None where it has none of them."""
    if isinstance(root.value, list):
        return _genai_prices
    if not isinstance(root.value, dict) or not root.value:
        return None
    models = root.value.get("models")
    if "default" in root.value or (models is not None and isinstance(models.value, dict)):
        return _per_thousand
    entries = [node.value for node in root.value.values()]
    if "models" in root.value or "local" in root.value or not _all_mappings(entries):
        return None
    keys = {key for entry in entries for key in entry}
    if keys & set(_LITELLM_MARKS):
        return _litellm
    return _inspect if keys & set(_INSPECT) else None


def _all_mappings(values: list[object]) -> bool:
    return all(isinstance(value, dict) for value in values)


def _per_thousand(root: Node) -> Table:
    top = root.mapping(_THOUSAND_TOP)
    currency = USD
    if "currency" in top and top["currency"].value is not None:
        currency = top["currency"].one_of(sorted(CURRENCIES))
    models = top["models"].mapping() if "models" in top else {}
    default = top.get("default")
    if not models and (default is None or default.value is None):
        raise root.wrong("a price table with no models prices nothing")
    offers = [(name, _thousand(name, node, currency)) for name, node in models.items()]
    fallback = None
    if default is not None and default.value is not None:
        fallback = _thousand("default", default, currency)
    return Table(root.file, offers, fallback)


def _thousand(name: str, node: Node, currency: str) -> Offer:
    parts = node.mapping(_THOUSAND)
    for key in _THOUSAND:
        if key not in parts:
            raise node.wrong(f"an entry needs {key!r}")
    prompt, completion = (rate_per_million(_number(parts[key]) * 1000) for key in _THOUSAND)
    return _offer(None, name, Rates(input=prompt, output=completion), node, currency)


def _inspect(root: Node) -> Table:
    offers = []
    for name, node in root.mapping().items():
        parts = node.mapping(_INSPECT)
        rates = {
            part: rate_per_million(_number(parts[key])) if key in parts else None
            for part, key in zip(
                ("input", "output", "cache_read", "cache_write"), _INSPECT, strict=True
            )
        }
        if (rates["input"] is None) != (rates["output"] is None):
            raise node.wrong("an unknown price is not nothing: give input and output, 0 if free")
        # `SELLER/MODEL`, where the first part is one.
        head, slash, rest = name.partition("/")
        sold = bool(slash) and canonical(head) in SELLERS
        offer = _offer(seller_named(head) if sold else None, name, Rates(**rates), node)
        offers += [(name, offer), *([(rest, offer)] if sold else [])]
    return Table(root.file, offers)


def _litellm(root: Node) -> Table:
    offers = []
    for key, node in root.mapping().items():
        parts = node.mapping()
        if key == _LITELLM_EXAMPLE:
            continue
        named = parts.get("litellm_provider")
        seller = seller_named(_VERTEX_KINDS.sub(r"\1", canonical(named.text()))) if named else None
        periods = _litellm_period(parts, batch=False)
        base = periods[0].tiers[0].rates
        half = (base.input is None) != (base.output is None)
        mode = parts["mode"].value if "mode" in parts else "chat"
        if not any(rate is not None for rate in base) or (half and mode in _LITELLM_TALKS):
            # A price that is not known is not nothing.
            continue
        has_batch = any(name.endswith("_batches") for name in parts)
        batch = _litellm_period(parts, batch=True) if has_batch else None
        offer = Offer(seller, key, USD, periods, f"{root.file}, {key}", batch)
        head, slash, rest = key.partition("/")
        offers.append((key, offer))
        if slash and seller_named(head) == seller:
            offers.append((rest, offer))
    if not offers:
        raise root.wrong("a price table with no models prices nothing")
    return Table(root.file, offers)


def _litellm_period(parts: dict[str, Node], *, batch: bool) -> tuple[Period, ...]:
    """Plain prices, those above a length of input, or the ranges of `tiered_pricing`."""
    base = _litellm_rates(parts)
    above: dict[int, dict[str, int]] = {}
    lower: dict[int, dict[str, int]] = {}
    if "tiered_pricing" in parts and parts["tiered_pricing"].value:
        for node in parts["tiered_pricing"].items():
            tier = node.mapping()
            if "range" not in tier:
                continue
            limits = tier["range"].items()
            if not limits:
                raise tier["range"].wrong("expected the first and the last length of input")
            begin = limits[0].whole(0)
            rates = _litellm_rates(tier)
            if begin == 0:
                base = rates.over(base)
            else:
                above[begin] = {k: v for k, v in rates._asdict().items() if v is not None}
    for key, node in parts.items():
        found = _ABOVE.fullmatch(key)
        part = found and next((part for part, name in _LITELLM.items() if name == found[1]), None)
        if found and part and node.value is not None and (batch or not found[3]):
            target = lower if found[3] else above
            target.setdefault(int(found[2]) * 1000, {})[part] = rate_each(_number(node))
    if batch:
        base = _litellm_rates(parts, "_batches").over(base)
    tiers = [(limit, Rates(**(rates | lower.get(limit, {})))) for limit, rates in above.items()]
    return (Period(None, None, tiers_of(base, tiers)),)


def _litellm_rates(parts: dict[str, Node], ending: str = "") -> Rates:
    return Rates(
        **{
            part: rate_each(_number(parts[name + ending]))
            for part, name in _LITELLM.items()
            if name + ending in parts and parts[name + ending].value is not None
        }
    )


def _genai_prices(root: Node) -> Table:
    from usagectl.pricing import catalog

    return catalog.table(root)


def _number(node: Node) -> Decimal:
    return exact(node.number(0))


def _offer(seller: str | None, name: str, rates: Rates, node: Node, currency: str = USD) -> Offer:
    place = f"{node.file}:{node.line}" if node.line else f"{node.file}, {name}"
    return Offer(seller, name, currency, (Period(None, None, tiers_of(rates, ())),), place)
