"""The heaviest calls of a summary, a line each: what, how much, when, and in which file."""

import os
from typing import Any

from usagectl.model.names import Key
from usagectl.render.columns import figures, names, words
from usagectl.render.document import Column, Cut, Table
from usagectl.render.words import values
from usagectl.reports.summary import SummaryReport

_TITLE = "Heaviest calls"
_TIME_OF_DAY = 11
_ENOUGH, _ENOUGH_OF_FILE = 30, 24
# In which order columns are hidden.
_RANKS = {"run": 4, "model": 6}

Rows = list[dict[str, Any]]


def calls(report: SummaryReport) -> Table:
    """A table of the calls with the most tokens.

    What is the same everywhere is left out: the one run, the one model, the one file, the one day.
    """
    rows = report.heaviest.to_dicts()
    first, *others = _keys(report, rows)
    files = names("file", _files(report, rows), 5, _ENOUGH_OF_FILE)._replace(cut=Cut.START)
    columns = [
        names(first, [row[first] for row in rows]),
        *(_also(key, rows) for key in others),
        figures("tokens", values.count, [row["total_tokens"] for row in rows], 0),
        figures("time", values.seconds, [row["duration_seconds"] for row in rows], 1),
        words("ended", _ended(report, rows), 3),
        *([files] if files.cells else []),
    ]
    return Table(columns, _TITLE)


def _also(key: str, rows: Rows) -> Column:
    """Another name of the calls, which is hidden before it is cut."""
    return names(key, [row[key] for row in rows], _RANKS[key], _ENOUGH)


def _keys(report: SummaryReport, rows: Rows) -> list[str]:
    """What the calls are named by: always at least one of them."""
    one_model = any(section.only and section.keys[-1] is Key.MODEL for section in report.sections)
    keys = [key for key in ("task", "model") if any(row[key] is not None for row in rows)]
    keys = [key for key in keys if key != "model" or not one_model or len(keys) == 1]
    return [*keys, "run"] if len(report.runs) > 1 or not keys else keys


def _ended(report: SummaryReport, rows: Rows) -> list[str]:
    """When the calls ended; only the time of day where the report is of one day."""
    ends = [end for run in report.runs for end in (run.first, run.last) if end]
    days = {values.moment(end, report.zone)[:_TIME_OF_DAY] for end in ends}
    texts = [values.moment(row["ended_at"], report.zone) for row in rows]
    return [text[_TIME_OF_DAY:] or text for text in texts] if len(days) == 1 else texts


def _files(report: SummaryReport, rows: Rows) -> list[str]:
    """In which files the calls are, without the folders that all share; none for a single file."""
    if sum(run.files for run in report.runs) == 1:
        return []
    files = [values.name(row["source"]) for row in rows]
    shared = os.path.commonpath([os.path.dirname(file) for file in files])
    return [file.removeprefix(shared).lstrip("/") for file in files]
