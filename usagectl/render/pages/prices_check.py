"""`usagectl prices check`: the models of runs, and where their costs come from."""

from typing import Any

from usagectl.model.wording import plural
from usagectl.pricing.requests import listed
from usagectl.render.columns import figures, names, toned, words
from usagectl.render.document import (
    Document,
    Legend,
    Place,
    Section,
    Span,
    Table,
    Tone,
    line,
)
from usagectl.render.records import Records
from usagectl.render.words import price_words, values
from usagectl.reports.prices import CheckedModel, CheckReport

_SCHEMA = "usagectl.prices.check/1"


def page(report: CheckReport) -> Document:
    """A row per model, the unpriced ones first, each with its reason below it."""
    models = report.models
    sources = [Span(_source(m), Tone.DOUBT if m.unpriced_calls else Tone.PLAIN) for m in models]
    reasons = toned(map(_reason, models), Tone.QUIET)
    columns = [
        names("Model", [model.name for model in models]),
        figures("calls", values.count, [model.calls for model in models], 0),
        figures("input", values.count, [model.input_tokens for model in models], 3),
        figures("output", values.count, [model.output_tokens for model in models], 4),
        words("cost from", sources, 1),
        words("why", reasons, 5)._replace(place=Place.FALLS),
    ]
    return Document(
        Span(f"Prices of the models of {', '.join(map(values.name, report.runs))}"),
        [
            Section([line(_headline(report), Tone.STRONG)]),
            Section([Table(columns)]),
            Section([Legend({})]),
        ],
        report.notices,
    )


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


def records(report: CheckReport) -> Records:
    """Everything, and a row a model; in a table several providers and the steps are texts."""
    rows = [_plain(model) for model in report.models]
    whole = {
        "schema": _SCHEMA,
        "runs": list(report.runs),
        "catalog": report.catalog,
        "unpriced_calls": report.without_cost,
        "models": rows,
        "notices": [notice._asdict() for notice in report.notices],
    }
    lines = (
        {**row, "providers": ", ".join(model.providers), "steps": _reason(model)}
        for row, model in zip(rows, report.models, strict=True)
    )
    return Records(whole, rows, list(rows[0]) if rows else ["model"], lines)


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
