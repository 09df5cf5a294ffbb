"""What calls cost, in words: how much, who says so, and what nobody knows."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from usagectl.model.names import CostMode, Metric, cost_column
from usagectl.model.wording import plural
from usagectl.pricing.requests import Costs, listed
from usagectl.render.columns import figures, names
from usagectl.render.document import Fact, Table, fact
from usagectl.render.words import values
from usagectl.reports.summary import SummaryReport


def spent(report: SummaryReport) -> Iterator[Fact]:
    """What was spent, and on what in vain."""
    totals, costs = report.totals, report.costs
    if not _told(report):
        return
    others = [c for c in costs.currencies if totals[cost_column(c)] is not None]
    if totals[Metric.COST_USD] is not None or not others:
        said = f"cost{_coverage(totals)}{_parts(totals, costs)}"
        yield fact(values.usd, totals[Metric.COST_USD], said)
    for currency in others:
        said = f"cost in {currency}, by table; never added to others"
        figure, of = fact(values.amount, totals[cost_column(currency)], said)
        yield figure._replace(text=f"{currency} {figure.text}"), of
    if totals[Metric.FAILED_COST_USD]:
        said = f"of it in failed calls ({totals[Metric.FAILED]:,})"
        yield fact(values.usd, totals[Metric.FAILED_COST_USD], said)
    if totals[Metric.RETRIED_COST_USD]:
        count = totals[Metric.RETRIED_CALLS]
        said = f"of it in calls that took more than one attempt ({count:,})"
        yield fact(values.usd, totals[Metric.RETRIED_COST_USD], said)


def beside(report: SummaryReport) -> Iterator[Fact]:
    """What nobody knows the cost of, and what other prices would have come to."""
    totals, costs = report.totals, report.costs
    if not _told(report):
        return
    if totals[Metric.UNPRICED_CALLS]:
        yield fact(values.count, totals[Metric.UNPRICED_CALLS], _unpriced(totals, costs))
    if costs.what_if is not None and costs.what_if.offer is not None:
        said = _what_if(totals, costs, costs.what_if.offer.model)
        yield fact(values.usd, totals[Metric.WHAT_IF_COST_USD], said)


def any_spent(report: SummaryReport) -> bool:
    """Whether anything is known to have cost something."""
    currencies = map(cost_column, report.costs.currencies)
    return any(report.totals[name] for name in (Metric.COST_USD, *currencies))


def _told(report: SummaryReport) -> bool:
    return bool(report.totals[Metric.COST_CALLS]) or report.costs.asked_for


def _coverage(totals: Mapping[str, Any]) -> str:
    known, calls = totals[Metric.COST_CALLS], totals[Metric.CALLS]
    return "" if known == calls else f" (known of {known:,} of {calls:,} calls)"


def _parts(totals: Mapping[str, Any], costs: Costs) -> str:
    """Who says so: one source in a word, several with an amount each."""
    parts = []
    if totals[Metric.RECORDED_COST_CALLS] and costs.wanted.mode is not CostMode.TABLE:
        parts.append((totals[Metric.RECORDED_COST_USD], "recorded by the source"))
    if totals[Metric.TABLE_COST_CALLS]:
        parts.append((totals[Metric.TABLE_COST_USD], "by price table"))
    if totals[Metric.CATALOG_COST_CALLS]:
        parts.append((totals[Metric.CATALOG_COST_USD], f"by {costs.catalog}"))
    local = totals[Metric.LOCAL_COST_CALLS]
    said = [
        who if len(parts) == 1 and not local else f"{values.usd(amount)} {who}"
        for amount, who in parts
        if amount is not None or len(parts) == 1
    ]
    if local:
        said.append(f"{local:,} local call{plural(local)}, free by rule")
    day = costs.wanted.at
    at = f"; prices of {day:%Y-%m-%d}" if day and (totals[Metric.COST_CALLS] or 0) else ""
    return (f": {'; '.join(said)}" if said else "") + at


def _unpriced(totals: Mapping[str, Any], costs: Costs) -> str:
    """Why the cost of calls is unknown, and of which models."""
    count = totals[Metric.UNPRICED_CALLS]
    models = costs.unpriced()
    nobody = sum(m.calls_with_tokens for m in models)
    silent = min(count - nobody, totals[Metric.CALLS_WITHOUT_USAGE])
    reasons = {
        f"without a price ({listed([values.name(m.name) for m in models])})": nobody,
        "of unknown tokens": silent,
        "no price asked for"
        if costs.wanted.mode is CostMode.RECORDED
        else "of partly known tokens, or before the first price": count - nobody - silent,
    }
    said = [
        words if number == count else f"{number:,} {words}"
        for words, number in reasons.items()
        if number > 0
    ]
    hint = "; usagectl prices check tells why" if nobody else ""
    return f"call{plural(count)} unpriced: {', '.join(said)}{hint}"


def _what_if(totals: Mapping[str, Any], costs: Costs, model: str) -> str:
    known, calls = totals[Metric.WHAT_IF_COST_CALLS], totals[Metric.CALLS]
    of = "all calls" if known == calls else f"the {known:,} of {calls:,} calls of known tokens"
    return (
        f"WHAT IF, not spent: the same tokens of {of} at the price of"
        f" {values.name(costs.wanted.as_model)} ({values.name(model)})"
    )


def repriced(rows: pl.DataFrame) -> Table:
    """What the source recorded beside what prices say of the same calls, per model."""
    shown = rows.to_dicts()
    columns = [
        names("model", [row["model"] for row in shown]),
        figures("calls", values.count, [row["calls"] for row in shown], 3),
        figures("priced", values.count, [row["repriced"] for row in shown], 4),
        figures("recorded", values.usd, [row["recorded_usd"] for row in shown], 0),
        figures("by price", values.usd, [row["priced_usd"] for row in shown], 1),
        figures("change", values.change, [row["change"] for row in shown], 2),
    ]
    return Table(columns, "Recorded against prices")
