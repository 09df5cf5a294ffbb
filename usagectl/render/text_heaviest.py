"""The heaviest calls of a summary, a line each: what, how much, when, and in which file."""

import os
from typing import Any

from rich.cells import cell_len

from usagectl.names import Key
from usagectl.render import table, values
from usagectl.render.lines import Lines
from usagectl.render.table import GAP, Cell, Heading
from usagectl.report import SummaryReport

_MIN_NAME, _MAX_NAME, _MIN_FILE, _MAX_FILE = 14, 34, 20, 60
_TITLE = "Heaviest calls"
_TIME_OF_DAY = 11

Rows = list[dict[str, Any]]


def lines(report: SummaryReport, width: int) -> Lines:
    """A table of the calls with the most tokens, for a terminal of so many columns.

    What is the same everywhere is left out: the one run, the one model, the one file, the one day.
    Where the rest does not fit, the model goes first, and then the file.
    """
    rows = report.heaviest.to_dicts()
    figures = {
        "tokens": [values.count(row["total_tokens"]) for row in rows],
        "time": [values.seconds(row["duration_seconds"]) for row in rows],
        "ended": _ended(report, rows),
    }
    room = width - sum(map(_wide, figures.items()))
    names = {key: [values.name(row[key]) for row in rows] for key in _keys(report, rows)}
    files = _files(report, rows)
    least = min(_MIN_FILE, max(map(cell_len, files))) + GAP if files else 0
    if len(names) > 1 and room < least + sum(min(_MAX_NAME, _wide(n)) for n in names.items()):
        names.pop("model", None)
    names = {key if i else _TITLE: texts for i, (key, texts) in enumerate(names.items())}
    sizes = _sizes(names, room - least)
    left = room - sum(size + GAP for size in sizes.values()) - GAP
    if files and left >= least - GAP:
        figures["file"] = [table.clipped(file, min(left, _MAX_FILE)) for file in files]
    headings = [
        *(Heading(key, right=False) for key in names),
        *(Heading(title, right=title in ("tokens", "time")) for title in figures),
    ]
    body = [
        [
            *(Cell(table.clipped(texts[i], sizes[key])) for key, texts in names.items()),
            *(Cell(texts[i]) for texts in figures.values()),
        ]
        for i in range(len(rows))
    ]
    return table.lines(headings, body)


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
    shared = os.path.commonpath([os.path.dirname(file) for file in files]) if all(files) else ""
    return [file.removeprefix(shared).lstrip("/") for file in files]


def _sizes(names: dict[str, list[str]], room: int) -> dict[str, int]:
    """How wide each name may be: the first takes what the others need not."""
    wanted = {key: _wide((key, texts)) - GAP for key, texts in names.items()}
    sizes = {key: min(size, _MIN_NAME) for key, size in wanted.items()}
    spare = room - sum(size + GAP for size in sizes.values())
    for key, size in wanted.items():
        more = min(size - sizes[key], max(spare, 0))
        sizes[key] += more
        spare -= more
    return sizes


def _wide(column: tuple[str, list[str]]) -> int:
    return max(map(cell_len, (column[0], *column[1]))) + GAP
