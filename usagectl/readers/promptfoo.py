"""promptfoo: results of an evaluation as one document, or a result a line.

A test that failed its assertion is a call that succeeded: only an error is a failed one. What it
calls cached is its own store of answers, which asked no provider and is no call. What grading
consumed stands apart and is a call of its own. Source: promptfoo's `EvaluateResult`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import OTHER, call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks, objects, value_at
from usagectl.readers.core.shape import A_DOCUMENT
from usagectl.readers.core.units import Unit

RESULTS = "evaluation results"

_CALL = Picks(
    Pick("input_tokens", "response.tokenUsage.prompt"),
    Pick("output_tokens", "response.tokenUsage.completion"),
    Pick("total_tokens", "response.tokenUsage.total"),
    Pick("reasoning_tokens", "response.tokenUsage.completionDetails.reasoning"),
    Pick("cost", "response.cost", "cost", unit=Unit.USD, of=lambda cost: cost or None),
    Pick("duration", "latencyMs", unit=Unit.MILLISECONDS),
    Pick("message", "error", "response.error"),
    Pick("task", "testCase.description", "description", "promptId"),
    Pick("request_id", "id"),
)
_GRADING = Picks(
    Pick("input_tokens", "prompt"),
    Pick("output_tokens", "completion"),
    Pick("total_tokens", "total"),
    Pick("calls", "numRequests", of=lambda n: n or None),
    task="grading",
    granularity="session",
)
_ERROR = 2


def detect(head: Head) -> Mapping[str, int]:
    """Results by their evaluation, single ones by their provider, latency and failure."""
    if any(_is_document(value) for value in head.objects):
        return {RESULTS: A_DOCUMENT}
    if head.begins_unwhole and b'"evalId"' in head.data[:4096]:
        return {RESULTS: A_DOCUMENT}
    return counted(map(_is_result, head.objects), RESULTS)


def _is_document(value: Mapping[str, Any]) -> bool:
    return "evalId" in value and isinstance(value.get("results"), dict | list)


def _is_result(value: Mapping[str, Any]) -> bool:
    return {"latencyMs", "provider", "success"} <= value.keys() and (
        "testCase" in value or "failureReason" in value
    )


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    results = value.get("results")
    listed = results.get("results") if isinstance(results, dict) else results
    at = results.get("timestamp") if isinstance(results, dict) else None
    for result in objects(listed) if _is_document(value) else [value]:
        if _is_result(result):
            yield from _result(result, at or value.get("createdAt"), value.get("evalId"))


def _result(result: Mapping[str, Any], at: Any, session: Any) -> Iterator[dict[str, Any]]:
    provider, _, model = str(value_at(result, "provider.id") or "").partition(":")
    known = {"ended_at": at, "session": session}
    if value_at(result, "response.cached") is True:
        yield OTHER
    else:
        found = _CALL.of(result, **known, provider=provider, model=model.rpartition(":")[2] or None)
        is_error = result.get("failureReason") == _ERROR or (
            bool(result.get("error")) and result.get("failureReason") is None
        )
        if is_error:
            found["status"] = "failed"
        else:
            found.pop("message", None)
            found["outcome"] = None if result.get("success") else "assert_failed"
        yield found
    grading = value_at(result, "tokenUsage.assertions")
    if isinstance(grading, dict) and grading.get("total"):
        yield _GRADING.of(grading, **known)


FORMAT = call_format(
    "promptfoo",
    About(
        files="results of an evaluation, as JSON or JSONL",
        special="a failed assertion is no failed call; answers out of promptfoo's own store are no"
        " calls; what grading consumed is a call of its own",
        unknown="cached tokens; the model that graded",
    ),
    detect,
    each_object(_records),
)
