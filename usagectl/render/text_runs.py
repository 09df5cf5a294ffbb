"""The list of runs for a terminal."""

from usagectl.render.legend import legend
from usagectl.render.run_columns import run_columns
from usagectl.render.terminal.lines import Lines, more
from usagectl.render.terminal.table import laid
from usagectl.reports.runs import RunsReport


def page(report: RunsReport, width: int) -> Lines:
    """A row a run. Its name, which is an operand, is never cut."""
    table = laid(run_columns(report), width)
    hidden = more(len(report.runs) - len(table.rows), "runs, --top 0 shows all")
    return [*table.lines, *hidden, *legend([table], "not known of all calls of the run")]
