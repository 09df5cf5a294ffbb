"""The page of `usagectl diff` for a terminal: what changed, why, and which groups drove it."""

import textwrap
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from usagectl.comparison import Compared
from usagectl.diff_report import DiffReport, Driver, Explained
from usagectl.names import Key, Verdict
from usagectl.parts_shown import fewer
from usagectl.render import decision, diff_words, table, values, why
from usagectl.render.columns import PARTIAL
from usagectl.render.diff_words import WORDS
from usagectl.render.lines import MIN_TEXT, Lines
from usagectl.render.table import GAP, Cell, Heading

_BAR = 8
_FIGURES = 5
# Places of columns in the headline.
_PERCENT, _EVIDENCE = 4, 6
_MIN_NAME, _MAX_NAME, _MAX_SIDE = 16, 48, 12
_TITLE, _INDENT = 6, 4
_TO_THE_MINUTE = 16
_MAX_FAILURES = 6
_EIGHTHS = " ▏▎▍▌▋▊▉"


def page(report: DiffReport, width: int) -> Lines:
    """What it comes to, the headline, why the totals moved, the drivers and the failures."""
    out = [*_decision(report, width), Text(), *_sides(report, width), Text()]
    out += _headline(report, width)
    for explained in report.why:
        shown = report.every or explained.listed
        if shown and explained.parts and explained.total["change"] is not None:
            out += [Text(), *_total(report, explained, width)]
    out += _other_causes(report)
    for explained in report.why:
        if explained.listed:
            out += [Text(), *_drivers(report, explained, width)]
    if report.failures:
        out += [Text(), *_failures(report, width)]
    return [*out, *_legend(report, partial=any(PARTIAL in line.plain for line in out))]


def _legend(report: DiffReport, *, partial: bool) -> Lines:
    rows = [*report.totals, *(driver.row for why_ in report.why for driver in why_.drivers)]
    used = {diff_words.verdict(row) for row in rows}
    texts = [f"{word}: {text}" for word, text in diff_words.LEGEND.items() if word in used]
    if partial:
        texts.insert(0, f"{PARTIAL}: not known of all calls")
    return [Text(), *(Text(text, style="dim") for text in texts)] if texts else []


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
    said = textwrap.wrap(decision.sentence(report), max(width, MIN_TEXT), break_on_hyphens=False)
    return [Text(line, style="bold") for line in said]


def _sides(report: DiffReport, width: int) -> Lines:
    """The name of each side, its models and its period, one below the other."""
    sides = (report.base, report.new)
    names = [table.clipped(values.name(side.name), _MAX_NAME) for side in sides]
    models = [_models(side) for side in sides]
    spans = [_when(side, report) for side in sides]
    used = _TITLE + sum(max(map(cell_len, column)) + GAP for column in (names, models, spans)) - GAP
    beside = used <= width
    rows = table.lines(
        [Heading("", right=False)] * (3 + beside),
        [
            [
                Cell(title, "dim"),
                Cell(name, "bold cyan"),
                *([Cell(model)] if beside else []),
                Cell(span, "dim"),
            ]
            for title, name, model, span in zip(("base", "new"), names, models, spans, strict=True)
        ],
    )[2:]
    if beside:
        return rows
    room = width - _TITLE
    below = [Text(" " * _TITLE + table.clipped(model, room)) for model in models]
    return [line for pair in zip(rows, below, strict=True) for line in pair]


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


def _headline(report: DiffReport, width: int) -> Lines:
    names = _titles(report)
    headings = [
        Heading("", right=False),
        Heading(f"{names[0]} "),
        Heading(f"{names[1]} "),
        Heading("change"),
        Heading(""),
        Heading("", right=False),
        Heading("", right=False),
    ]
    body = [
        [
            Cell(WORDS[row["measure"]].title),
            Cell(diff_words.figure(row, "base")),
            Cell(diff_words.figure(row, "new")),
            Cell(diff_words.change(row), diff_words.style(row)),
            Cell(diff_words.percent(row), diff_words.style(row)),
            Cell(diff_words.verdict(row), diff_words.style(row)),
            Cell(diff_words.evidence(row), "dim"),
        ]
        for row in report.totals
    ]
    return table.lines(headings, _fitting(headings, body, width))


def _fitting(headings: list[Heading], body: list[list[Cell]], width: int) -> list[list[Cell]]:
    """Without the evidence, then without the percentages, where they do not fit."""
    for column in (_EVIDENCE, _PERCENT):
        if _width(headings, body) - GAP <= width:
            break
        del headings[column]
        body = [row[:column] + row[column + 1 :] for row in body]
    return body


def _total(report: DiffReport, explained: Explained, width: int) -> Lines:
    measure = explained.measure
    moved = diff_words.change(explained.total)
    out = [Text.assemble((f"Why {WORDS[measure].title}", "bold"), f"  {moved}")]
    pairs = why.amounts_and_reasons(explained.parts, measure, report.keys)
    room = max(len(amount) for amount, _ in pairs)
    for amount, reason in pairs:
        first, *others = textwrap.wrap(reason, max(width - room - 4, MIN_TEXT))
        out.append(Text(f"  {amount:>{room}}  {first}"))
        out += [Text(" " * (room + 4) + other) for other in others]
    return out


def _drivers(report: DiffReport, explained: Explained, width: int) -> Lines:
    measure = explained.measure
    title = f"Drivers of {WORDS[measure].title}"
    if not explained.drivers:
        nothing = [Text("  nothing is known of it", style="dim")]
        known = explained.total["verdict"] != Verdict.UNKNOWN
        return [Text(title, style="bold"), *(_folded(explained) if known else nothing)]
    texts = [_name(driver.row, report.keys) for driver in explained.drivers]
    cells = [_driver_cells(driver) for driver in explained.drivers]
    names = _titles(report)
    headings = [
        Heading(f"{names[0]} "),
        Heading(f"{names[1]} "),
        Heading("change"),
        Heading("", right=False),
        Heading("", right=False),
        Heading(""),
        Heading("", right=False),
    ]
    longest = min(max(map(cell_len, (*texts, title))), _MAX_NAME)
    # Evidence and percentages go before a name is clipped.
    while (used := _width(headings, cells)) + longest > width and len(headings) > _FIGURES:
        del headings[-1]
        cells = [row[:-1] for row in cells]
    room = max(min(width - used, _MAX_NAME), _MIN_NAME)
    head, rule, *rows = table.lines(
        [Heading(table.clipped(title, room), right=False), *headings],
        [[Cell(table.clipped(text, room)), *row] for text, row in zip(texts, cells, strict=True)],
    )
    out = [head, rule]
    for row, driver in zip(rows, explained.drivers, strict=True):
        out += [row, *_why(report, driver, explained, width)]
    return [*out, *_folded(explained)]


def _width(headings: Sequence[Heading], cells: Sequence[Sequence[Cell]]) -> int:
    return sum(
        GAP + max(cell_len(heading.title), *(cell_len(row[i].text) for row in cells))
        for i, heading in enumerate(headings)
    )


def _driver_cells(driver: Driver) -> list[Cell]:
    row, style = driver.row, diff_words.style(driver.row)
    return [
        Cell(diff_words.figure(row, "base")),
        Cell(diff_words.figure(row, "new")),
        Cell(diff_words.change(row), style),
        Cell("" if row["change"] == 0 else _bar(driver.weight), style),
        Cell(diff_words.verdict(row), style),
        Cell(diff_words.percent(row), style),
        Cell(diff_words.evidence(row), "dim"),
    ]


def _why(report: DiffReport, driver: Driver, explained: Explained, width: int) -> Lines:
    text = why.reasons(driver.parts, explained.measure, report.keys)
    if not report.every and len(text) > width - _INDENT:
        # In a line, unless everything is wanted.
        text = why.reasons(fewer(driver.parts, 1), explained.measure, report.keys)
    lines = textwrap.wrap(text, max(width - _INDENT, MIN_TEXT), break_on_hyphens=False)
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
    lines = textwrap.wrap(
        ", ".join([*shown, *more]), max(width - len(title), MIN_TEXT), break_on_hyphens=False
    )
    first, *others = lines
    return [
        Text.assemble((title, "bold"), first),
        *(Text(" " * len(title) + other) for other in others),
    ]
