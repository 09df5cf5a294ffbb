"""Results of batch interfaces: OpenAI's and Anthropic's, one request a line.

A request is known by its `custom_id`; ids of batches repeat. The price of a batch is not in the
file: `--batch` tells it. Source: OpenAI's and Anthropic's references of their batch APIs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.api_answers.answers import answer_of
from usagectl.readers.core.call_records import OTHER, call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks

RESULTS = "batch results"

_FAILED = Picks(
    Pick("message", "response.body.error.message", "error.message", "result.error.error.message",
         "result.error.message"),
    Pick("outcome", "response.body.error.type", "error.code", "result.error.error.type",
         "result.error.type", "result.type"),
    Pick("http_status", "response.status_code"),
    Pick("request_id", "response.request_id"),
    status="failed",
)  # fmt: skip
_BAD_REQUEST = 400


def detect(head: Head) -> Mapping[str, int]:
    """Lines with a `custom_id` and what became of the request."""
    return counted(map(_is_result, head.objects), RESULTS)


def _is_result(value: Mapping[str, Any]) -> bool:
    if "custom_id" not in value:
        return False
    result = value.get("result")
    return {"response", "error"} <= value.keys() or (isinstance(result, dict) and "type" in result)


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not _is_result(value):
        return
    known = {"key": None, "session": None}
    result = value.get("result")
    if isinstance(result, dict):
        message = result.get("message")
        answer = answer_of(message) if isinstance(message, dict) else None
        if result.get("type") == "succeeded" and answer:
            yield {**answer, **known}
        elif result.get("type") in ("canceled", "expired"):
            # It was never asked: nobody called.
            yield OTHER
        else:
            yield _FAILED.of(value)
        return
    response = value.get("response")
    body = response.get("body") if isinstance(response, dict) else None
    status = response.get("status_code") if isinstance(response, dict) else None
    answer = answer_of(body) if isinstance(body, dict) else None
    if answer and not value.get("error") and (not isinstance(status, int) or status < _BAD_REQUEST):
        yield {**answer, **known, "http_status": status}
    else:
        yield _FAILED.of(value)


FORMAT = call_format(
    "batch-results",
    About(
        files="result files of OpenAI's and Anthropic's batches",
        special="`custom_id` is the request; what expired before it was asked is no call",
        unknown="time and duration; the discount of a batch, which `--batch` applies",
    ),
    detect,
    each_object(_records),
    special="Anthropic's input is without cached tokens, which are added",
)
