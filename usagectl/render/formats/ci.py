"""What CI systems read: JUnit XML, GitLab's code quality report, GitHub's annotations."""

import hashlib
import json
from collections.abc import Iterator, Sequence

from usagectl.model.escaping import annotation, annotation_property, json_text, xml
from usagectl.model.names import GateStatus
from usagectl.model.notices import Notice
from usagectl.render.records import Case

_SUITE = "usagectl regress"
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


def junit(cases: Sequence[Case]) -> str:
    """A test case for each; what cannot be told is an error, no failure."""
    elements = [_ELEMENTS.get(case.status) for case in cases]
    totals = (
        f'tests="{len(cases)}" failures="{elements.count("failure")}"'
        f' errors="{elements.count("error")}" skipped="{elements.count("skipped")}"'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="{_SUITE}" {totals} time="0">',
            f'  <testsuite name="{_SUITE}" {totals} time="0">',
            *map(_case, cases),
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


def _case(case: Case) -> str:
    head = (
        f"    <testcase classname={_quoted(f'usagectl.{case.subject}')} name={_quoted(case.name)}"
    )
    head += ' time="0"'
    if not case.text:
        return f"{head}/>"
    element = _ELEMENTS[case.status]
    if element == "system-out":
        body = f"<system-out>{xml(case.text)}</system-out>"
    elif element == "skipped":
        body = f"<skipped message={_quoted(case.text)}/>"
    else:
        message = f"message={_quoted(case.text)} type={_quoted(case.status.value)}"
        body = f"<{element} {message}>{xml(case.text)}\n{xml(case.again)}</{element}>"
    return f"{head}>\n      {body}\n    </testcase>"


def _quoted(text: str) -> str:
    return f'"{xml(text)}"'


def gitlab(cases: Sequence[Case]) -> str:
    """GitLab's code quality report: an issue for each case that did not pass.

    Tokens have no file and no line, so the issues stand at what holds the limits.
    """
    issues = [
        {
            "description": case.text,
            "check_name": f"usagectl.{case.subject}",
            # By what is the same in every run GitLab knows what is new.
            "fingerprint": hashlib.sha256(json.dumps(case.identity).encode()).hexdigest(),
            "severity": _SEVERITIES[case.status],
            "location": {"path": "usagectl.yaml", "lines": {"begin": 1}},
        }
        for case in cases
        if case.status in _SEVERITIES
    ]
    return json_text(json.dumps(issues, indent=2))


def annotations(cases: Sequence[Case], notices: Sequence[Notice]) -> Iterator[str]:
    """Workflow commands for GitHub, in the order of the cases."""
    shown = {"error": 0, "warning": 0}
    for case in cases:
        kind = _ANNOTATED.get(case.status)
        if kind and shown[kind] < _MOST:
            shown[kind] += 1
            title = annotation_property(f"{case.status.value}: {case.subject}")
            yield f"::{kind} title={title}::{annotation(case.text)}"
    for notice in notices:
        if shown["warning"] < _MOST:
            shown["warning"] += 1
            yield f"::warning title={annotation_property(notice.code)}::{annotation(notice.text)}"
