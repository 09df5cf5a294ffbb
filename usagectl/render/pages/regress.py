"""`usagectl regress`: first what broke and why, then how to see it again."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from usagectl.gates.coverage import BUILT_IN
from usagectl.gates.verdict import GateVerdict
from usagectl.model.names import GateStatus
from usagectl.render.columns import toned, words
from usagectl.render.document import (
    Block,
    Command,
    Cut,
    Document,
    Finding,
    Findings,
    Line,
    Section,
    Span,
    Table,
    Terms,
    Tone,
    line,
)
from usagectl.render.records import Case, Records
from usagectl.render.words import regress_words, values
from usagectl.render.words.shell import command
from usagectl.reports import regress
from usagectl.reports.regress import RegressReport

_SCHEMA = "usagectl.regress/1"
_COLUMNS = (
    "status", "metric", "base", "new", "limit", "least", "gate", "detail", "complete",
    "new_exact", "limit_exact",
)  # fmt: skip
_TONES = {
    GateStatus.BROKEN: Tone.FAILED,
    GateStatus.UNKNOWN: Tone.OPEN,
    GateStatus.WARNED: Tone.DOUBT,
}
_OUTCOMES = {0: Tone.PASSED, 1: Tone.FAILED, 3: Tone.OPEN}
_OPEN = (GateStatus.BROKEN, GateStatus.UNKNOWN)
_MOST_GATES = 6
_TITLE = 5


def page(report: RegressReport) -> Document:
    """Outcome and sides, then the findings by status, then how to see them again."""
    outcome = regress_words.outcome(report)
    tone = _OUTCOMES[report.checked.exit_code]
    swapped = regress_words.swapped(report)
    headline: list[Block] = [
        Line([Span(outcome, tone), Span(f"  {regress_words.headline(report)}")]),
        *([line(swapped, Tone.OPEN)] if swapped else []),
        _sides(report),
        *_about(report),
    ]
    return Document(
        Span(f"Token regressions: {outcome.lower()}", tone),
        [Section(headline), *_findings(report), *_again(report)],
        report.notices,
    )


def _sides(report: RegressReport) -> Table:
    sides = ((report.base, report.comparison.base), (report.new, report.comparison.new))
    said = [values.name(" ".join(chosen.operands)) for chosen, _ in sides]
    runs = [_runs(side.runs, name) for name, (_, side) in zip(said, sides, strict=True)]
    columns = [
        words("side", toned(("base ", "new  "), Tone.QUIET)),
        words("operands", toned(said, Tone.NAME))._replace(cut=Cut.START),
        words("runs", toned(runs, Tone.QUIET), 0),
        words("chosen", toned((chosen.why for chosen, _ in sides), Tone.QUIET), 1),
    ]
    return Table(columns, bare=True)


def _runs(runs: Sequence[str], name: str) -> str:
    if len(runs) > 1:
        return f"{len(runs)} runs"
    return values.name(runs[0]) if runs and runs[0] not in name else ""


def _about(report: RegressReport) -> Iterator[Terms]:
    """Which gates decided, and in how many places; what changed, where they passed."""
    own = [(gate, n) for gate, n in report.applied.items() if gate not in BUILT_IN]
    texts = [f"{values.name(gate)} ({count:,})" for gate, count in own[:_MOST_GATES]]
    if len(own) > _MOST_GATES:
        texts.append(f"… {len(own) - _MOST_GATES:,} more")
    changes = "" if report.checked.exit_code else regress_words.changes(report)
    said = [("gates", ", ".join(texts)), ("change", changes)]
    rows = [(Span(title, Tone.QUIET), Span(text)) for title, text in said if text]
    if rows:
        yield Terms(rows, indent=0, room=_TITLE)


def _findings(report: RegressReport) -> Iterator[Section]:
    for status, title in regress_words.TITLES.items():
        findings = report.of(status)
        if not findings:
            continue
        shown = [_finding(finding, report) for finding in findings[: report.top]]
        blocks: list[Block] = [Findings(shown)]
        if hidden := len(findings) - len(shown):
            blocks.append(line(f"  … {hidden:,} more, --top 0 shows them", Tone.QUIET))
        yield Section(
            blocks,
            f"{title} ({len(findings):,})",
            _TONES.get(status, Tone.STRONG),
            folded=status not in _OPEN,
            # What passes by a rule is counted in the headline; naming each would bury what broke.
            instead="" if status is GateStatus.SKIPPED else None,
        )


def _finding(finding: regress.Finding, report: RegressReport) -> Finding:
    verdict = finding.verdict
    below = [
        regress_words.limit(verdict),
        values.name(verdict.detail),
        regress_words.cause(finding, report.keys),
    ]
    return Finding(regress_words.group(verdict), regress_words.statement(verdict), below)


def _again(report: RegressReport) -> Iterator[Section]:
    if report.checked.exit_code:
        changed = line("To see all that changed", Tone.STRONG)
        again: list[Block] = [Command(report.command), changed, Command(report.diff)]
        yield Section(again, "To see it again")


def records(report: RegressReport) -> Records:
    """All verdicts, also those that passed; a group is empty for all calls together.

    `new_exact` and `limit_exact` are quotients of whole numbers, as text.
    """
    causes = {f.verdict: regress_words.cause(f, report.keys) for f in report.findings}
    verdicts = report.checked.verdicts
    keys = [key.value for key in report.keys]
    whole = {
        "schema": _SCHEMA,
        "outcome": regress_words.outcome(report).lower().replace(" ", "_"),
        "exit_code": report.checked.exit_code,
        "by": keys,
        "base": {**report.base._asdict(), "runs": report.comparison.base.runs},
        "new": {**report.new._asdict(), "runs": report.comparison.new.runs},
        "changes": [change._asdict() for change in report.changes],
        "verdicts": ({**_row(v, report), "cause": causes.get(v, "")} for v in verdicts),
        "command": list(report.command),
        "notices": [notice._asdict() for notice in report.notices],
    }
    rows = (_row(verdict, report) for verdict in verdicts)
    return Records(whole, rows, ["scope", *keys, *_COLUMNS])


def _row(verdict: GateVerdict, report: RegressReport) -> dict[str, Any]:
    group = verdict.group or [None] * len(report.keys)
    return {
        "scope": "run" if verdict.group is None else "group",
        **{key.value: value for key, value in zip(report.keys, group, strict=True)},
        "status": verdict.status.value,
        "metric": verdict.metric,
        "base": _float(verdict.base),
        "new": _float(verdict.new),
        "limit": _float(verdict.limit),
        "least": verdict.least,
        "gate": verdict.gate,
        "detail": verdict.detail,
        "complete": verdict.complete,
        "new_exact": _exact(verdict.new),
        "limit_exact": _exact(verdict.limit),
    }


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _exact(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def cases(report: RegressReport) -> list[Case]:
    """A case for each gate and group, with what was found of it."""
    found = {finding.verdict: finding for finding in report.findings}
    again = command(report.command)
    return [
        Case(
            verdict.status,
            verdict.metric,
            f"{regress_words.group(verdict)}: {verdict.metric} ({verdict.gate})",
            (verdict.metric, verdict.gate, verdict.group),
            regress_words.sentence(found[verdict], report.keys) if verdict in found else "",
            again,
        )
        for verdict in report.checked.verdicts
    ]
