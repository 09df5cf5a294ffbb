"""A comparison for a pull request: the headline, the drivers, and the rest folded in."""

from typing import Any

from usagectl.model.escaping import markdown as escaped
from usagectl.model.names import Key
from usagectl.render.markdown import notes, table_of
from usagectl.render.words import decision, diff_words, values, why
from usagectl.render.words.diff_words import WORDS
from usagectl.reports.diff import DiffReport, Explained

_MARKS = {"worse": "🔴", "better": "🟢"}


def document(report: DiffReport) -> str:
    """The headline table, one line for each driver, and details to open."""
    base, new = (escaped(values.name(side.name)) for side in (report.base, report.new))
    said = f"**{escaped(decision.sentence(report))}**"
    parts = [f"## {base} → {new}", said, _headline(report, base, new)]
    for explained in report.why:
        parts += _why(report, explained)
    for explained in report.why:
        if explained.listed and explained.drivers:
            parts += _drivers(report, explained, base, new)
    if report.failures:
        body = [
            [
                escaped(values.name(row[Key.FAILURE])),
                diff_words.count(row["base"]),
                diff_words.count(row["new"]),
            ]
            for row in report.failures
        ]
        parts.append(_details("Failed calls", table_of(["failure", base, new], body)))
    parts += notes(notice.text for notice in report.notices)
    return "\n\n".join(parts)


def _headline(report: DiffReport, base: str, new: str) -> str:
    body = [
        [
            WORDS[row["measure"]].title,
            *_figures(row),
            diff_words.percent(row),
            _verdict(row),
        ]
        for row in report.totals
    ]
    return table_of(["", base, new, "change", "", "verdict"], body)


def _figures(row: dict[str, Any]) -> list[str]:
    return [
        escaped(diff_words.figure(row, "base")),
        escaped(diff_words.figure(row, "new")),
        diff_words.change(row),
    ]


def _verdict(row: dict[str, Any]) -> str:
    mark = _MARKS.get(row["verdict"], "")
    evidence = diff_words.evidence(row)
    said = f"{mark} {row['verdict'].replace('_', ' ')}".strip()
    return f"{said} ({evidence})" if evidence else said


def _why(report: DiffReport, explained: Explained) -> list[str]:
    if not explained.parts or explained.total["change"] is None:
        return []
    measure = explained.measure
    change = diff_words.change(explained.total)
    return [
        f"**{WORDS[measure].title} {change}**: {why.reasons(explained.parts, measure, report.keys)}"
    ]


def _drivers(report: DiffReport, explained: Explained, base: str, new: str) -> list[str]:
    measure = explained.measure
    keys = [key.value for key in report.keys]
    names = [
        ", ".join(escaped(values.name(driver.row[key])) for key in keys)
        for driver in explained.drivers
    ]
    lines = [
        f"- **{name}** {diff_words.change(driver.row)}: "
        + why.reasons(driver.parts, measure, report.keys)
        for name, driver in zip(names, explained.drivers, strict=True)
        if driver.parts
    ]
    body = [
        [name, *_figures(driver.row), diff_words.percent(driver.row), _verdict(driver.row)]
        for name, driver in zip(names, explained.drivers, strict=True)
    ]
    header = [", ".join(keys), base, new, "change", "", "verdict"]
    title = f"Drivers of {WORDS[measure].title}"
    others = diff_words.folded(explained, "more")
    return [
        f"### {title}",
        *(["\n".join(lines)] if lines else []),
        *(["… " + ", ".join(others)] if others else []),
        _details(f"{title}, as a table", table_of(header, body)),
    ]


def _details(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"
