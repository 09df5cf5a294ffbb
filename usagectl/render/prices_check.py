"""`usagectl prices check`: the models of runs, and where their costs come from."""

from typing import Any

from rich.text import Text

from usagectl.model.escaping import markdown as escaped
from usagectl.model.wording import plural
from usagectl.pricing.requests import listed
from usagectl.render import machine
from usagectl.render import markdown as markdown_of
from usagectl.render.legend import legend
from usagectl.render.terminal.lines import Lines
from usagectl.render.terminal.table import Cell, figures, laid, names, words
from usagectl.render.words import price_words, values
from usagectl.reports.prices import CheckedModel, CheckReport

_SCHEMA = "usagectl.prices.check/1"


def text(report: CheckReport, width: int) -> Lines:
    """A row per model, the unpriced ones first, each with its reason below it."""
    models = report.models
    sources = [Cell(_source(m), "yellow" if m.unpriced_calls else "") for m in models]
    table = laid(
        [
            names("Model", [values.name(model.name) for model in models]),
            figures("calls", [values.count(model.calls) for model in models], 0),
            figures("input", [values.count(model.input_tokens) for model in models], 3),
            figures("output", [values.count(model.output_tokens) for model in models], 4),
            words("cost from", sources, 1),
        ],
        width,
    )
    out = [Text(_headline(report), style="bold"), Text(), *table.head]
    for model, row in zip(models, table.rows, strict=True):
        out += [*row, Text(f"  {_reason(model)}", style="dim")]
    return [*out, *legend([table], "")]


def _headline(report: CheckReport) -> str:
    unpriced = [model for model in report.models if model.unpriced_calls]
    if not unpriced:
        return "every call of known tokens has a cost"
    count = report.without_cost
    models = len(unpriced)
    return f"{count:,} call{plural(count)} of {models} model{plural(models)} unpriced"


def _source(model: CheckedModel) -> str:
    if not model.calls_with_tokens:
        return "tokens unknown"
    if model.recorded_calls >= model.calls_with_tokens:
        return "recorded"
    source = model.verdict.source or "UNPRICED"
    if model.unpriced_calls and model.verdict.source:
        source = f"{source}, UNPRICED before its first price"
    return f"recorded, {source}" if model.recorded_calls else source


def _reason(model: CheckedModel) -> str:
    verdict, offer = model.verdict, model.verdict.offer
    if offer is None:
        words = values.name(verdict.reason)
    elif verdict.source == "local":
        words = values.name(verdict.steps[0])
    else:
        words = f"price: {price_words.seller(offer)}, {verdict.how}; {values.name(offer.origin)}"
    behind = listed([values.name(name) for name in model.providers])
    return f"{words}; answered by {behind}" if behind else words


def json(report: CheckReport) -> str:
    """One document."""
    return machine.document(
        {
            "schema": _SCHEMA,
            "runs": list(report.runs),
            "catalog": report.catalog,
            "unpriced_calls": report.without_cost,
            "models": [_plain(model) for model in report.models],
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def ndjson(report: CheckReport) -> str:
    """An object a model."""
    return "\n".join(machine.one_line(_plain(model)) for model in report.models)


def csv(report: CheckReport) -> str:
    """A line a model."""
    rows = [
        {**_plain(model), "providers": ", ".join(model.providers), "steps": _reason(model)}
        for model in report.models
    ]
    return machine.csv_of(list(rows[0]) if rows else ["model"], iter(rows))


def markdown(report: CheckReport) -> str:
    """A table of models."""
    body = [
        [
            escaped(values.name(model.name)),
            escaped(_reason(model)),
            values.count(model.calls),
            values.count(model.input_tokens),
            values.count(model.output_tokens),
            _source(model),
        ]
        for model in report.models
    ]
    header = ["model", "why", "calls", "input", "output", "cost from"]
    return f"## Prices: {_headline(report)}\n\n{markdown_of.table_of(header, body, 2)}"


def _plain(model: CheckedModel) -> dict[str, Any]:
    offer = model.verdict.offer
    return {
        "model": model.name,
        "providers": list(model.providers),
        "calls": model.calls,
        "calls_with_tokens": model.calls_with_tokens,
        "recorded_calls": model.recorded_calls,
        "unpriced_calls": model.unpriced_calls,
        "input_tokens": model.input_tokens,
        "output_tokens": model.output_tokens,
        "price_source": model.verdict.source,
        "seller": offer and offer.seller,
        "priced_as": offer and offer.model,
        "match": model.verdict.how,
        "steps": list(model.verdict.steps),
    }
