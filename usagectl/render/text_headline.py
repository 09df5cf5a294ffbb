"""The figures of all calls, one under the other, each with what it rests on."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.text import Text

from usagectl.model.names import Key, Metric
from usagectl.model.wording import plural
from usagectl.render import text_cost
from usagectl.render.columns import COLUMNS, PARTIAL
from usagectl.render.terminal.lines import MIN_TEXT, Lines
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import values
from usagectl.reports.summary import SummaryReport

_RESTS_ON = {column.metric: column.rests_on for column in COLUMNS if column.rests_on}


def headline(report: SummaryReport, columns: int) -> Lines:
    """How much was consumed, for a terminal of so many columns."""
    facts = list(_facts(report, report.totals))
    marked = any(figure.endswith(PARTIAL) for figure, _ in facts)
    figures = [f if f.endswith(PARTIAL) or not marked else f"{f} " for f, _ in facts]
    width = max(map(len, figures))
    out = []
    for figure, (_, what) in zip(figures, facts, strict=True):
        first, *others = wrapped(what, max(columns - width - 3, MIN_TEXT))
        out.append(Text.assemble((f" {figure:>{width}}", "bold"), f"  {first}"))
        out += [Text(" " * (width + 3) + other) for other in others]
    return out


def _facts(report: SummaryReport, totals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    calls = totals[Metric.CALLS]
    spent = list(text_cost.spent(report)) if calls else []
    cost_first = text_cost.any_spent(report)
    if cost_first:
        yield from spent
    yield values.count(calls), _of_calls(report, totals)
    if not calls:
        return
    if totals[Metric.FAILED] or totals[Metric.CANCELLED]:
        yield values.count(totals[Metric.FAILED]), _of_failures(totals)
    yield from _of_tokens(totals)
    if totals[Metric.TOKENS_PER_SECOND] is not None:
        known = Metric.TOKENS_PER_SECOND_CALLS
        yield (
            _marked(values.rate(totals[Metric.TOKENS_PER_SECOND]), totals, known),
            "output tokens per second" + _coverage(totals, known),
        )
    yield from _of_time(report, totals)
    if not cost_first:
        yield from spent
    yield from text_cost.beside(report)


def _of_tokens(totals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Input and output, unless nothing is known of either, which the line of the calls says."""
    if totals[Metric.INPUT_TOKENS] is None and totals[Metric.OUTPUT_TOKENS] is None:
        return
    yield (
        _marked(values.count(totals[Metric.INPUT_TOKENS]), totals, Metric.INPUT_CALLS),
        "input tokens"
        + _coverage(totals, Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_READ_TOKENS, "read from cache", Metric.INPUT_CALLS)
        + _part(totals, Metric.CACHE_WRITE_TOKENS, "written to cache", Metric.INPUT_CALLS),
    )
    yield (
        _marked(values.count(totals[Metric.OUTPUT_TOKENS]), totals, Metric.OUTPUT_CALLS),
        "output tokens"
        + _coverage(totals, Metric.OUTPUT_CALLS)
        + _part(totals, Metric.REASONING_TOKENS, "reasoning", Metric.OUTPUT_CALLS),
    )


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


def _of_time(report: SummaryReport, totals: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The time in calls beside that of the run, in which calls may overlap or wait."""
    elapsed = [run.elapsed_seconds for run in report.runs if run.elapsed_seconds]
    runs = f" of {len(elapsed)} runs" if len(elapsed) > 1 else ""
    if totals[Metric.DURATION_SECONDS] is None:
        if elapsed:
            yield values.seconds(sum(elapsed)), f"elapsed{runs}, from the first call to the last"
        return
    text = "time in calls" + _coverage(totals, Metric.DURATION_CALLS)
    if elapsed:
        text += f", {values.seconds(sum(elapsed))} elapsed{runs}"
    if totals[Metric.DURATION_P50_SECONDS] is not None:
        text += (
            f"; p50 {values.seconds(totals[Metric.DURATION_P50_SECONDS])},"
            f" p95 {values.seconds(totals[Metric.DURATION_P95_SECONDS])}"
        )
    figure = values.seconds(totals[Metric.DURATION_SECONDS])
    yield _marked(figure, totals, Metric.DURATION_CALLS), text


def _part(totals: Mapping[str, Any], part: Metric, words: str, of: Metric) -> str:
    """A part of the tokens, and of how many calls it is known where that is another number."""
    if not totals[part]:
        return ""
    known = totals[_RESTS_ON[part]]
    return f", {totals[part]:,} {words}" + ("" if known == totals[of] else f" in {known:,} calls")


def _marked(figure: str, totals: Mapping[str, Any], rests_on: Metric) -> str:
    partial = figure != values.ABSENT and totals[rests_on] < totals[Metric.CALLS]
    return figure + (PARTIAL if partial else "")


def _coverage(totals: Mapping[str, Any], rests_on: Metric) -> str:
    """Of how many calls a figure is known, unless that follows from the line of the calls."""
    known, calls = totals[rests_on], totals[Metric.CALLS]
    if known in (calls, calls - totals[Metric.CALLS_WITHOUT_USAGE]):
        return ""
    return f" (known of {known:,} of {calls:,} calls)"
