"""Lines that say of themselves that they are a model's usage: `event_type: llm_usage`.

Several programs write such events into files of any name, with provider, model and tokens under
their usual names (`usual_names`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.call_records import call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.usual_names import is_usage, picked

EVENTS = "usage events"

_NAMES = ("event_type", "event", "type", "kind")
_INSIDE = ("usage", "data", "payload", "properties", "fields", "attributes")
_WORDS = ("llm_usage", "llm.usage", "token_usage", "llm_call", "usage.llm")
_THEIRS = {"session_id", "correlation_id", "schema_version", "prev_hash"}


def detect(head: Head) -> Mapping[str, int]:
    """Events of usage; what open-strix and Forge call so has a session or an audit of their own."""
    return counted((_event(each) is not None for each in head.objects), EVENTS)


def _event(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """An event of usage with what stands inside its objects; null where it is none."""
    if not any(value.get(name) in _WORDS for name in _NAMES[:2]):
        return None
    if "event_type" not in value and value.keys() & _THEIRS:
        return None
    flat = dict(value)
    for name in _INSIDE:
        inner = flat.pop(name, None)
        flat |= inner if isinstance(inner, dict) else {}
    return flat if is_usage(flat) else None


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    flat = _event(value)
    if flat is not None:
        yield picked(flat)


FORMAT = call_format(
    "usage-events",
    About(
        files="JSON lines with `event_type: llm_usage`, in files of any name",
        special="counts may stand in an inner object; 0 and 0 is unknown",
        unknown="whatever the event does not say",
    ),
    detect,
    each_object(_records),
    special="0 and 0 is unknown",
)
