"""Kimi CLI: `wire.jsonl` files with a `usage.record` a turn, whose input is told in three parts.

Source: files of Kimi CLI, and tokscale's reader of them.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from usagectl.inputs.head import Head
from usagectl.readers.core.calibration import Counting
from usagectl.readers.core.call_records import call_format, counted, each_object
from usagectl.readers.core.format import About
from usagectl.readers.core.picking import Pick, Picks
from usagectl.readers.core.units import Unit

WIRE = "agent wire log"

_RECORD = Picks(
    Pick("model", "model"),
    Pick("ended_at", "time", "timestamp", unit=Unit.MILLISECONDS),
    Pick("input_tokens", "usage.inputOther", "usage.input_other"),
    Pick("cache_read_tokens", "usage.inputCacheRead", "usage.input_cache_read"),
    Pick("cache_write_tokens", "usage.inputCacheCreation", "usage.input_cache_creation"),
    Pick("output_tokens", "usage.output"),
    Pick("task", "usageScope"),
    provider="moonshot_ai",
)


def detect(head: Head) -> Mapping[str, int]:
    """Records of usage, and the line that names the protocol."""
    return counted(map(_is_line, head.objects), WIRE)


def _is_line(value: Mapping[str, Any]) -> bool:
    if value.get("type") == "usage.record":
        return isinstance(value.get("usage"), dict)
    return value.get("type") == "metadata" and "protocol_version" in value


def _records(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if value.get("type") == "usage.record":
        yield {"granularity": "turn", **_RECORD.of(value)}


FORMAT = call_format(
    "kimi",
    About(
        files="`wire.jsonl` of Kimi CLI",
        special="input is told in three parts; a record is a turn",
        unknown="duration, the number of requests of a turn",
    ),
    detect,
    each_object(_records),
    Counting(input_inclusive=False),
)
