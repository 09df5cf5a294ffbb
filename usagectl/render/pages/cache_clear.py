"""`usagectl cache clear`: what was removed."""

from usagectl.dataset.cache.store import Removed
from usagectl.model.wording import plural
from usagectl.render.document import Document, Section, Span, line
from usagectl.render.records import Records
from usagectl.render.words import values

_SCHEMA = "usagectl.cache.clear/1"


def page(report: Removed) -> Document:
    """One sentence."""
    entries = f"{values.count(report.entries)} entr{plural(report.entries, 'ies') or 'y'}"
    said = f"removed {entries}, {values.size(report.bytes)}, from {values.name(report.directory)}"
    return Document(Span("Cache"), [Section([line(said)])])


def records(report: Removed) -> Records:
    """One object."""
    row = report._asdict()
    return Records({"schema": _SCHEMA, **row}, [row], Removed._fields, single=True)
