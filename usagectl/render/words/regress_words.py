"""The verdict of a gate in words and figures, for every format that people read."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from usagectl.gates.coverage import ADDED, BUILT_IN, MISSING, UNREAD
from usagectl.gates.operand_doubts import SWAPPED
from usagectl.gates.verdict import GateVerdict
from usagectl.model.names import GateStatus, Key, Measure
from usagectl.model.wording import plural
from usagectl.render.words import values, why
from usagectl.render.words.diff_words import WORDS, count
from usagectl.reports.regress import Finding, RegressReport

TITLES = {
    GateStatus.BROKEN: "Broken",
    GateStatus.UNKNOWN: "Cannot be told",
    GateStatus.WARNED: "Warnings",
    GateStatus.ACKNOWLEDGED: "Acknowledged",
    GateStatus.BELOW_FLOOR: "Beyond the limit, but below the floor",
    GateStatus.SKIPPED: "Unknown on both sides",
}
_OF_ONE_SIDE = (MISSING, ADDED, UNREAD)
WHOLE = "the whole run"
_NO_ANSWER = 3
_OUTCOMES = {0: "PASSED", 1: "FAILED", 3: "NO ANSWER"}
_LARGE, _SMALL = 10, 0.01


def outcome(report: RegressReport) -> str:
    """The first word: whether it passed."""
    return _OUTCOMES[report.checked.exit_code]


def headline(report: RegressReport) -> str:
    """What was found, in one line; first why the run as a whole does not pass."""
    why_not = _reason(report)
    return f"{why_not}; {_counts(report)}" if why_not else _counts(report)


def _reason(report: RegressReport) -> str:
    checked = report.checked
    stopped = [*checked.of(GateStatus.BROKEN), *checked.of(GateStatus.UNKNOWN)]
    always = [v for v in stopped if v.gate in BUILT_IN]
    worst = list(GateStatus)
    ordered = sorted(
        always,
        key=lambda v: (worst.index(v.status), v.group is not None, BUILT_IN.index(v.gate)),
    )
    if checked.exit_code != _NO_ANSWER:
        ordered = [v for v in ordered if v.group is None]
    elif not ordered:
        ordered = stopped
    if not ordered:
        return ""
    verdict = ordered[0]
    where = "" if verdict.group is None else f"{group(verdict)}: "
    less = "less work, " if verdict.subject.successful else ""
    more = "more calls " if verdict.metric == Measure.FAILURE_RATE else ""
    return f"{where}{less}{more}{statement(verdict)}"


def changes(report: RegressReport) -> str:
    """What changed in the totals, in one line."""
    said = []
    for change in report.changes:
        title, shown = _TOTALS[change.name]
        base, new = shown(change.base), shown(change.new)
        said.append(f"{title} {new} =" if change.base == change.new else f"{title} {base}→{new}")
    return ", ".join(said)


_TOTALS: Mapping[str, tuple[str, Callable[[float | None], str]]] = {
    Measure.CALLS: ("calls", count),
    "failed": ("failed", count),
    Measure.TOTAL_TOKENS: ("tokens", count),
    Measure.COST_USD: ("cost", values.usd),
    Measure.DURATION_SECONDS: ("time", values.seconds),
}


def swapped(report: RegressReport) -> str:
    """That the sides may be named the wrong way round; nothing where they are not."""
    return " ".join(n.text for n in report.checked.notices if n.code == SWAPPED)


def _counts(report: RegressReport) -> str:
    counts = {status: len(report.checked.of(status)) for status in GateStatus}
    said = [
        f"{counts[status]:,} {text}"
        for status, text in _COUNTED.items()
        if counts[status] or status is GateStatus.PASSED
    ]
    return ", ".join(said)


_COUNTED = {
    GateStatus.BROKEN: "broken",
    GateStatus.UNKNOWN: "cannot be told",
    GateStatus.WARNED: "warned",
    GateStatus.ACKNOWLEDGED: "acknowledged",
    GateStatus.BELOW_FLOOR: "below the floor",
    GateStatus.SKIPPED: "unknown on both sides",
    GateStatus.PASSED: "passed",
}


def group(verdict: GateVerdict) -> str:
    """The name of the group."""
    if verdict.group is None:
        return WHOLE
    return ", ".join(values.name(part) for part in verdict.group)


def metric(verdict: GateVerdict) -> str:
    """The name of the metric, as people say it."""
    subject = verdict.subject
    if subject.failure is not None or subject.coverage:
        return values.name(verdict.metric)
    if subject.successful:
        return "successful calls"
    title = WORDS[subject.measure or Measure.CALLS].title
    return f"p{subject.percentile} of {title}" if subject.percentile is not None else title


def statement(verdict: GateVerdict) -> str:
    """What happened: by how much, from what to what."""
    if verdict.metric in _OF_ONE_SIDE:
        return _of_one_side(verdict)
    base, new, _ = _figures(verdict)
    name = metric(verdict)
    if verdict.new is None:
        return f"{name} unknown, {base} in the base"
    if verdict.base is None:
        return f"{name} {new}"
    if verdict.base == verdict.new:
        return f"{name} {new}, unchanged"
    return f"{name} {_factor(verdict)}from {base} to {new}"


def _of_one_side(verdict: GateVerdict) -> str:
    if verdict.metric == MISSING:
        calls = count(_float(verdict.base))
        return f"missing, {calls} call{_s(verdict.base)} in the base"
    if verdict.metric == ADDED:
        return f"new, {count(_float(verdict.new))} call{_s(verdict.new)}"
    return f"files that were not read: {count(_float(verdict.new))}"


def limit(verdict: GateVerdict) -> str:
    """The last value that passes, and the gate that says so."""
    if verdict.metric in _OF_ONE_SIDE:
        return ""
    if verdict.limit is None:
        return f"by the gate {values.name(verdict.gate)}"
    _, _, last = _figures(verdict)
    kind = "at least" if verdict.least else "at most"
    return f"{kind} {last} by the gate {values.name(verdict.gate)}"


def cause(finding: Finding, keys: Sequence[Key]) -> str:
    """What the change comes from; nothing where it cannot be split."""
    if not finding.parts or finding.measure is None:
        return ""
    return why.reasons(finding.parts, finding.measure, keys)


def sentence(finding: Finding, keys: Sequence[Key]) -> str:
    """All of it in one line."""
    verdict = finding.verdict
    said = [statement(verdict), limit(verdict), values.name(verdict.detail), cause(finding, keys)]
    return f"{group(verdict)}: " + "; ".join(text for text in said if text)


def _figures(verdict: GateVerdict) -> tuple[str, str, str]:
    """Base, new and limit, with as many digits as tell the new value from its limit."""
    texts = tuple(_shown(verdict, v) for v in (verdict.base, verdict.new, verdict.limit))
    if texts[1] == texts[2] and verdict.new != verdict.limit:
        texts = tuple(_precise(v) for v in (verdict.base, verdict.new, verdict.limit))
    return texts[0], texts[1], texts[2]


def _shown(verdict: GateVerdict, value: Fraction | None) -> str:
    if value is None:
        return values.ABSENT
    if verdict.subject.coverage:
        return values.percent(float(value))
    if verdict.subject.measure is None:
        return count(float(value))
    return WORDS[verdict.subject.measure].shown(float(value))


def _precise(value: Fraction | None) -> str:
    return values.ABSENT if value is None else f"{float(value):,.9g}"


def _factor(verdict: GateVerdict) -> str:
    """`6.8x, `; nothing of shares, of what was 0, or where the factor is next to 1."""
    base, new = verdict.base, verdict.new
    share = verdict.subject.coverage or verdict.subject.measure in (
        Measure.FAILURE_RATE,
        Measure.CACHE_SHARE,
    )
    if not base or not new or share:
        return ""
    factor = float(new / base)
    digits = 1 if factor >= _LARGE else 2
    return f"{factor:,.{digits}f}x, " if factor >= _SMALL else ""


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _s(value: Fraction | None) -> str:
    return plural(1 if value == 1 else 2)
