"""The list of runs for a terminal."""

from rich.cells import cell_len
from rich.text import Text

from usagectl.listing import RunsReport
from usagectl.render import table
from usagectl.render.columns import PARTIAL
from usagectl.render.lines import Lines, more
from usagectl.render.run_columns import RunColumn, run_columns
from usagectl.render.table import GAP, Cell, Heading

_MIN_NAME = 12


def page(report: RunsReport, width: int) -> Lines:
    """A row a run. On a narrow terminal models are clipped, then the time goes, then names are."""
    columns = run_columns(report)
    sizes = {column.title: _size(column) for column in columns}
    for title, least in (("model", _MIN_NAME), ("time", 0), ("Run", _MIN_NAME)):
        missing = sum(size + GAP for size in sizes.values()) - GAP - width
        if missing > 0 and least:
            sizes[title] = max(sizes[title] - missing, least)
        elif missing > 0:
            del sizes[title]
    columns = [column for column in columns if column.title in sizes]
    body = [
        [Cell(table.clipped(column.cells[i], sizes[column.title])) for column in columns]
        for i in range(len(columns[0].cells))
    ]
    out = table.lines([Heading(column.title, right=column.right) for column in columns], body)
    out += more(len(report.runs) - len(body), "runs, --top 0 shows all")
    if any(PARTIAL in text for column in columns if column.right for text in column.cells):
        out += [Text(), Text(f"{PARTIAL} not known of all calls of the run", style="dim")]
    return out


def _size(column: RunColumn) -> int:
    return max(len(column.title), *map(cell_len, column.cells))
