"""Typed values, times and ids, as the layouts of OpenTelemetry's signals write them."""

from collections.abc import Mapping
from typing import Any

from usagectl.readers.core.picking import objects, value_at
from usagectl.readers.core.units import Unit, instant_text

_SECONDS_AND_NANOSECONDS = 2


def flattened(attributes: Mapping[str, Any], prefix: str = "", depth: int = 8) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in attributes.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and depth:
            found |= flattened(value, f"{name}.", depth - 1)
        else:
            found[name] = value
    return found


def attributes_of(listed: Any) -> dict[str, Any]:
    """The attributes of a list of keys and typed values."""
    if isinstance(listed, dict):
        return listed
    return {
        str(each["key"]): _value(each.get("value")) for each in objects(listed) if "key" in each
    }


def _value(value: Any) -> Any:
    """What a typed value holds; 64-bit integers may stand as text."""
    if not isinstance(value, dict):
        return value
    for kind, held in value.items():
        if kind == "intValue" and isinstance(held, str) and held.lstrip("-").isdigit():
            return int(held)
        if kind == "arrayValue":
            return [_value(each) for each in objects(value_at(value, "arrayValue.values"))]
        if kind == "kvlistValue":
            return attributes_of(value_at(value, "kvlistValue.values"))
        return held
    return None


def plain(resource: Any) -> dict[str, Any]:
    if not isinstance(resource, dict):
        return {}
    inner = resource.get("attributes", resource.get("_rawAttributes"))
    return attributes_of(inner) if isinstance(inner, dict | list) else resource


def moment(value: Any) -> Any:
    """A time as JavaScript has it: seconds and nanoseconds, or text."""
    if isinstance(value, list) and len(value) == _SECONDS_AND_NANOSECONDS:
        seconds, nanoseconds = value
        if isinstance(seconds, int) and isinstance(nanoseconds, int):
            return instant_text(seconds * 10**9 + nanoseconds, Unit.NANOSECONDS)
        return None
    return value


def text(value: Any) -> str | None:
    """An id; what is empty or of zeros alone is none."""
    return value if isinstance(value, str) and value.strip("0") else None
