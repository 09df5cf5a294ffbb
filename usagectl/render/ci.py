"""What CI systems read: JUnit XML, GitLab's code quality report, GitHub's annotations."""

import hashlib
import json
from collections.abc import Iterator

from usagectl.gates.verdict import GateVerdict
from usagectl.model.escaping import annotation, annotation_property, json_text, xml
from usagectl.model.names import GateStatus
from usagectl.render.words import regress_words
from usagectl.reports.regress import Finding, RegressReport

_SEVERITIES = {
    GateStatus.BROKEN: "major",
    GateStatus.UNKNOWN: "critical",
    GateStatus.WARNED: "minor",
    GateStatus.ACKNOWLEDGED: "info",
}
_ANNOTATED = {
    GateStatus.BROKEN: "error",
    GateStatus.UNKNOWN: "error",
    GateStatus.WARNED: "warning",
}
# GitHub shows ten of each kind a step; the others would only push them out.
_MOST = 10


def junit(report: RegressReport) -> str:
    """A test case for each gate and group; what cannot be told is an error, no failure."""
    found = {finding.verdict: finding for finding in report.findings}
    cases = [_case(verdict, found.get(verdict), report) for verdict in report.checked.verdicts]
    counts = {status: len(report.checked.of(status)) for status in GateStatus}
    skipped = counts[GateStatus.ACKNOWLEDGED] + counts[GateStatus.SKIPPED]
    totals = (
        f'tests="{len(cases)}" failures="{counts[GateStatus.BROKEN]}"'
        f' errors="{counts[GateStatus.UNKNOWN]}" skipped="{skipped}"'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="usagectl regress" {totals} time="0">',
            f'  <testsuite name="usagectl regress" {totals} time="0">',
            *cases,
            "  </testsuite>",
            "</testsuites>",
        ]
    )


_ELEMENTS = {
    GateStatus.BROKEN: "failure",
    GateStatus.UNKNOWN: "error",
    GateStatus.ACKNOWLEDGED: "skipped",
    GateStatus.SKIPPED: "skipped",
    GateStatus.WARNED: "system-out",
    GateStatus.BELOW_FLOOR: "system-out",
}


def _case(verdict: GateVerdict, finding: Finding | None, report: RegressReport) -> str:
    name = f"{regress_words.group(verdict)}: {verdict.metric} ({verdict.gate})"
    head = f"    <testcase classname={_quoted(f'usagectl.{verdict.metric}')} name={_quoted(name)}"
    head += ' time="0"'
    if finding is None:
        return f"{head}/>"
    element = _ELEMENTS[verdict.status]
    text = regress_words.sentence(finding, report.keys)
    if element == "system-out":
        body = f"<system-out>{xml(text)}</system-out>"
    elif element == "skipped":
        body = f"<skipped message={_quoted(text)}/>"
    else:
        again = regress_words.command(report.command)
        message = f"message={_quoted(text)} type={_quoted(verdict.status.value)}"
        body = f"<{element} {message}>{xml(text)}\n{xml(again)}</{element}>"
    return f"{head}>\n      {body}\n    </testcase>"


def _quoted(text: str) -> str:
    return f'"{xml(text)}"'


def code_quality(report: RegressReport) -> str:
    """GitLab's code quality report: an issue for each finding.

    Tokens have no file and no line, so the issues stand at what holds the limits.
    """
    issues = [
        {
            "description": regress_words.sentence(finding, report.keys),
            "check_name": f"usagectl.{finding.verdict.metric}",
            "fingerprint": _identity(finding.verdict),
            "severity": _SEVERITIES[finding.verdict.status],
            "location": {"path": "usagectl.yaml", "lines": {"begin": 1}},
        }
        for finding in report.findings
        if finding.verdict.status in _SEVERITIES
    ]
    return json_text(json.dumps(issues, indent=2))


def _identity(verdict: GateVerdict) -> str:
    """The same for the same gate and group in every run, so that GitLab knows what is new."""
    parts = [verdict.metric, verdict.gate, verdict.group]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def annotations(report: RegressReport) -> Iterator[str]:
    """Workflow commands for GitHub, the worst first."""
    shown = {"error": 0, "warning": 0}
    for finding in report.findings:
        kind = _ANNOTATED.get(finding.verdict.status)
        if kind and shown[kind] < _MOST:
            shown[kind] += 1
            title = annotation_property(f"{finding.verdict.status.value}: {finding.verdict.metric}")
            text = annotation(regress_words.sentence(finding, report.keys))
            yield f"::{kind} title={title}::{text}"
    for notice in report.checked.notices:
        if shown["warning"] < _MOST:
            shown["warning"] += 1
            yield f"::warning title={annotation_property(notice.code)}::{annotation(notice.text)}"
