"""Verdicts of `usagectl errors classify` as text and JSON."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from usagectl.failures.asking import Verdict
from usagectl.render import machine, values

VERDICT_SCHEMA = "usagectl.errors.classify/1"
_EXCERPT = 160


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


def table_of(rows: pl.DataFrame) -> str:
    """A line a message: category, rule, and the message shortened."""
    return "\n".join(
        f"{values.name(row['category']):<24}{values.name(row['rule']):<42}"
        f"{values.name(row['message'])[:_EXCERPT]}"
        for row in rows.iter_rows(named=True)
    )


def json_of(rows: pl.DataFrame) -> str:
    """One document with a verdict a message."""
    return machine.document({"schema": VERDICT_SCHEMA, "verdicts": rows})


def ndjson_of(objects: Sequence[dict[str, Any]]) -> str:
    """An object a line."""
    return "\n".join(machine.one_line(value) for value in objects)
