"""The doctor's page for a terminal: what each file was read as, and what was not."""

import os
from collections.abc import Sequence

from rich.text import Text

from usagectl.examination import COUNTS, DoctorReport, FileInfo
from usagectl.render import table, values
from usagectl.render.lines import Lines, more, notices
from usagectl.render.table import GAP, Cell, Heading
from usagectl.wording import plural

_MIN_NAME = 22
_WIDE = 140


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
    wide = width >= _WIDE
    home = _home([file.path for file in report.files])
    read_as = [f"{file.format}: {file.reason}" for file in shown]
    spans = [_span(file, report.zone) for file in shown]
    headings = [
        Heading("File", right=False),
        *([Heading("read as", right=False)] if wide else []),
        *map(Heading, COUNTS),
        *([Heading("first call to last", right=False)] if wide else []),
    ]
    figures = [
        [
            Cell(values.count(value), "red" if name == "rejected" and value else "")
            for name, value in ((name, getattr(file, name)) for name in COUNTS)
        ]
        for file in shown
    ]
    used = sum(
        max(len(t), *(len(row[i].text) for row in figures)) + GAP for i, t in enumerate(COUNTS)
    )
    if wide:
        used += max(map(len, read_as)) + max(map(len, spans)) + 2 * GAP
    room = max(width - used, _MIN_NAME)
    body = [
        [
            Cell(_ending(values.name(file.path[len(home) :]), room)),
            *([Cell(read_as[i], "dim")] if wide else []),
            *figures[i],
            *([Cell(spans[i], "dim")] if wide else []),
        ]
        for i, file in enumerate(shown)
    ]
    head, rule, *rows = table.lines(headings, body)
    if not wide:
        below = [
            Text(f"  {form}, {span}", style="dim")
            for form, span in zip(read_as, spans, strict=True)
        ]
        rows = [line for pair in zip(rows, below, strict=True) for line in pair]
    conventions = [
        Text.assemble((f"{name}: ", "bold"), text) for name, text in report.conventions.items()
    ]
    hidden = more(len(report.files) - len(shown), "files, --all shows all")
    return [head, rule, *rows, *hidden, Text(), *conventions]


def _home(paths: Sequence[str]) -> str:
    """The directory that all files are below, with its slash, or nothing."""
    folders = {os.path.dirname(path) for path in paths}
    if len(paths) == 1 or "" in folders or len({path.startswith("/") for path in folders}) > 1:
        return ""
    # A path of the file system has one slash where a URL has two.
    shared = os.path.commonpath(folders).replace(":/", "://", 1)
    return f"{shared}/" if shared.strip("/") else shared


def _ending(path: str, width: int) -> str:
    """A path that is too long loses its beginning, which its neighbours share."""
    return path if len(path) <= width else "…" + path[1 - width :]


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
