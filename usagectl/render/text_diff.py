"""The page of `usagectl diff` for a terminal: what changed, why, and which groups drove it."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from usagectl.comparison.compare import Compared
from usagectl.model.names import Key, Verdict
from usagectl.render.legend import legend
from usagectl.render.terminal.clipping import clipped
from usagectl.render.terminal.lines import MIN_TEXT, Lines
from usagectl.render.terminal.table import Cell, Column, Laid, figures, laid, names, words
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import decision, diff_words, values, why
from usagectl.render.words.diff_words import WORDS
from usagectl.reports.diff import DiffReport, Driver, Explained
from usagectl.reports.parts import fewer

_BAR = 8
_MAX_NAME, _MAX_SIDE = 48, 12
_TITLE, _INDENT = 6, 4
_TO_THE_MINUTE = 16
_MAX_FAILURES = 6
_EIGHTHS = " ▏▎▍▌▋▊▉"


def page(report: DiffReport, width: int) -> Lines:
    """What it comes to, the headline, why the totals moved, the drivers and the failures."""
    tables = [_headline(report, width)]
    out = [*_decision(report, width), Text(), *_sides(report, width), Text(), *tables[0].lines]
    for explained in report.why:
        shown = report.every or explained.listed
        if shown and explained.parts and explained.total["change"] is not None:
            out += [Text(), *_total(report, explained, width)]
    out += _other_causes(report)
    for explained in report.why:
        if explained.listed:
            table, lines = _drivers(report, explained, width)
            tables += table
            out += [Text(), *lines]
    if report.failures:
        out += [Text(), *_failures(report, width)]
    return [*out, *_legend(report, tables)]


def _legend(report: DiffReport, tables: Sequence[Laid]) -> Lines:
    rows = [*report.totals, *(driver.row for why_ in report.why for driver in why_.drivers)]
    used = {diff_words.verdict(row) for row in rows}
    said = [f"{word}: {text}" for word, text in diff_words.LEGEND.items() if word in used]
    return legend(tables, "not known of all calls", said)


def _other_causes(report: DiffReport) -> Lines:
    """Of which measures only `--all` shows why they changed."""
    titles = [
        WORDS[explained.measure].title
        for explained in report.why
        if explained.parts and explained.total["change"] and not explained.listed
    ]
    if report.every or not titles:
        return []
    return [Text(f"… --all shows why {' and '.join(titles)} changed", style="dim")]


def _decision(report: DiffReport, width: int) -> Lines:
    said = wrapped(decision.sentence(report), max(width, MIN_TEXT))
    return [Text(line, style="bold") for line in said]


def _sides(report: DiffReport, width: int) -> Lines:
    """The name of each side, its models and its period; below each other where that is too wide."""
    sides = (report.base, report.new)
    models = [_models(side) for side in sides]
    spans = [_when(side, report) for side in sides]
    named = [clipped(values.name(side.name), min(_MAX_NAME, width - _TITLE)) for side in sides]
    titles = words("", [Cell(title, "dim") for title in ("base", "new")])
    names_ = words("", [Cell(name, "bold cyan") for name in named])
    times = words("", [Cell(span, "dim") for span in spans])
    forms: list[tuple[list[Column], list[list[str]]]] = [
        ([titles, names_, words("", models), times], []),
        ([titles, names_, times], [models]),
        ([titles, names_], [models, spans]),
    ]
    tables = [(laid(columns, width), below) for columns, below in forms]
    table, below = next((t for t in tables if t[0].needed <= width), tables[-1])
    out = []
    for i, row in enumerate(table.rows):
        out += [*row, *(_indented(texts[i], width) for texts in below)]
    return out


def _indented(text: str, width: int) -> Text:
    return Text(" " * _TITLE + clipped(text, width - _TITLE))


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


def _headline(report: DiffReport, width: int) -> Laid:
    rows = report.totals
    titles = [words("", [WORDS[row["measure"]].title for row in rows])]
    return laid([*titles, *_changes(report, rows)], width)


def _changes(
    report: DiffReport, rows: Sequence[dict[str, Any]], bars: Sequence[str] = ()
) -> list[Column]:
    """Both sides, by how much they differ, and whether that is more than noise."""
    base, new = _titles(report)
    styles = [diff_words.style(row) for row in rows]

    def styled(form: Callable[[dict[str, Any]], str]) -> list[Cell]:
        return [Cell(form(row), style) for row, style in zip(rows, styles, strict=True)]

    percent = figures("", styled(diff_words.percent), 5 if bars else 4, called="percent")
    verdict = words("", styled(diff_words.verdict), 2, called="verdict")
    evidence = [Cell(diff_words.evidence(row), "dim") for row in rows]
    bar = [Cell(bar, style) for bar, style in zip(bars, styles, strict=False)]
    return [
        figures(f"{base} ", [diff_words.figure(row, "base") for row in rows], 1),
        figures(f"{new} ", [diff_words.figure(row, "new") for row in rows], 0),
        figures("change", styled(diff_words.change), 3),
        *([words("", bar, 4), verdict, percent] if bars else [percent, verdict]),
        words("", evidence, 6, called="p and n"),
    ]


def _total(report: DiffReport, explained: Explained, width: int) -> Lines:
    measure = explained.measure
    moved = diff_words.change(explained.total)
    out = [Text.assemble((f"Why {WORDS[measure].title}", "bold"), f"  {moved}")]
    pairs = why.amounts_and_reasons(explained.parts, measure, report.keys)
    room = max(len(amount) for amount, _ in pairs)
    for amount, reason in pairs:
        first, *others = wrapped(reason, max(width - room - 4, MIN_TEXT))
        out.append(Text(f"  {amount:>{room}}  {first}"))
        out += [Text(" " * (room + 4) + other) for other in others]
    return out


def _drivers(report: DiffReport, explained: Explained, width: int) -> tuple[Sequence[Laid], Lines]:
    measure = explained.measure
    title = f"Drivers of {WORDS[measure].title}"
    if not explained.drivers:
        nothing = [Text("  nothing is known of it", style="dim")]
        known = explained.total["verdict"] != Verdict.UNKNOWN
        return (), [Text(title, style="bold"), *(_folded(explained) if known else nothing)]
    rows = [driver.row for driver in explained.drivers]
    bars = [
        "" if driver.row["change"] == 0 else _bar(driver.weight) for driver in explained.drivers
    ]
    groups = names(title, [_name(row, report.keys) for row in rows])
    table = laid([groups, *_changes(report, rows, bars)], width)
    out = [*table.head]
    for row, driver in zip(table.rows, explained.drivers, strict=True):
        out += [*row, *_why(report, driver, explained, width)]
    return (table,), [*out, *_folded(explained)]


def _why(report: DiffReport, driver: Driver, explained: Explained, width: int) -> Lines:
    text = why.reasons(driver.parts, explained.measure, report.keys)
    if not report.every and len(text) > width - _INDENT:
        # In a line, unless everything is wanted.
        text = why.reasons(fewer(driver.parts, 1), explained.measure, report.keys)
    lines = wrapped(text, max(width - _INDENT, MIN_TEXT))
    return [Text(" " * _INDENT + line, style="dim") for line in lines]


def _folded(explained: Explained) -> Lines:
    """How many groups are not shown, and why."""
    texts = diff_words.folded(explained, "more, --top 0 shows them")
    if not texts:
        return []
    shows = "" if len(texts) == 1 and explained.hidden.groups else "; --all shows them"
    return [Text("… " + ", ".join(texts) + shows, style="dim")]


def _bar(weight: float | None) -> str:
    if weight is None:
        return "?"
    whole, rest = divmod(round(weight * _BAR * 8), 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "" if whole else "▏")


def _name(row: dict[str, Any], keys: Sequence[Key]) -> str:
    return "  ".join(values.name(row[key]) for key in keys)


def _failures(report: DiffReport, width: int) -> Lines:
    """How often calls failed for each reason, before and now; the names in full with everything."""
    texts = [
        f"{values.name(row[Key.FAILURE])} {diff_words.count(row['base'])} → "
        + diff_words.count(row["new"])
        for row in report.failures
    ]
    title = "Failed calls  "
    shown = texts if report.every else texts[:_MAX_FAILURES]
    more = [f"{len(texts) - len(shown)} more"] if len(texts) > len(shown) else []
    first, *others = wrapped(", ".join([*shown, *more]), max(width - len(title), MIN_TEXT))
    return [
        Text.assemble((title, "bold"), first),
        *(Text(" " * len(title) + other) for other in others),
    ]
