"""`usagectl doctor`: what each file was read as, what became of its records, and what was not."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

from usagectl.model.wording import plural
from usagectl.render.columns import figures, names, toned, words
from usagectl.render.document import (
    Block,
    Column,
    Cut,
    Document,
    Legend,
    Line,
    Listing,
    Place,
    Section,
    Span,
    Table,
    Tone,
    line,
    more,
)
from usagectl.render.records import Records
from usagectl.render.words import values
from usagectl.reports.doctor import COUNTS, DoctorReport, FileInfo

_SCHEMA = "usagectl.doctor/1"
_RANKS = {"records": 0, "calls": 1, "merged": 3, "ignored": 4, "rejected": 2}
_BESIDE = 5


def page(report: DoctorReport) -> Document:
    """What each file was read as, what became of its records, and what was refused."""
    rejects = [
        f"{values.name(r.source)}{f':{r.line}' if r.line else ''}  {values.name(r.reason)}"
        for r in report.rejects
    ]
    unread = [f"{values.name(path)}  {reason}" for path, reason in report.unclaimed]
    doubts = [Line([Span(values.name(notice.text))]) for notice in report.notices]
    conventions = [
        Line([Span(f"{name}: ", Tone.STRONG), Span(text)])
        for name, text in report.conventions.items()
    ]
    sections = [
        Section(_headline(report)),
        Section(_files(report)),
        Section([Legend({})]),
        Section([Listing(conventions)]),
    ]
    for title, entries in (
        ("Calls that stand in two files", [values.name(text) for text in report.overlaps]),
        ("Rejected records", rejects),
        ("Not read", unread),
    ):
        sections += _listed(title, entries, report.top)
    if doubts:
        notes = Listing(doubts, Span("note: ", Tone.DOUBT))
        sections.append(Section([notes], "Doubts"))
    return Document(Span(f"Files of {', '.join(map(values.name, report.runs))}"), sections)


def _headline(report: DoctorReport) -> list[Block]:
    totals = report.totals
    files = totals["files"]
    said = (
        f": {totals['records']:,} records = {totals['calls']:,} calls + {totals['merged']:,} merged"
        f" + {totals['ignored']:,} ignored + {totals['rejected']:,} rejected"
    )
    home = _home([file.path for file in report.files])
    return [
        Line([Span(f"{files:,} file{plural(files)} read", Tone.STRONG), Span(said)]),
        *([line(f"below {values.name(home)}", Tone.QUIET)] if home else []),
        line(f"times without an offset are read as {report.zone}", Tone.QUIET),
    ]


def _files(report: DoctorReport) -> list[Block]:
    """A row a file; what it was read as stands beside it, or below it where there is no room."""
    shown = report.files[: report.top]
    home = len(_home([file.path for file in report.files]))
    read_as = [f"{file.format}: {file.reason}" for file in shown]
    spans = [_span(file, report.zone) for file in shown]
    columns = [
        names("File", [file.path[home:] for file in shown])._replace(cut=Cut.START),
        words("read as", toned(read_as, Tone.QUIET), _BESIDE)._replace(place=Place.FALLS),
        *(_counted(name, shown) for name in COUNTS),
        words("first call to last", toned(spans, Tone.QUIET), _BESIDE)._replace(place=Place.FALLS),
    ]
    hidden = len(report.files) - len(shown)
    return [Table(columns), *more(hidden, "files, --all shows all")]


def _counted(name: str, files: Sequence[FileInfo]) -> Column:
    counts = [getattr(file, name) for file in files]
    tones = [Tone.BAD if n and name == "rejected" else Tone.PLAIN for n in counts]
    return figures(name, values.count, counts, _RANKS[name], tones=tones)


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


def _listed(title: str, entries: Sequence[str], top: int | None) -> Iterator[Section]:
    if entries:
        shown = [Line([Span(entry)]) for entry in entries[:top]]
        hidden = more(len(entries) - len(shown), "entries, --all shows all")
        heading = f"{title} ({len(entries):,})"
        yield Section([Listing(shown, Span("  ")), *hidden], heading)


def records(report: DoctorReport) -> Records:
    """Everything, with every file, reject and path that was not read; rows are the files."""
    whole = {
        "schema": _SCHEMA,
        "time_zone": report.zone,
        "runs": list(report.runs),
        "totals": report.totals,
        "files": _rows(report),
        "rejects": [reject._asdict() for reject in report.rejects],
        "not_read": [{"path": path, "reason": reason} for path, reason in report.unclaimed],
        "overlaps": list(report.overlaps),
        "notices": [notice._asdict() for notice in report.notices],
    }
    return Records(whole, _rows(report), FileInfo._fields if report.files else ["path"])


def _rows(report: DoctorReport) -> Iterator[dict[str, Any]]:
    return (file._asdict() for file in report.files)
