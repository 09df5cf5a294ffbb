"""The figures of all calls, one under the other, each with what it rests on."""

from collections.abc import Iterable, Mapping
from typing import Any

from rich.text import Text

from usagectl.names import Metric
from usagectl.render import text_cost, values
from usagectl.render.columns import COLUMNS
from usagectl.render.lines import MIN_TEXT, Lines
from usagectl.render.wrapping import wrapped
from usagectl.report import SummaryReport
from usagectl.wording import plural

_RESTS_ON = {column.metric: column.rests_on for column in COLUMNS if column.rests_on}


def headline(report: SummaryReport, columns: int) -> Lines:
    """How much was consumed, for a terminal of so many columns."""
    facts = list(_facts(report, report.totals))
    width = max(len(figure) for figure, _ in facts)
    out = []
    for figure, what in facts:
        first, *others = wrapped(what, max(columns - width - 4, MIN_TEXT))
        out.append(Text.assemble((f" {figure:>{width}}", "bold"), f"   {first}"))
        out += [Text(" " * (width + 4) + other) for other in others]
    return out


def _facts(report: SummaryReport, totals: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    calls = totals[Metric.CALLS]
    yield values.count(calls), _of_calls(report, totals)
    if not calls:
        return
    if totals[Metric.FAILED] or totals[Metric.CANCELLED]:
        yield values.count(totals[Metric.FAILED]), _of_failures(totals)
    yield (
        values.count(totals[Metric.INPUT_TOKENS]),
        "input tokens"
        + _coverage(totals, Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_READ_TOKENS, "read from cache", Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_WRITE_TOKENS, "written to cache", Metric.INPUT_CALLS),
    )
    yield (
        values.count(totals[Metric.OUTPUT_TOKENS]),
        "output tokens"
        + _coverage(totals, Metric.OUTPUT_CALLS)
        + _part(totals, Metric.REASONING_TOKENS, "reasoning", Metric.OUTPUT_CALLS),
    )
    yield (
        values.rate(totals[Metric.TOKENS_PER_SECOND]),
        "output tokens per second" + _coverage(totals, Metric.TOKENS_PER_SECOND_CALLS),
    )
    yield values.seconds(totals[Metric.DURATION_SECONDS]), _of_time(totals)
    yield from text_cost.facts(report)


def _of_calls(report: SummaryReport, totals: Mapping[str, Any]) -> str:
    text = f"call{plural(totals[Metric.CALLS])}"
    if report.merged and not report.filtered:
        text += f" out of {report.records:,} records ({report.merged:,} merged)"
    without = totals[Metric.CALLS_WITHOUT_USAGE]
    if without:
        text += f", {without:,} without known tokens"
    return text


def _of_failures(totals: Mapping[str, Any]) -> str:
    text = f"failed ({values.percent(totals[Metric.FAILURE_RATE])})"
    if totals[Metric.BILLED_FAILURES]:
        text += f", {totals[Metric.BILLED_FAILURES]:,} of them billed"
    lost = []
    if totals[Metric.FAILED_TOKENS]:
        lost.append(f"{totals[Metric.FAILED_TOKENS]:,} tokens")
    if totals[Metric.FAILED_SECONDS]:
        lost.append(values.seconds(totals[Metric.FAILED_SECONDS]))
    if lost:
        text += f"; lost: {', '.join(lost)}"
    if totals[Metric.CANCELLED]:
        text += f", {totals[Metric.CANCELLED]:,} cancelled"
    return text


def _of_time(totals: Mapping[str, Any]) -> str:
    text = "time in calls"
    if totals[Metric.DURATION_P50_SECONDS] is not None:
        text += (
            f"; p50 {values.seconds(totals[Metric.DURATION_P50_SECONDS])},"
            f" p95 {values.seconds(totals[Metric.DURATION_P95_SECONDS])}"
        )
    return text + _coverage(totals, Metric.DURATION_CALLS)


def _part(totals: Mapping[str, Any], part: Metric, words: str, of: Metric) -> str:
    """A part of the tokens, and of how many calls it is known where that is another number."""
    if not totals[part]:
        return ""
    known = totals[_RESTS_ON[part]]
    return f", {totals[part]:,} {words}" + ("" if known == totals[of] else f" in {known:,} calls")


def _coverage(totals: Mapping[str, Any], rests_on: Metric) -> str:
    known, calls = totals[rests_on], totals[Metric.CALLS]
    if known == calls:
        return ""
    return f" (known of {known:,} of {calls:,} calls)"
