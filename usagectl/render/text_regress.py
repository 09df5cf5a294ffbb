"""The page of `usagectl regress` for a terminal or a log: first what broke, and why."""

from collections.abc import Sequence

from rich.text import Text

from usagectl.gates.coverage import BUILT_IN
from usagectl.model.names import GateStatus
from usagectl.render.terminal.clipping import ending
from usagectl.render.terminal.lines import MIN_TEXT, Lines
from usagectl.render.terminal.table import Cell, laid, names, words
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import regress_words, values
from usagectl.reports.regress import Chosen, Finding, RegressReport

_STYLES = {
    GateStatus.BROKEN: "bold red",
    GateStatus.UNKNOWN: "bold yellow",
    GateStatus.WARNED: "yellow",
}
_OUTCOMES = {0: "bold green", 1: "bold red", 3: "bold yellow"}
_MOST_GATES = 6
_TITLE = 7
_GOES_ON = " \\"
# Beside the words of a command: its indent and the sign that it goes on.
_CONTINUED = 4 + 1 + len(_GOES_ON)
# What passes by a rule is counted in the headline; naming each would bury what broke.
_SILENT = (GateStatus.SKIPPED,)


def page(report: RegressReport, width: int, top: int | None) -> Lines:
    """Outcome and sides, then the findings by status, then how to see them again."""
    code = report.checked.exit_code
    style = _OUTCOMES[code]
    out = [
        Text.assemble(
            (regress_words.outcome(report), style), f"  {regress_words.headline(report)}"
        ),
        *_listed("", regress_words.swapped(report), width, "bold yellow"),
        *_sides(report, width),
        *_gates(report, width),
        *(_listed("change", regress_words.changes(report), width) if not code else []),
    ]
    for status, title in regress_words.TITLES.items():
        findings = report.of(status)
        if findings and status not in _SILENT:
            out += [Text(), Text(f"{title} ({len(findings):,})", _STYLES.get(status, "bold"))]
            for finding in findings[:top]:
                out += _finding(finding, report, width)
            hidden = len(findings[top:]) if top else 0
            if hidden:
                out.append(Text(f"  … {hidden:,} more, --top 0 shows them", style="dim"))
    if code:
        out += [Text(), Text("To see it again", style="bold"), *_command(report.command, width)]
        out += [Text("To see all that changed", style="bold"), *_command(report.diff, width)]
    return out


def _command(words: Sequence[str], width: int) -> Lines:
    """A command to be copied: where it is too long, its lines go on as a shell reads them."""
    lines = [""]
    for word in _with_values(regress_words.quoted(words)):
        if lines[-1] and len(lines[-1]) + len(word) + _CONTINUED > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    last = len(lines) - 1
    return [
        Text(f"{'    ' if i else '  '}{line}{'' if i == last else _GOES_ON}")
        for i, line in enumerate(lines)
    ]


def _with_values(words: Sequence[str]) -> list[str]:
    """Each option together with its value."""
    found: list[str] = []
    for word in words:
        if found and found[-1].startswith("--") and " " not in found[-1] and word[0] != "-":
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found


def _sides(report: RegressReport, width: int) -> Lines:
    sides = ((report.base, report.comparison.base), (report.new, report.comparison.new))
    said = [values.name(_said(chosen)) for chosen, _ in sides]
    return laid(
        [
            words("", [Cell(title, "dim") for title in ("base ", "new  ")]),
            names("", [Cell(name, "bold cyan") for name in said], clip=ending),
            words(
                "",
                [
                    Cell(_runs(side.runs, name), "dim")
                    for name, (_, side) in zip(said, sides, strict=True)
                ],
                0,
            ),
            words("", [Cell(chosen.why, "dim") for chosen, _ in sides], 1),
        ],
        width,
    ).body


def _gates(report: RegressReport, width: int) -> Lines:
    """Which gates decided, and in how many places; those that are always there go without."""
    own = [(gate, n) for gate, n in report.applied.items() if gate not in BUILT_IN]
    texts = [f"{values.name(gate)} ({count:,})" for gate, count in own[:_MOST_GATES]]
    if len(own) > _MOST_GATES:
        texts.append(f"… {len(own) - _MOST_GATES:,} more")
    return _listed("gates", ", ".join(texts), width)


def _listed(title: str, text: str, width: int, style: str = "") -> Lines:
    """A text beside its title, where there is one."""
    room = _TITLE if title else 0
    lines = wrapped(text, max(width - room, MIN_TEXT))
    return [
        Text.assemble((f"{'' if i else title:<{room}}", "dim"), (line, style))
        for i, line in enumerate(lines)
    ]


def _said(chosen: Chosen) -> str:
    return " ".join(chosen.operands)


def _runs(runs: Sequence[str], name: str) -> str:
    if len(runs) > 1:
        return f"{len(runs)} runs"
    return values.name(runs[0]) if runs and runs[0] not in name else ""


def _finding(finding: Finding, report: RegressReport, width: int) -> Lines:
    verdict = finding.verdict
    first = Text.assemble(
        "  ", (regress_words.group(verdict), "bold"), f": {regress_words.statement(verdict)}"
    )
    below = [
        regress_words.limit(verdict),
        values.name(verdict.detail),
        regress_words.cause(finding, report.keys),
    ]
    room = max(width - 6, MIN_TEXT)
    lines = [
        Text("      " + line, style="dim") for text in below if text for line in wrapped(text, room)
    ]
    return [first, *lines]
