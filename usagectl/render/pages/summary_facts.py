"""The figures of all calls, one under the other, each with what it rests on."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render.document import Fact, Terms, fact
from usagectl.render.pages import summary_costs
from usagectl.render.pages.metrics import COLUMNS
from usagectl.render.words import values
from usagectl.reports.summary import SummaryReport

_RESTS_ON = {column.metric: column.rests_on for column in COLUMNS if column.rests_on}


def headline(report: SummaryReport) -> Terms:
    """How much was consumed."""
    return Terms([*_facts(report, report.totals)], figures=True, indent=1)


def _facts(report: SummaryReport, totals: Mapping[str, Any]) -> Iterator[Fact]:
    calls = totals[Metric.CALLS]
    spent = list(summary_costs.spent(report)) if calls else []
    cost_first = summary_costs.any_spent(report)
    if cost_first:
        yield from spent
    yield fact(values.count, calls, _of_calls(report, totals))
    if not calls:
        return
    if totals[Metric.FAILED] or totals[Metric.CANCELLED]:
        yield fact(values.count, totals[Metric.FAILED], _of_failures(totals))
    yield from _of_tokens(totals)
    if totals[Metric.TOKENS_PER_SECOND] is not None:
        said = "output tokens per second"
        yield _known(totals, Metric.TOKENS_PER_SECOND, values.rate, said)
    yield from _of_time(report, totals)
    if not cost_first:
        yield from spent
    yield from summary_costs.beside(report)


def _of_tokens(totals: Mapping[str, Any]) -> Iterator[Fact]:
    """Input and output, unless nothing is known of either, which the line of the calls says."""
    if totals[Metric.INPUT_TOKENS] is None and totals[Metric.OUTPUT_TOKENS] is None:
        return
    parts = _part(totals, Metric.CACHE_READ_TOKENS, "read from cache", Metric.INPUT_CALLS)
    parts += _part(totals, Metric.CACHE_WRITE_TOKENS, "written to cache", Metric.INPUT_CALLS)
    yield _known(totals, Metric.INPUT_TOKENS, values.count, "input tokens", parts)
    part = _part(totals, Metric.REASONING_TOKENS, "reasoning", Metric.OUTPUT_CALLS)
    yield _known(totals, Metric.OUTPUT_TOKENS, values.count, "output tokens", part)


def _of_calls(report: SummaryReport, totals: Mapping[str, Any]) -> str:
    text = f"call{plural(totals[Metric.CALLS])}"
    for section in report.sections:
        if section.only is not None:
            word = "to" if section.keys[-1] is Key.MODEL else "of"
            text += f" {word} {values.name(section.only)}"
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
        text += f"; {totals[Metric.CANCELLED]:,} cancelled"
    return text


def _of_time(report: SummaryReport, totals: Mapping[str, Any]) -> Iterator[Fact]:
    """The time in calls beside that of the run, in which calls may overlap or wait."""
    elapsed = [run.elapsed_seconds for run in report.runs if run.elapsed_seconds]
    runs = f" of {len(elapsed)} runs" if len(elapsed) > 1 else ""
    if totals[Metric.DURATION_SECONDS] is None:
        if elapsed:
            said = f"elapsed{runs}, from the first call to the last"
            yield fact(values.seconds, sum(elapsed), said)
        return
    text = ""
    if elapsed:
        text += f", {values.seconds(sum(elapsed))} elapsed{runs}"
    if totals[Metric.DURATION_P50_SECONDS] is not None:
        text += (
            f"; p50 {values.seconds(totals[Metric.DURATION_P50_SECONDS])},"
            f" p95 {values.seconds(totals[Metric.DURATION_P95_SECONDS])}"
        )
    yield _known(totals, Metric.DURATION_SECONDS, values.seconds, "time in calls", text)


def _part(totals: Mapping[str, Any], part: Metric, words: str, of: Metric) -> str:
    """A part of the tokens, and of how many calls it is known where that is another number."""
    if not totals[part]:
        return ""
    known = totals[_RESTS_ON[part]]
    return f", {totals[part]:,} {words}" + ("" if known == totals[of] else f" in {known:,} calls")


def _known(
    totals: Mapping[str, Any], metric: Metric, form: Callable[[Any], str], said: str, more: str = ""
) -> Fact:
    """A figure with what it is of, of how many calls it is known, and more about it."""
    rests_on = _RESTS_ON[metric]
    partial = totals[rests_on] < totals[Metric.CALLS]
    said += _coverage(totals, rests_on) + more
    return fact(form, totals[metric], said, partial=partial)


def _coverage(totals: Mapping[str, Any], rests_on: Metric) -> str:
    """Of how many calls a figure is known, unless that follows from the line of the calls."""
    known, calls = totals[rests_on], totals[Metric.CALLS]
    if known in (calls, calls - totals[Metric.CALLS_WITHOUT_USAGE]):
        return ""
    return f" (known of {known:,} of {calls:,} calls)"
