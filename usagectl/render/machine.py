"""Reports for programs: json, ndjson and csv, with full precision and units in the keys."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from usagectl.model.escaping import as_json, csv_cell, json_text
from usagectl.model.names import Key, Metric, cost_column
from usagectl.pricing.chain import Verdict
from usagectl.pricing.requests import Costs
from usagectl.render.words.rounding import tidied, tidied_frame
from usagectl.reports.doctor import DoctorReport
from usagectl.reports.runs import RunsReport
from usagectl.reports.summary import SummaryReport

SUMMARY_SCHEMA = "usagectl.summary/1"
DOCTOR_SCHEMA = "usagectl.doctor/1"
RUNS_SCHEMA = "usagectl.runs/1"


def summary_json(report: SummaryReport) -> str:
    """One document. `by` has a list of rows for each grouping, under its keys joined by commas."""
    return document(
        {
            "schema": SUMMARY_SCHEMA,
            "time_zone": report.zone,
            "runs": [
                {**plain(run._asdict()), "elapsed_seconds": run.elapsed_seconds}
                for run in report.runs
            ],
            "totals": report.totals,
            "by": {section.name: section.rows for section in report.sections},
            "stages": report.stages.with_columns(_iso()),
            "failures": report.failures,
            "heaviest": report.heaviest.with_columns(_iso()),
            "costs": costs(report.costs),
            "recorded_and_repriced": report.repriced,
            "records": report.records,
            "merged": report.merged,
            "rejected": report.rejected,
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def summary_ndjson(report: SummaryReport) -> str:
    """An object a row: `by` names the grouping it belongs to, `total` is the row of all calls."""
    return "\n".join(one_line(row) for row in _rows(report))


def summary_csv(report: SummaryReport) -> str:
    """A line a row: `by` names the grouping; a key that does not belong to it is empty."""
    keys = [key for key in Key if any(key in section.keys for section in report.sections)]
    others = [cost_column(currency) for currency in report.costs.currencies]
    return csv_of(["by", *keys, *Metric, *others], _rows(report))


def costs(told: Costs) -> dict[str, Any]:
    """How calls were priced: what was asked for, and where the price of each model comes from."""
    wanted = told.wanted
    return {
        "mode": wanted.mode,
        "tables": list(wanted.tables),
        "catalog": told.catalog,
        "batch": wanted.batch,
        "price_date": wanted.at and wanted.at.date().isoformat(),
        "what_if_model": wanted.as_model,
        "what_if": told.what_if and _verdict(told.what_if),
        "models": [
            {
                "provider": model.provider,
                "model": model.model,
                "request_model": model.request_model,
                "calls": model.calls,
                **_verdict(model.verdict),
            }
            for model in told.models
        ],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    offer = verdict.offer
    return {
        "price_source": verdict.source,
        "priced_as": offer and offer.model,
        "seller": offer and offer.seller,
        "match": verdict.how,
        "steps": list(verdict.steps),
    }


def _rows(report: SummaryReport) -> Iterator[dict[str, Any]]:
    yield {"by": "total", **report.totals}
    for section in report.sections:
        for row in section.rows.iter_rows(named=True):
            yield {"by": section.name, **row}


def doctor_json(report: DoctorReport) -> str:
    """One document, with every file, reject and path that was not read."""
    return document(
        {
            "schema": DOCTOR_SCHEMA,
            "time_zone": report.zone,
            "runs": list(report.runs),
            "totals": report.totals,
            "files": [plain(file._asdict()) for file in report.files],
            "rejects": [reject._asdict() for reject in report.rejects],
            "not_read": [{"path": path, "reason": reason} for path, reason in report.unclaimed],
            "overlaps": list(report.overlaps),
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def doctor_ndjson(report: DoctorReport) -> str:
    """An object a file."""
    return "\n".join(one_line(plain(file._asdict())) for file in report.files)


def doctor_csv(report: DoctorReport) -> str:
    """A line a file."""
    rows = [plain(file._asdict()) for file in report.files]
    return csv_of(list(rows[0]) if rows else ["path"], iter(rows))


def runs_json(report: RunsReport) -> str:
    """One document, with every run."""
    return document(
        {
            "schema": RUNS_SCHEMA,
            "time_zone": report.zone,
            "root": report.root,
            "runs": [plain(run._asdict()) for run in report.runs],
            "notices": [notice._asdict() for notice in report.notices],
        }
    )


def runs_ndjson(report: RunsReport) -> str:
    """An object a run."""
    return "\n".join(one_line(plain(run._asdict())) for run in report.runs)


def runs_csv(report: RunsReport) -> str:
    """A line a run; several models are joined by spaces."""
    rows = [{**plain(run._asdict()), "models": " ".join(run.models)} for run in report.runs]
    return csv_of(list(rows[0]), iter(rows))


def document(value: dict[str, Any]) -> str:
    """Indented down to the rows, of which each has a line of its own."""
    parts = (f"{as_json(key)}: {_value(part, 1)}" for key, part in value.items())
    return "{\n  " + ",\n  ".join(parts) + "\n}"


def _value(value: Any, depth: int) -> str:
    indent = "  " * depth
    if isinstance(value, pl.DataFrame):
        return _list(_row_texts(value), indent)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _list([one_line(row) for row in value], indent)
    if isinstance(value, dict) and any(isinstance(part, pl.DataFrame) for part in value.values()):
        parts = (f"{as_json(key)}: {_value(part, depth + 1)}" for key, part in value.items())
        return "{\n" + indent + "  " + f",\n{indent}  ".join(parts) + f"\n{indent}}}"
    return one_line(value)


def _list(texts: Sequence[str], indent: str) -> str:
    if not texts:
        return "[]"
    return f"[\n{indent}  " + f",\n{indent}  ".join(texts) + f"\n{indent}]"


def one_line(value: Any) -> str:
    """A value as JSON without line ends, its floats without digits that say nothing."""
    return as_json(tidied(value))


def _row_texts(rows: pl.DataFrame) -> list[str]:
    """Each row as an object: by Polars, which is fast, where that needs no escaping to ASCII."""
    rows = tidied_frame(rows)
    text = rows.write_ndjson()
    if text.isascii():
        return json_text(text).splitlines()
    return [as_json(row) for row in rows.iter_rows(named=True)]


def _iso() -> pl.Expr:
    return pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00")


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row with its times as text."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in row.items()
    }


def csv_of(header: list[str], rows: Iterator[dict[str, Any]]) -> str:
    """Rows under a header; what a row does not have is empty."""
    lines = [header, *([tidied(row.get(name)) for name in header] for row in rows)]
    return "\n".join(",".join(map(csv_cell, line)) for line in lines)
