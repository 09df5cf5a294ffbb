"""The page of `usagectl regress --self-test` for a terminal or a log."""

from collections.abc import Sequence

from rich.text import Text

from usagectl.gates.observations import Group
from usagectl.gates.self_test import GateTest
from usagectl.model.wording import plural
from usagectl.render.terminal.lines import MIN_TEXT, Lines
from usagectl.render.terminal.wrapping import wrapped
from usagectl.render.words import regress_words, values
from usagectl.reports.regress import Chosen

_NAMED = 3


def page(tests: Sequence[GateTest], base: Chosen, width: int) -> Lines:
    """The outcome, then what became of each gate, those that are dead first."""
    dead = [test for test in tests if not test.works]
    word, style = ("FAILED", "bold red") if dead else ("PASSED", "bold green")
    count = len(tests) - len(dead)
    said = f"{count:,} of {len(tests):,} gates are silent at their limit and fire beyond it"
    out = [
        Text.assemble((word, style), f"  {said}"),
        Text.assemble(
            ("base  ", "dim"),
            (values.name(" ".join(base.operands)), "bold cyan"),
            (f"  {base.why}" if base.why else "", "dim"),
        ),
        Text(),
    ]
    for test in [*dead, *(test for test in tests if test.works)]:
        out.append(Text.assemble("  ", (values.name(test.gate), "bold")))
        lines = wrapped(_said(test), max(width - 6, MIN_TEXT))
        style = "dim" if test.works else "red"
        out += [Text("      " + line, style=style) for line in lines]
    return out


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
