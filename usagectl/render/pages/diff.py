"""`usagectl diff`: what changed, why, and which groups drove it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.cells import cell_len

from usagectl.comparison.compare import Compared
from usagectl.model.names import Key, Verdict
from usagectl.render.columns import names, toned, words
from usagectl.render.document import (
    PARTIAL,
    Block,
    Column,
    Document,
    Kind,
    Legend,
    Place,
    Section,
    Span,
    Table,
    Terms,
    Tone,
    line,
)
from usagectl.render.pages.diff_records import records
from usagectl.render.words import decision, diff_words, values, why
from usagectl.render.words.diff_words import WORDS
from usagectl.reports.diff import DiffReport, Driver, Explained
from usagectl.reports.parts import fewer

__all__ = ("page", "records")

_ENOUGH, _MAX_SIDE = 48, 12
_TO_THE_MINUTE = 16
_MAX_FAILURES = 6

Rows = Sequence[dict[str, Any]]


def page(report: DiffReport) -> Document:
    """What it comes to, the headline, why the totals moved, the drivers and the failures."""
    base, new = (values.name(side.name) for side in (report.base, report.new))
    titles = [words("", [WORDS[row["measure"]].title for row in report.totals])]
    headline = Table([*titles, *_changes(report, report.totals)])
    return Document(
        Span(f"{base} → {new}"),
        [
            Section([line(decision.sentence(report), Tone.STRONG)]),
            Section([_sides(report)]),
            Section([headline]),
            *_reasons(report),
            *(_drivers(report, explained) for explained in report.why if explained.listed),
            *([_failures(report)] if report.failures else []),
            Section([_legend(report)]),
        ],
        report.notices,
    )


def _legend(report: DiffReport) -> Legend:
    rows = [*report.totals, *(driver.row for why_ in report.why for driver in why_.drivers)]
    used = {diff_words.verdict(row) for row in rows}
    said = [f"{word}: {text}" for word, text in diff_words.LEGEND.items() if word in used]
    return Legend({PARTIAL: "not known of all calls"}, said)


def _sides(report: DiffReport) -> Table:
    """The name of each side, its models and its period."""
    sides = (report.base, report.new)
    named = [Span(values.name(side.name), Tone.NAME) for side in sides]
    times = toned((_when(side, report) for side in sides), Tone.QUIET)
    columns = [
        words("side", toned(("base", "new"), Tone.QUIET)),
        names("name", named, enough=_ENOUGH),
        words("models", [_models(side) for side in sides], 2)._replace(place=Place.FALLS),
        words("period", times, 1)._replace(place=Place.FALLS),
    ]
    return Table(columns, bare=True)


def _titles(report: DiffReport) -> tuple[str, str]:
    """The names of the sides over their columns, where they are short and not the same."""
    base, new = (values.name(side.name) for side in (report.base, report.new))
    if base == new or max(cell_len(base), cell_len(new)) > _MAX_SIDE:
        return "base", "new"
    return base, new


def _when(side: Compared, report: DiffReport) -> str:
    """When it began and how long it took; with everything, from when to when."""
    if report.every or side.first is None or side.last is None:
        return f"{values.span(side.first, side.last, report.zone)} {report.zone}"
    took = values.seconds((side.last - side.first).total_seconds())
    return f"{values.moment(side.first, report.zone)[:_TO_THE_MINUTE]} {report.zone}, {took}"


def _models(side: Compared) -> str:
    runs = f"{len(side.runs)} runs, " if len(side.runs) > 1 else ""
    return runs + (", ".join(values.name(model) for model in side.models) or "no model")


def _changes(report: DiffReport, rows: Rows, drivers: Sequence[Driver] = ()) -> list[Column]:
    """Both sides, by how much they differ, and whether that is more than noise."""
    base, new = _titles(report)

    def toned_by(form: Callable[[dict[str, Any]], str], number: str = "") -> list[Span]:
        return [Span(form(row), diff_words.tone(row), row.get(number)) for row in rows]

    percent = Column(
        "",
        toned_by(diff_words.percent, "relative"),
        Kind.FIGURES,
        5 if drivers else 4,
        called="percent",
    )
    verdict = words("", toned_by(diff_words.verdict), 2, called="verdict")._replace(judged=True)
    bars = Column("", [*map(_bar, drivers)], Kind.BARS, 4)
    evidence = toned((diff_words.evidence(row) for row in rows), Tone.QUIET)
    return [
        Column(base, [diff_words.figure(row, "base") for row in rows], Kind.FIGURES, 1),
        Column(new, [diff_words.figure(row, "new") for row in rows], Kind.FIGURES, 0),
        Column("change", toned_by(diff_words.change, "change"), Kind.FIGURES, 3),
        *([bars, verdict, percent] if drivers else [percent, verdict]),
        words("", evidence, 6, called="p and n"),
    ]


def _bar(driver: Driver) -> Span:
    tone = diff_words.tone(driver.row)
    if driver.row["change"] == 0:
        return Span("", tone, 0)
    return Span("?" if driver.weight is None else "", tone, driver.weight)


def _reasons(report: DiffReport) -> Iterator[Section]:
    """Why the totals moved; of measures that are not listed a short page says how to see it."""
    folded = [e for e in report.why if e.total["change"] and e.parts and not e.listed]
    names_ = " and ".join(WORDS[explained.measure].title for explained in folded)
    hint = f"… --all shows why {names_} changed"
    for explained in report.why:
        if not explained.parts or explained.total["change"] is None:
            continue
        section = _total(report, explained)
        if not report.every and not explained.listed:
            section = section._replace(instead=hint if explained in folded[:1] else "")
        yield section


def _total(report: DiffReport, explained: Explained) -> Section:
    measure = explained.measure
    pairs = why.amounts_and_reasons(explained.parts, measure, report.keys)
    title = f"Why {WORDS[measure].title}  {diff_words.change(explained.total)}"
    rows = [
        (Span(amount, value=part.amount), Span(reason))
        for part, (amount, reason) in zip(explained.parts, pairs, strict=True)
    ]
    return Section([Terms(rows, figures=True)], title)


def _drivers(report: DiffReport, explained: Explained) -> Section:
    title = f"Drivers of {WORDS[explained.measure].title}"
    if not explained.drivers:
        nothing = [line("  nothing is known of it", Tone.QUIET)]
        known = explained.total["verdict"] != Verdict.UNKNOWN
        return Section(_folded(explained) if known else nothing, title)
    rows = [driver.row for driver in explained.drivers]
    named = ["  ".join(values.name(row[key]) for key in report.keys) for row in rows]
    causes = words("why", [_why(report, driver, explained) for driver in explained.drivers])
    columns = [
        names(", ".join(report.keys), named),
        *_changes(report, rows, explained.drivers),
        causes._replace(place=Place.BELOW),
    ]
    return Section([Table(columns, title), *_folded(explained)])


def _why(report: DiffReport, driver: Driver, explained: Explained) -> Span:
    text = why.reasons(driver.parts, explained.measure, report.keys)
    short = why.reasons(fewer(driver.parts, 1), explained.measure, report.keys)
    return Span(text, Tone.QUIET, short="" if report.every else short)


def _folded(explained: Explained) -> list[Block]:
    """How many groups are not shown, and why."""
    texts = diff_words.folded(explained, "more, --top 0 shows them")
    if not texts:
        return []
    shows = "" if len(texts) == 1 and explained.hidden.groups else "; --all shows them"
    return [line("… " + ", ".join(texts) + shows, Tone.QUIET)]


def _failures(report: DiffReport) -> Section:
    """How often calls failed for each reason, before and now; all reasons with everything."""
    texts = [
        f"{values.name(row[Key.FAILURE])} {diff_words.count(row['base'])} → "
        + diff_words.count(row["new"])
        for row in report.failures
    ]
    shown = texts if report.every else texts[:_MAX_FAILURES]
    more = [f"{len(texts) - len(shown)} more"] if len(texts) > len(shown) else []
    said = Span(", ".join([*shown, *more]))
    return Section([Terms([(Span("Failed calls", Tone.STRONG), said)], indent=0)])
