"""Verdicts of `usagectl errors classify` as text and JSON."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from usagectl.failures.classify import Verdict
from usagectl.render import machine
from usagectl.render.terminal.lines import Lines
from usagectl.render.terminal.table import laid, names, words
from usagectl.render.words import values

VERDICT_SCHEMA = "usagectl.errors.classify/1"
_COLUMNS = ("category", "rule", "message")


def text(verdict: Verdict) -> str:
    """The category, and why."""
    lines = [values.name(verdict.category)]
    if verdict.rule is not None:
        lines.append(f"  rule: {values.name(verdict.rule)}")
        lines.append(f"  evidence: {values.name(verdict.evidence)}")
    if verdict.others:
        lines.append(f"  it could also be: {', '.join(map(values.name, verdict.others))}")
    return "\n".join(lines)


def as_json(verdict: Verdict) -> str:
    """One object."""
    return machine.one_line({"schema": VERDICT_SCHEMA, **verdict._asdict()})


def table_of(rows: pl.DataFrame, width: int) -> Lines:
    """A line a message: category, rule, and the message shortened."""
    texts = {name: [values.name(text) for text in rows.get_column(name)] for name in _COLUMNS}
    columns = [
        words("", texts["category"]),
        names("", texts["rule"]),
        names("", texts["message"]),
    ]
    return laid(columns, width).body


def json_of(rows: pl.DataFrame) -> str:
    """One document with a verdict a message."""
    return machine.document({"schema": VERDICT_SCHEMA, "verdicts": rows})


def ndjson_of(objects: Sequence[dict[str, Any]]) -> str:
    """An object a line."""
    return "\n".join(machine.one_line(value) for value in objects)
