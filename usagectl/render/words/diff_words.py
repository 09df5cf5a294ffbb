"""A change in words and figures, for every format that people read."""

from collections.abc import Callable
from typing import Any, NamedTuple

from usagectl.model.names import Measure, Verdict
from usagectl.model.wording import plural
from usagectl.render.document import PARTIAL, Span, Tone
from usagectl.render.words import values
from usagectl.reports.diff import Explained

_P_DIGITS = 0.001


class Words(NamedTuple):
    """How a measure is named and its values are written; `points` is for shares."""

    title: str
    shown: Callable[[float | None], str]
    points: bool = False


def count(value: float | None) -> str:
    """A number of calls or tokens, which may be a mean of runs."""
    if value is None:
        return values.ABSENT
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


WORDS = {
    Measure.CALLS: Words("calls", count),
    Measure.FAILURE_RATE: Words("failed", values.percent, points=True),
    Measure.INPUT_TOKENS: Words("input tokens", count),
    Measure.CACHE_SHARE: Words("read from cache", values.percent, points=True),
    Measure.OUTPUT_TOKENS: Words("output tokens", count),
    Measure.TOTAL_TOKENS: Words("total tokens", count),
    Measure.TOKENS_PER_SECOND: Words("tokens per second", values.rate),
    Measure.DURATION_SECONDS: Words("time in calls", values.seconds),
    Measure.COST_USD: Words("cost", values.usd),
}


def figure(row: dict[str, Any], side: str) -> Span:
    """A side's value, marked where it does not rest on all calls."""
    value = row[side]
    text = WORDS[Measure(row["measure"])].shown(value)
    partial = value is not None and row[f"{side}_known"] < row[f"{side}_calls"]
    return Span(text, value=value, mark=PARTIAL if partial else "")


def change(row: dict[str, Any]) -> str:
    """By how much it changed, with its sign; `=` where it did not."""
    if row["verdict"] == Verdict.SAME:
        return "="
    return signed(row["change"], Measure(row["measure"]))


def signed(value: float | None, measure: Measure) -> str:
    """An amount with its sign; shares in points."""
    if value is None:
        return values.ABSENT
    words = WORDS[measure]
    if words.points:
        return f"{value * 100:+.1f} pts"
    size = words.shown(abs(value))
    return size if not value else ("+" if value > 0 else "-") + size


def percent(row: dict[str, Any]) -> str:
    """The change in percent of the base; nothing where there is no change or no base."""
    value = row["relative"]
    if not value or WORDS[Measure(row["measure"])].points:
        return ""
    return f"{value * 100:+,.1f}%"


def verdict(row: dict[str, Any]) -> str:
    """Better, worse or why that cannot be said."""
    found = Verdict(row["verdict"])
    if found is Verdict.SAME and failing(row):
        return "as bad"
    return SHORT.get(found, found.value)


def failing(row: dict[str, Any]) -> bool:
    """Whether calls failed on the new side, where the row is of failures."""
    return row["measure"] == Measure.FAILURE_RATE and bool(row["new"])


SHORT = {
    Verdict.NOISE: "~",
    Verdict.TOO_FEW: "too few",
    Verdict.NOT_COMPARABLE: "no verdict",
    Verdict.LESS_WORK: "less work",
    Verdict.MORE_WORK: "more work",
}
LEGEND = {
    "~": "no more than noise",
    "too few": "too few samples to tell a change from noise",
    "no verdict": "unknown usage or missing groups make a side look smaller than it is",
    "less work": "fewer successful calls, so what fell is no better",
    "more work": "mostly more successful calls, so what rose is no worse",
}


def evidence(row: dict[str, Any]) -> str:
    """The p-value and how many samples, where there was something to test."""
    if row["p_corrected"] is None or row["verdict"] not in _TESTED or row["counted"]:
        return ""
    p = row["p_corrected"]
    shown = f"p={p:.3f}" if p >= _P_DIGITS else "p<0.001"
    base, new = row["base_n"], row["new_n"]
    return f"{shown}, n={base:,}" + ("" if base == new else f"+{new:,}")


def folded(explained: Explained, more: str) -> list[str]:
    """How many groups are not shown, and why; `more` is said of those beyond the number to show."""
    kinds = [
        (explained.hidden, more),
        (explained.small, f"smaller change{plural(explained.small.groups)}"),
        (explained.noise, "no more than noise"),
        (explained.unchanged, "unchanged"),
    ]
    return [
        f"{groups.groups:,} {kind}"
        + (f" ({signed(groups.change, explained.measure)} together)" if groups.change else "")
        for groups, kind in kinds
        if groups.groups
    ]


_TESTED = (Verdict.BETTER, Verdict.WORSE, Verdict.NOISE, Verdict.TOO_FEW)


def tone(row: dict[str, Any]) -> Tone:
    """What a verdict is to a reader."""
    if row["verdict"] == Verdict.SAME and failing(row):
        return Tone.BAD
    if row["verdict"] in (Verdict.LESS_WORK, Verdict.MORE_WORK):
        return Tone.DOUBT
    return {Verdict.WORSE: Tone.BAD, Verdict.BETTER: Tone.GOOD}.get(row["verdict"], Tone.QUIET)
