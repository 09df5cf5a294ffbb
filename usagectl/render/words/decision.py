"""What a comparison comes to: one sentence, of which every figure stands in the tables below it."""

from collections.abc import Iterator
from typing import Any

from usagectl.model.names import Measure, Presence, Verdict
from usagectl.model.wording import plural
from usagectl.render.words import diff_words, values
from usagectl.render.words.diff_words import WORDS, count
from usagectl.reports.diff import DiffReport, Explained

Row = dict[str, Any]

_JUDGED = (Verdict.BETTER, Verdict.WORSE)
_BESIDE = (Measure.COST_USD, Measure.DURATION_SECONDS, Measure.TOKENS_PER_SECOND)
_OPEN = (Verdict.NOISE, Verdict.TOO_FEW)
_MANY = 0.5
_LEADS = 0.5


def sentence(report: DiffReport) -> str:
    """What changed and whether it is better or worse, as far as that can be told."""
    rows = {Measure(row["measure"]): row for row in report.totals}
    failures = list(_failures(report, rows[Measure.FAILURE_RATE]))
    quiet = {row["verdict"] for row in rows.values()} <= {Verdict.SAME, *_OPEN}
    if quiet:
        return "; ".join([_no_difference(report), *failures])
    lead = report.why[0]
    amounts = [*_lead(report, lead), *_beside(rows, lead.measure), *_nothing_in_common(report)]
    grave = (rows[Measure.FAILURE_RATE]["new"] or 0) >= _MANY
    return "; ".join([*failures, *amounts] if grave else [*amounts, *failures])


def _no_difference(report: DiffReport) -> str:
    if any(notice.code == "same-calls" for notice in report.notices):
        return "no difference: both sides hold the same calls"
    verdicts = {row["verdict"] for row in report.totals}
    if verdicts == {Verdict.SAME}:
        return "no difference in any total"
    few = Verdict.TOO_FEW in verdicts
    return "no difference beyond noise" + (", as far as so few samples can tell" if few else "")


def _failures(report: DiffReport, row: Row) -> Iterator[str]:
    """How many calls failed, where any did or their share changed."""
    base, new = report.outcomes
    several = any(len(side.runs) > 1 for side in (report.base, report.new))
    calls = f"call{plural(1 if new.calls == 1 else 2)}" + (" a run" if several else "")
    every = f"all {count(new.calls)} {calls} failed"
    if row["verdict"] == Verdict.SAME:
        if new.failed == new.calls and base.calls == new.calls:
            yield f"{every}, as before"
        elif row["new"]:
            yield f"{values.percent(row['new'])} of calls failed, as before"
    elif row["base"] is not None and row["new"] is not None:
        of = "" if new.calls == base.calls else f" of {count(base.calls)}"
        before = f"{count(base.failed) if base.failed else 'none'}{of} before"
        if new.failed == new.calls:
            yield f"{every}, {before}"
        elif not new.failed:
            yield f"no call failed, {before}"
        else:
            yield f"{count(new.failed)} of {count(new.calls)} {calls} failed, {before}"


def _lead(report: DiffReport, lead: Explained) -> Iterator[str]:
    """The measure that is looked at, and the group that moved it."""
    row, noun, is_ = lead.total, _NOUNS[lead.measure], _IS[lead.measure]
    verdict = Verdict(row["verdict"])
    if lead.measure is Measure.FAILURE_RATE:
        return
    said = {
        Verdict.UNKNOWN: f"{noun} {is_} unknown on both sides",
        Verdict.NOT_COMPARABLE: f"{noun} cannot be compared{_coverage(row)}",
        Verdict.SAME: f"the same {noun}",
        Verdict.NOISE: f"{noun} no more than noise apart",
    }.get(verdict)
    if said is not None:
        yield said
        return
    amount = _amount(row)
    if verdict is Verdict.TOO_FEW:
        yield f"{amount}, of too few samples to tell from noise"
    elif verdict is Verdict.LESS_WORK:
        yield f"less work: {_less(report)}, so {amount} {is_} no gain"
    elif verdict is Verdict.MORE_WORK:
        base, new = (count(side.ok) for side in report.outcomes)
        yield f"more work: {new} successful calls instead of {base}, with {amount}"
    else:
        yield amount + _leader(report, lead)


def _less(report: DiffReport) -> str:
    base, new = report.outcomes
    if new.ok < base.ok:
        return f"{count(new.ok)} successful calls instead of {count(base.ok)}"
    gone = report.presences[Presence.GONE]
    keys = " and ".join(report.keys)
    if gone:
        return f"{gone:,} {keys}{plural(gone)} gone"
    return f"another mix of calls by {keys}"


def _coverage(row: Row) -> str:
    """Of how many calls a figure is known, where that is why it cannot be compared."""
    base, new = ((row[f"{side}_known"] or 0, row[f"{side}_calls"]) for side in ("base", "new"))
    if base[0] == base[1] and new[0] == new[1]:
        return ""
    of_base = "" if base[1] == new[1] else f" of {base[1]:,}"
    return f" (known of {new[0]:,} of {new[1]:,} calls, {base[0]:,}{of_base} before)"


def _leader(report: DiffReport, lead: Explained) -> str:
    """The group that alone makes at least half of a change of several groups."""
    group, total = lead.leader, lead.total["change"]
    if not report.presences[Presence.BOTH] or group is None or lead.moved <= 1:
        return ""
    if abs(group["change"]) < _LEADS * abs(total):
        return ""
    shown = WORDS[lead.measure].shown
    name = ", ".join(values.name(group[key]) for key in report.keys)
    alone = "" if group["presence"] == Presence.BOTH else f" ({group['presence']})"
    if abs(group["change"]) > abs(total):
        return f": {name}{alone} alone has {diff_words.signed(group['change'], lead.measure)}"
    return (
        f": {name}{alone} alone accounts for {shown(abs(group['change']))} of {shown(abs(total))}"
    )


def _beside(rows: dict[Measure, Row], lead: Measure) -> Iterator[str]:
    """The first of the other figures that people pay with, if it can be judged."""
    for measure in _BESIDE:
        row = rows.get(measure)
        if measure is not lead and row is not None and row["verdict"] in _JUDGED:
            yield _amount(row)
            return


def _nothing_in_common(report: DiffReport) -> Iterator[str]:
    if not report.presences[Presence.BOTH]:
        keys = " and ".join(report.keys)
        yield f"no {keys} is on both sides, so totals alone are compared"


def _amount(row: Row) -> str:
    """By how much a figure rose or fell, such as `50.7% more tokens`."""
    measure = Measure(row["measure"])
    change = row["change"]
    if WORDS[measure].points:
        return f"{diff_words.signed(change, measure)} {_NOUNS[measure]}"
    percent = diff_words.percent(row).lstrip("+-")
    size = percent if percent not in ("", "0.0%") else WORDS[measure].shown(abs(change))
    return f"{size} {_MORE[measure][change < 0]} {_NOUNS[measure]}"


_NOUNS = {
    Measure.CALLS: "calls",
    Measure.FAILURE_RATE: "failed calls",
    Measure.INPUT_TOKENS: "input tokens",
    Measure.CACHE_SHARE: "of input read from cache",
    Measure.OUTPUT_TOKENS: "output tokens",
    Measure.TOTAL_TOKENS: "tokens",
    Measure.TOKENS_PER_SECOND: "tokens per second",
    Measure.DURATION_SECONDS: "time in calls",
    Measure.COST_USD: "cost",
}
_ONE = (Measure.DURATION_SECONDS, Measure.COST_USD, Measure.CACHE_SHARE)
_MORE = {measure: ("more", "less" if measure in _ONE else "fewer") for measure in Measure}
_IS = {measure: "is" if measure in _ONE else "are" for measure in Measure}
