"""`usagectl regress --self-test`: what became of each gate, those that are dead first."""

from collections.abc import Sequence

from usagectl.gates.observations import Group
from usagectl.gates.self_test import GateTest
from usagectl.model.wording import plural
from usagectl.render.document import Document, Finding, Findings, Line, Section, Span, Tone
from usagectl.render.words import regress_words, values
from usagectl.reports.regress import Chosen

_NAMED = 3


def page(tests: Sequence[GateTest], base: Chosen) -> Document:
    """The outcome, then a finding for each gate."""
    dead = [test for test in tests if not test.works]
    outcome = Span("FAILED", Tone.FAILED) if dead else Span("PASSED", Tone.PASSED)
    count = len(tests) - len(dead)
    said = f"  {count:,} of {len(tests):,} gates are silent at their limit and fire beyond it"
    of = [
        Span("base  ", Tone.QUIET),
        Span(values.name(" ".join(base.operands)), Tone.NAME),
        Span(f"  {base.why}" if base.why else "", Tone.QUIET),
    ]
    found = [
        Finding(values.name(test.gate), "", [_said(test)], Tone.QUIET if test.works else Tone.BAD)
        for test in sorted(tests, key=lambda test: test.works)
    ]
    return Document(
        Span("Self-test of the gates", outcome.tone),
        [Section([Line([outcome, Span(said)]), Line(of)]), Section([Findings(found)])],
    )


def _said(test: GateTest) -> str:
    if test.always:
        return test.problem or "always checked: a run that has it does not pass"
    parts = [test.problem] if test.problem else []
    if test.fired:
        parts.append(f"fires one unit beyond its limit in {test.fired:,} of {_places(test.places)}")
    if test.far:
        parts.append(f"only warns until far beyond it in {test.far:,}, for lack of samples")
    if test.unsure:
        parts.append(
            f"cannot tell within 1 % of its limit in {_named(test.unsure)}: save the baseline by"
            " these keys"
        )
    if test.never and test.works:
        parts.append(f"never in {_named(test.never)}: below the floor, or no such limit")
    if test.noisy:
        parts.append(f"it is not silent in {_named(test.noisy)}")
    return "; ".join(parts)


def _places(count: int) -> str:
    return f"{count:,} place{plural(count)}"


def _named(groups: Sequence[Group | None]) -> str:
    names = [
        regress_words.WHOLE if group is None else ", ".join(values.name(part) for part in group)
        for group in groups[:_NAMED]
    ]
    more = len(groups) - len(names)
    return ", ".join(names) + (f" and {more:,} more" if more else "")
