"""codex-forge's `instrumentation.json`: stages, calls, totals, and its own price table.

It is rewritten whole every two seconds while the run goes on, so it may be cut short.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

from usagectl.content import SourceFile
from usagectl.notices import Reject
from usagectl.readers import salvage
from usagectl.readers.fields import FieldError, Kind, convert

STAGE: dict[str, Kind] = {
    "id": Kind.TEXT,
    "module_id": Kind.TEXT,
    "status": Kind.TEXT,
    "started_at": Kind.TIME,
    "ended_at": Kind.TIME,
    "wall_seconds": Kind.SECONDS,
    "cpu_user_seconds": Kind.SECONDS,
    "cpu_system_seconds": Kind.SECONDS,
}
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


def _document(data: bytes) -> dict[str, Any]:
    """The report; of one that ends early, the stages that are whole and the calls of the last."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return {**_whole_parts(data.decode("utf-8", "replace")), _DAMAGED: True}
    return document if isinstance(document, dict) else {_DAMAGED: True}


_DAMAGED = "(damaged)"
_PRICING = re.compile(r'"pricing"\s*:\s*(?={)')
_STAGES = re.compile(r'"stages"\s*:\s*\[')
_LAST_STAGE = re.compile(r'"id"\s*:\s*"([^"\\]*)"')
_LAST_CALLS = re.compile(r'"llm_calls"\s*:\s*\[')


def _whole_parts(text: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    pricing = _PRICING.search(text)
    if pricing:
        parts["pricing"] = next((f.value for f in salvage.objects_from(text, pricing.end())), None)
    begin = _STAGES.search(text)
    if begin is None:
        return parts
    stages = [found.value for found in salvage.objects_from(text, begin.end())]
    rest = text[salvage.end_of_objects(text, begin.end()) :]
    last = _LAST_CALLS.search(rest)
    if last:
        stage = _LAST_STAGE.search(rest, 0, last.start())
        calls = [found.value for found in salvage.objects_from(rest, last.end())]
        stages.append({"id": stage and stage[1], "status": None, "llm_calls": calls})
    return {**parts, "stages": stages}


def embedded_calls(data: bytes) -> Iterator[salvage.Found]:
    document = _document(data)
    number = 0
    for stage in _list(document.get("stages")):
        for call in _list(stage.get("llm_calls") if isinstance(stage, dict) else None):
            number += 1
            if not isinstance(call, dict):
                yield salvage.Found(number, None, f"call {number} of the report is no object")
                continue
            yield salvage.Found(number, {"stage_id": stage.get("id"), **call})
    if _DAMAGED in document:
        yield salvage.Found(0, None, "the report ends early: it is damaged, or was being rewritten")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def read_report(file: SourceFile) -> Report:
    rejects: list[Reject] = []
    document = _document(file.read())
    stages: list[dict[str, Any]] = []
    sums: list[dict[str, Any]] = []
    for number, stage in enumerate(_list(document.get("stages")), 1):
        try:
            if not isinstance(stage, dict):
                raise FieldError("not an object")  # noqa: TRY301
            stages.append(convert(STAGE, stage))
        except FieldError as error:
            rejects.append(Reject(file.path, 0, f"stage {number}: {error}"))
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
            task = convert(STAGE, {"id": stage.get("id")})["id"]
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
