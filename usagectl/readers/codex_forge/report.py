"""codex-forge's `instrumentation.json`: stages, calls, totals, and its own price table.

It is rewritten whole every two seconds while the run goes on, so it may be cut short.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.columns import STAGE
from usagectl.model.notices import Reject
from usagectl.readers.core.document import Document, Element
from usagectl.readers.core.fields import FieldError, Kind, convert
from usagectl.readers.core.mapping import Row, Table, raw_fields, same
from usagectl.readers.core.salvage import Found

_KNOWN = pl.col("status").is_in(["done", "failed", "skipped", "running"])
STAGES = Table(
    STAGE,
    Row("task", "id"),
    Row("module", "module_id"),
    Row("status", "status", when=_KNOWN),
    *same("started_at", "ended_at"),
    Row("wall_us", "wall_seconds", unit=Kind.SECONDS),
    Row("cpu_user_us", "cpu_user_seconds", unit=Kind.SECONDS),
    Row("cpu_system_us", "cpu_system_seconds", unit=Kind.SECONDS),
    Row("attempt", pl.int_range(1, pl.len() + 1).over("file", "id")),
)
STAGE_FIELDS = raw_fields(STAGES)
_TOTALS: dict[str, Kind] = {
    "calls": Kind.COUNT,
    "prompt_tokens": Kind.COUNT,
    "completion_tokens": Kind.COUNT,
    "cost": Kind.USD,
}


class Report(NamedTuple):
    """What a report says besides its calls. `sums` are stages that kept only their totals."""

    stages: list[dict[str, Any]]
    sums: list[dict[str, Any]]
    totals: dict[str, Any]
    rates: dict[str, tuple[float, float]]
    default: tuple[float, float] | None
    rejects: list[Reject]
    ended: bool


class _Parts(NamedTuple):
    """What stands in a report: its stages and calls with their lines, and all the rest."""

    rest: dict[str, Any]
    stages: list[tuple[int, Any]]
    calls: list[Found]


_OF_A_CALL = re.compile("(?:prompt|completion)_tokens")
_ID = re.compile(r'"id"\s*:\s*"([^"\\]*)"')


def _parts(data: bytes) -> _Parts:
    """All of the report; of one that is damaged, the stages and the calls that are whole."""
    document = Document(data)
    if document.damage is None:
        parts = _Parts({}, [], [])
        whole = Element(document.start(), len(document.text), document.value)
        parts.calls.extend(_report(document, whole, parts))
        return parts
    if document.ends_early:
        reason = "the report ends early: it is damaged, or was being rewritten"
        document.damage = document.damage._replace(reason=reason)
    return _salvaged(document)


def _report(document: Document, element: Element, parts: _Parts) -> Iterator[Found]:
    if not isinstance(element.value, dict):
        yield Found(1, None, "the report is no object")
        return
    parts.rest.update(element.value)
    if isinstance(element.value.get("stages"), list):
        for stage in document.elements(document.member(element.at, "stages")):
            yield from _stage(document, stage, parts)


def _stage(document: Document, element: Element, parts: _Parts) -> Iterator[Found]:
    stage = element.value
    parts.stages.append((document.line(element.at), stage))
    if isinstance(stage, dict) and isinstance(stage.get("llm_calls"), list):
        calls = document.elements(document.member(element.at, "llm_calls"))
        for number, call in enumerate(calls, 1):
            name = f"call {number} of the stage"
            yield document.found(call, name, {"stage_id": stage.get("id")})


def _salvaged(document: Document) -> _Parts:
    parts = _Parts({}, [], [])
    stage: dict[str, Any] = {}

    def records(element: Element) -> Iterator[Found]:
        nonlocal stage
        value = element.value
        if value is None:
            begun = _ID.search(element.own)
            if begun:
                stage = {"id": begun[1], "status": None, "llm_calls": []}
                parts.stages.append((document.line(element.at), stage))
        elif "stages" in value:
            yield from _report(document, element, parts)
        elif "llm_calls" in value:
            yield from _stage(document, element, parts)
        elif isinstance(value.get("models"), dict):
            parts.rest["pricing"] = value
        elif "model" in value and "prompt_tokens" in value:
            yield document.found(element, "a call", {"stage_id": stage.get("id")})

    def is_damaged_call(own: str) -> bool:
        return _OF_A_CALL.search(own) is not None

    parts.calls.extend(document.salvaged(records, is_damaged_call))
    return parts


def embedded_calls(data: bytes) -> Iterator[Found]:
    """The calls of all stages, each with the name of its stage, and what is damaged."""
    yield from _parts(data).calls


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def read_report(file: SourceFile) -> Report:
    rejects: list[Reject] = []
    document, found, _ = _parts(file.read())
    stages: list[dict[str, Any]] = []
    sums: list[dict[str, Any]] = []
    for number, (line, stage) in enumerate(found, 1):
        try:
            if not isinstance(stage, dict):
                raise FieldError("not an object")  # noqa: TRY301
            stages.append(convert(STAGE_FIELDS, stage))
        except FieldError as error:
            rejects.append(Reject(file.path, line, f"stage {number}: {error}"))
            continue
        if "llm_calls" not in stage:
            sums += _sums(stage)
    pricing = document.get("pricing")
    rates = _rates(pricing.get("models")) if isinstance(pricing, dict) else {}
    default = _rates({"": pricing.get("default")}) if isinstance(pricing, dict) else {}
    try:
        totals = convert(_TOTALS, _dict(document.get("totals")))
    except FieldError:
        totals = dict.fromkeys(_TOTALS)
    ended = document.get("ended_at") is not None
    return Report(stages, sums, totals, rates, default.get(""), rejects, ended)


def _sums(stage: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The totals of a stage whose calls were not kept, by model where it says so."""
    extra = stage.get("extra")
    per_model = _dict(extra.get("per_model")) if isinstance(extra, dict) else None
    parts = list(per_model.items()) if per_model else [(None, stage.get("llm_totals"))]
    rows = []
    for model, totals in parts:
        try:
            row = convert(_TOTALS, _dict(totals))
            task = convert(STAGE_FIELDS, {"id": stage.get("id")})["id"]
        except FieldError:
            continue
        if row["calls"]:
            rows.append({**row, "model": model, "stage_id": task})
    return rows


def _rates(models: Any) -> dict[str, tuple[float, float]]:
    """Prices per thousand tokens, of prompt and of completion; what is no price is left out."""
    rates = {}
    for model, rate in (models if isinstance(models, dict) else {}).items():
        if isinstance(rate, dict):
            prompt, completion = rate.get("prompt_per_1k"), rate.get("completion_per_1k")
            if _is_price(prompt) and _is_price(completion):
                rates[model] = (float(prompt), float(completion))
    return rates


# In USD per thousand tokens.
_MAX_PRICE = 1e6


def _is_price(value: Any) -> TypeGuard[float]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value <= _MAX_PRICE
