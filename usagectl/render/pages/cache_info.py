"""`usagectl cache info`: where the cache lies, what it holds, and whether it is used."""

from typing import Any

from usagectl.dataset.cache.store import CacheInfo
from usagectl.model.wording import plural
from usagectl.render.document import Document, Section, Span, Terms, Tone
from usagectl.render.records import Records
from usagectl.render.words import values

_SCHEMA = "usagectl.cache.info/1"


def page(report: CacheInfo) -> Document:
    """A line for each of what there is to know; times are UTC."""
    entries = f"{values.count(report.entries)} entr{plural(report.entries, 'ies') or 'y'}"
    said = {
        "directory": values.name(report.directory),
        "holds": f"{entries}, {values.size(report.bytes)} of at most"
        f" {values.size(report.limit_bytes)}",
    }
    if report.entries:
        said["last used"] = f"{values.span(report.oldest, report.newest, 'UTC')} UTC"
    rows = [(Span(name, Tone.QUIET), Span(text)) for name, text in said.items()]
    if report.trouble is not None:
        rows.append((Span("not used", Tone.DOUBT), Span(values.name(report.trouble))))
    return Document(Span("Cache"), [Section([Terms(rows, indent=0)])])


def records(report: CacheInfo) -> Records:
    """One object."""
    row: dict[str, Any] = report._asdict()
    for name in ("oldest", "newest"):
        moment = row[name]
        row[name] = None if moment is None else moment.isoformat(timespec="seconds")
    return Records({"schema": _SCHEMA, **row}, [row], CacheInfo._fields, single=True)
