"""A check against gates for a job summary or a pull request."""

from usagectl.model.escaping import markdown as escaped
from usagectl.model.names import GateStatus
from usagectl.render.markdown import notes
from usagectl.render.words import regress_words, values
from usagectl.reports.regress import Finding, RegressReport

_MARKS = {0: "🟢", 1: "🔴", 3: "🟡"}
_OPEN = (GateStatus.BROKEN, GateStatus.UNKNOWN)
_MOST = 50


def document(report: RegressReport) -> str:
    """The outcome, what broke and why, the rest folded in, and how to see it again."""
    code = report.checked.exit_code
    base, new = (
        escaped(values.name(" ".join(side.operands))) for side in (report.base, report.new)
    )
    parts = [
        f"## {_MARKS[code]} Token regressions: {regress_words.outcome(report).lower()}",
        f"{new} against {base}: {escaped(regress_words.headline(report))}",
    ]
    if swapped := regress_words.swapped(report):
        parts.append(f"**{escaped(swapped)}**")
    if not code:
        parts.append(escaped(regress_words.changes(report)))
    for status, title in regress_words.TITLES.items():
        findings = report.of(status)
        if not findings:
            continue
        body = "\n".join(_item(finding, report) for finding in findings[:_MOST])
        if len(findings) > _MOST:
            body += f"\n- … {len(findings) - _MOST:,} more"
        heading = f"{title} ({len(findings):,})"
        if status in _OPEN:
            parts.append(f"### {heading}\n\n{body}")
        else:
            parts.append(f"<details><summary>{heading}</summary>\n\n{body}\n\n</details>")
    if code:
        commands = "\n".join(
            line.replace("```", "'''")
            for line in map(regress_words.command, (report.command, report.diff))
        )
        parts.append(f"To see it again:\n\n```sh\n{commands}\n```")
    parts += notes(notice.text for notice in report.notices)
    return "\n\n".join(parts)


def _item(finding: Finding, report: RegressReport) -> str:
    verdict = finding.verdict
    cause = regress_words.cause(finding, report.keys)
    said = [
        escaped(regress_words.statement(verdict)),
        escaped(regress_words.limit(verdict)),
        escaped(values.name(verdict.detail)),
        escaped(cause),
    ]
    return f"- **{escaped(regress_words.group(verdict))}** " + "; ".join(t for t in said if t)
