"""The doctor's page for a terminal: what each file was read as, and what was not."""

import os
from collections.abc import Sequence

from rich.text import Text

from usagectl.model.wording import plural
from usagectl.render.legend import legend
from usagectl.render.terminal.clipping import ending
from usagectl.render.terminal.lines import Lines, more, notices
from usagectl.render.terminal.table import Cell, Column, figures, laid, names, words
from usagectl.render.words import values
from usagectl.reports.doctor import DoctorReport, FileInfo

_WIDE = 140
_RANKS = {"records": 0, "calls": 1, "merged": 3, "ignored": 4, "rejected": 2}
_BESIDE = 5


def page(report: DoctorReport, width: int) -> Lines:
    """What each file was read as, what became of its records, and what was refused."""
    out = [*_headline(report), Text(), *_files(report, width)]
    rejects = [
        f"{values.name(r.source)}{f':{r.line}' if r.line else ''}  {values.name(r.reason)}"
        for r in report.rejects
    ]
    unread = [f"{values.name(path)}  {reason}" for path, reason in report.unclaimed]
    for title, entries in (
        ("Calls that stand in two files", [values.name(text) for text in report.overlaps]),
        ("Rejected records", rejects),
        ("Not read", unread),
    ):
        out += _listed(title, entries, report.top)
    if report.notices:
        out += [Text(), Text("Doubts", style="bold"), *notices(report.notices, width)]
    return out


def _headline(report: DoctorReport) -> Lines:
    totals = report.totals
    files = totals["files"]
    line = Text()
    line.append(f"{files:,} file{plural(files)} read", "bold")
    line.append(
        f": {totals['records']:,} records = {totals['calls']:,} calls + {totals['merged']:,} merged"
        f" + {totals['ignored']:,} ignored + {totals['rejected']:,} rejected"
    )
    home = _home([file.path for file in report.files])
    return [
        line,
        *([Text(f"below {values.name(home)}", style="dim")] if home else []),
        Text(f"times without an offset are read as {report.zone}", style="dim"),
    ]


def _files(report: DoctorReport, width: int) -> Lines:
    """A row a file; what it was read as stands beside it, or below it on a narrow terminal."""
    shown = report.files if report.top is None else report.files[: report.top]
    home = len(_home([file.path for file in report.files]))
    read_as = [f"{file.format}: {file.reason}" for file in shown]
    spans = [_span(file, report.zone) for file in shown]
    paths = names("File", [values.name(file.path[home:]) for file in shown], clip=ending)
    counts = [_counted(name, rank, shown) for name, rank in _RANKS.items()]
    beside = [
        words(title, [Cell(text, "dim") for text in texts], _BESIDE)
        for title, texts in (("read as", read_as), ("first call to last", spans))
    ]
    table = laid([paths, beside[0], *counts, beside[1]], width)
    wide = width >= _WIDE and not table.hidden
    if not wide:
        table = laid([paths, *counts], width)
    out = list(table.head)
    for row, form, span in zip(table.rows, read_as, spans, strict=True):
        out += row if wide else [*row, Text(f"  {form}, {span}", style="dim")]
    conventions = [
        Text.assemble((f"{name}: ", "bold"), text) for name, text in report.conventions.items()
    ]
    hidden = more(len(report.files) - len(shown), "files, --all shows all")
    return [*out, *hidden, *legend([table], ""), Text(), *conventions]


def _counted(name: str, rank: int, files: Sequence[FileInfo]) -> Column:
    counts = [getattr(file, name) for file in files]
    style = "red" if name == "rejected" else ""
    return figures(name, [Cell(values.count(n), style if n else "") for n in counts], rank)


def _home(paths: Sequence[str]) -> str:
    """The directory that all files are below, with its slash, or nothing."""
    folders = {os.path.dirname(path) for path in paths}
    if len(paths) == 1 or "" in folders or len({path.startswith("/") for path in folders}) > 1:
        return ""
    # A path of the file system has one slash where a URL has two.
    shared = os.path.commonpath(folders).replace(":/", "://", 1)
    return f"{shared}/" if shared.strip("/") else shared


def _span(file: FileInfo, zone: str) -> str:
    if not file.calls:
        return "no calls"
    span = values.span(file.first, file.last, zone)
    if file.calls_counted == file.calls:
        return span
    return f"{file.calls} counters of {file.calls_counted:,} calls, {span}"


def _listed(title: str, entries: Sequence[str], top: int | None) -> Lines:
    if not entries:
        return []
    shown = entries if top is None else entries[:top]
    return [
        Text(),
        Text(f"{title} ({len(entries):,})", style="bold"),
        *(Text(f"  {entry}") for entry in shown),
        *more(len(entries) - len(shown), "entries, --all shows all"),
    ]
