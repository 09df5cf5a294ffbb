"""A check against gates for programs: all verdicts, also those that passed, in full precision."""

from fractions import Fraction
from typing import Any

from usagectl.gates.verdict import GateVerdict
from usagectl.render.machine import csv_of, document, one_line
from usagectl.render.words import regress_words
from usagectl.reports.regress import RegressReport

SCHEMA = "usagectl.regress/1"
_COLUMNS = (
    "status", "metric", "base", "new", "limit", "least", "gate", "detail", "complete",
    "new_exact", "limit_exact",
)  # fmt: skip


def regress_json(report: RegressReport) -> str:
    """One document. `new_exact` and `limit_exact` are quotients of whole numbers, as text."""
    return document(
        {
            "schema": SCHEMA,
            "outcome": regress_words.outcome(report).lower().replace(" ", "_"),
            "exit_code": report.checked.exit_code,
            "by": [key.value for key in report.keys],
            "base": {**report.base._asdict(), "runs": report.comparison.base.runs},
            "new": {**report.new._asdict(), "runs": report.comparison.new.runs},
            "changes": [change._asdict() for change in report.changes],
            "verdicts": [
                {**_row(found, report), "cause": causes.get(found, "")}
                for causes in [_causes(report)]
                for found in report.checked.verdicts
            ],
            "command": list(report.command),
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def regress_ndjson(report: RegressReport) -> str:
    """A verdict a line."""
    return "\n".join(one_line(_row(verdict, report)) for verdict in report.checked.verdicts)


def regress_csv(report: RegressReport) -> str:
    """A verdict a line; a group is empty for all calls together."""
    keys = [key.value for key in report.keys]
    rows = (_row(verdict, report) for verdict in report.checked.verdicts)
    return csv_of(["scope", *keys, *_COLUMNS], rows)


def _causes(report: RegressReport) -> dict[GateVerdict, str]:
    return {f.verdict: regress_words.cause(f, report.keys) for f in report.findings}


def _row(verdict: GateVerdict, report: RegressReport) -> dict[str, Any]:
    group = verdict.group or [None] * len(report.keys)
    return {
        "scope": "run" if verdict.group is None else "group",
        **{key.value: value for key, value in zip(report.keys, group, strict=True)},
        "status": verdict.status.value,
        "metric": verdict.metric,
        "base": _float(verdict.base),
        "new": _float(verdict.new),
        "limit": _float(verdict.limit),
        "least": verdict.least,
        "gate": verdict.gate,
        "detail": verdict.detail,
        "complete": verdict.complete,
        "new_exact": _exact(verdict.new),
        "limit_exact": _exact(verdict.limit),
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
