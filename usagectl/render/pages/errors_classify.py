"""`usagectl errors classify`: the category of messages, and why."""

from collections.abc import Iterable
from typing import Any

import polars as pl

from usagectl.failures.classify import Verdict
from usagectl.render.columns import names, words
from usagectl.render.document import Document, Section, Span, Table, Verbatim
from usagectl.render.records import Records
from usagectl.render.words import values

_SCHEMA = "usagectl.errors.classify/1"
_TITLE = Span("Categories of messages")


def page(verdict: Verdict) -> Document:
    """The category of one message, and why."""
    lines = [values.name(verdict.category)]
    if verdict.rule is not None:
        lines.append(f"  rule: {values.name(verdict.rule)}")
        lines.append(f"  evidence: {values.name(verdict.evidence)}")
    if verdict.others:
        lines.append(f"  it could also be: {', '.join(map(values.name, verdict.others))}")
    return Document(_TITLE, [Section([Verbatim(lines)])])


def page_of_lines(rows: pl.DataFrame) -> Document:
    """A line a message: category, rule, and the message shortened."""
    texts = {
        name: [values.name(text) for text in rows.get_column(name)]
        for name in ("category", "rule", "message")
    }
    columns = [
        words("category", texts["category"]),
        names("rule", texts["rule"]),
        names("message", texts["message"]),
    ]
    return Document(_TITLE, [Section([Table(columns, bare=True)])])


def records(verdict: Verdict) -> Records:
    """One object."""
    return records_of_objects([{"schema": _SCHEMA, **verdict._asdict()}])


def records_of_lines(rows: pl.DataFrame) -> Records:
    """A verdict a message."""
    return Records({"schema": _SCHEMA, "verdicts": rows}, rows.iter_rows(named=True), rows.columns)


def records_of_objects(objects: Iterable[dict[str, Any]]) -> Records:
    """What was asked, with its verdict."""
    return Records({}, objects, ())
