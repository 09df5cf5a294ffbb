"""A comparison for programs: all rows and parts, with whole numbers beside the floats."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from usagectl.render.records import Records
from usagectl.render.words.decision import sentence
from usagectl.reports.diff import DiffReport

_SCHEMA = "usagectl.diff/1"
_COLUMNS = (
    "presence",
    "measure",
    "base",
    "new",
    "change",
    "relative",
    "verdict",
    "p",
    "p_corrected",
    "base_n",
    "new_n",
    "test",
    "base_known",
    "base_calls",
    "new_known",
    "new_calls",
    "base_numerator",
    "base_denominator",
    "new_numerator",
    "new_denominator",
)


_UNITS = {
    "calls": "call",
    "input_tokens": "token",
    "output_tokens": "token",
    "total_tokens": "token",
    "duration_seconds": "microsecond",
    "cost_usd": "1e-9 USD",
}
"""What the amount of a part counts, by its measure."""


def records(report: DiffReport) -> Records:
    """Everything; `row` of a row says whether it is of the total, a group, or a part of either.

    `relative` is `change / base`; the amounts of parts are divided by `scale`. `decision` is the
    sentence that the page begins with, `verdict` one of `usagectl.model.names.Verdict`. A table
    has no parts.
    """
    comparison = report.comparison
    keys = [key.value for key in report.keys]
    whole = {
        "schema": _SCHEMA,
        "time_zone": report.zone,
        "by": keys,
        "decision": sentence(report),
        "base": report.base._asdict(),
        "new": report.new._asdict(),
        "totals": comparison.totals.select(_COLUMNS),
        "total_parts": comparison.total_parts,
        "groups": comparison.groups.select(*keys, *_COLUMNS),
        "parts": comparison.parts,
        "units": _UNITS,
        "scale": comparison.scale,
        "failures": comparison.failures,
        "same_tasks": [task._asdict() for task in comparison.same_tasks],
        "notices": [notice._asdict() for notice in report.notices],
    }
    lines = (row for row in _rows(report) if row["row"] in ("total", "group"))
    return Records(whole, _rows(report), ["row", *keys, *_COLUMNS], lines)


def _rows(report: DiffReport) -> Iterator[dict[str, Any]]:
    comparison = report.comparison
    keys = [key.value for key in report.keys]
    tables: list[tuple[str, pl.DataFrame]] = [
        ("total", comparison.totals.select(_COLUMNS)),
        ("total_part", comparison.total_parts),
        ("group", comparison.groups.select(*keys, *_COLUMNS)),
        ("part", comparison.parts),
    ]
    for name, table in tables:
        of_part = {"scale": comparison.scale} if name.endswith("part") else {}
        for row in table.iter_rows(named=True):
            yield {"row": name, **row, **of_part}
