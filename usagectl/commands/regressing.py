"""From the options of `usagectl regress` to what was found."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from usagectl.commands.comparing import Asked
from usagectl.model.names import Measure, NewGroups

if TYPE_CHECKING:
    from fractions import Fraction

    from usagectl.comparison.compare import Comparison
    from usagectl.config.gate import Gate
    from usagectl.gates.calibration import Calibration
    from usagectl.gates.limits import Floors
    from usagectl.gates.self_test import GateTest
    from usagectl.reports.regress import Chosen, RegressReport


_SHOWN = 40


class Flags(NamedTuple):
    """The options that say what is too much."""

    thresholds: tuple[str, ...]
    by: str
    min_tokens: int
    min_calls: int
    min_coverage: str | None
    allow_missing: bool
    new_tasks: NewGroups

    @property
    def floors(self) -> "Floors":
        """Below what a factor breaks nothing."""
        from usagectl.gates.limits import Floors

        return Floors(self.min_tokens, self.min_calls)

    def words(self) -> tuple[str, ...]:
        """The same options as words of a command, without those that are as they are by default."""
        from usagectl.gates.limits import MIN_CALLS, MIN_TOKENS

        words = [word for gate in self.thresholds for word in ("--threshold", gate)]
        given = {
            "--by": self.by if self.by != "task" else None,
            "--min-tokens": self.min_tokens if self.min_tokens != MIN_TOKENS else None,
            "--min-calls": self.min_calls if self.min_calls != MIN_CALLS else None,
            "--min-coverage": self.min_coverage,
            "--new-tasks": self.new_tasks if self.new_tasks != NewGroups.WARN else None,
        }
        for option, value in given.items():
            words += [option, str(value)] if value is not None else []
        return (*words, "--allow-missing") if self.allow_missing else tuple(words)


def gates(flags: Flags) -> "tuple[Gate, ...]":
    """The gates of `usagectl.yaml`, then those of the command line; 2x where there are none.

    Raises:
        GateSyntaxError: One of them cannot be read.
    """
    from usagectl.config.gate import amount
    from usagectl.config.gate_grammar import parse
    from usagectl.config.gate_subject import Subject
    from usagectl.config.settings import find_config
    from usagectl.gates.check import DEFAULT_GATE

    found = [*find_config().gates, *map(parse, flags.thresholds)]
    if all(gate.subject.coverage for gate in found):
        found.append(parse(DEFAULT_GATE))
    if flags.min_coverage is not None:
        share = _percentage("--min-coverage", flags.min_coverage, 100)
        subject = Subject(Measure.TOTAL_TOKENS, coverage=True)
        found.append(parse(f"coverage>={amount(subject, share, up=False)}"))
    return tuple(found)


def _percentage(option: str, text: str, most: int | None) -> "Fraction":
    from usagectl.config.gate_numbers import percentage
    from usagectl.model.exceptions import WrongUsageError

    try:
        return percentage(text, most)
    except ValueError as error:
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
        raise WrongUsageError(f"{option} {shown!r}: {error}") from None


def checked(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, flags: Flags
) -> "RegressReport":
    """Hold the new side against the base.

    Raises:
        WrongUsageError: Something is written wrongly.
        NoAnswerError: There is nothing to hold against each other.
    """
    from usagectl.commands import accepting
    from usagectl.commands.choosing import chosen
    from usagectl.commands.comparing import sides_of
    from usagectl.comparison.compare import compare_sides, require_common_groups
    from usagectl.gates.check import check
    from usagectl.reports.regress import regress_report

    base, new = chosen(operands, asked.timezone)
    _refuse_swapped(base, new)
    sides = sides_of((*base.operands, *new.operands), *asked)
    require_common_groups(*sides[:2])
    comparison = compare_sides(*sides[:2], tested=False, across_trees=False)
    if new.why:
        _refuse_the_same(base, new, comparison)
    found = check(
        comparison,
        against,
        floors=flags.floors,
        allow_missing=flags.allow_missing,
        new_groups=flags.new_tasks,
        acknowledged=accepting.acknowledged(),
    )
    return regress_report(found, comparison, base=base, new=new, flags=flags.words(), zone=sides[2])


def _refuse_swapped(base: "Chosen", new: "Chosen") -> None:
    """Refuse a run that is to be the base of a baseline.

    Raises:
        WrongUsageError: The new side is a baseline, and the base is none.
    """
    from usagectl.commands.baseline_files import find
    from usagectl.model.exceptions import WrongUsageError

    kept = [next(filter(find, side.operands), None) for side in (base, new)]
    if kept[1] and not kept[0]:
        error = WrongUsageError(f"NEW is {kept[1]}, a saved baseline: BASE comes first; type")
        error.excerpt = "  " + shlex.join(["usagectl", "regress", *new.operands, *base.operands])
        raise error


def _refuse_the_same(base: "Chosen", new: "Chosen", comparison: "Comparison") -> None:
    """Refuse to hold the newest run against itself.

    Raises:
        NoAnswerError: The base was made of it.
    """
    from usagectl.gates.operand_doubts import same_run
    from usagectl.model.exceptions import NoAnswerError

    if same_run(*comparison.sides):
        raise NoAnswerError(
            f"{new.operands[0]} is the newest run, and {base.operands[0]} was made of it: there is"
            " nothing to compare until there is another run"
        )


def tested(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, flags: Flags
) -> "tuple[tuple[GateTest, ...], Chosen]":
    """Try the gates on the base.

    Raises:
        WrongUsageError: More than a base is named.
    """
    from usagectl.commands.choosing import chosen_base
    from usagectl.commands.comparing import one_side
    from usagectl.gates.self_test import self_test
    from usagectl.pricing.chain import Chain

    base = chosen_base(operands, asked.timezone)
    side, _ = one_side(base.operands, asked, Chain(asked.wanted.tables), None)
    return self_test(side, against, flags.floors), base


def calibrated(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, margin: str
) -> "Calibration":
    """The tightest gates that none of some runs breaks.

    Raises:
        WrongUsageError: There are too few runs, or the margin is no percentage.
    """
    from usagectl.commands.comparing import one_side
    from usagectl.config.settings import find_config
    from usagectl.config.timezones import zone_of
    from usagectl.dataset.load import newest
    from usagectl.gates.calibration import calibrate
    from usagectl.inputs.operands import Names
    from usagectl.pricing.chain import Chain

    wider = _percentage("--margin", margin, None)
    chain = Chain(asked.wanted.tables)
    names = Names(find_config(), lambda paths: newest(paths, zone_of(asked.timezone)))
    runs = [run for operand in operands for run in names.named(operand)]
    sides = [
        one_side(["@".join((path, *run.part))], asked, chain, run.label)[0]
        for run in runs
        for path in run.paths
    ]
    return calibrate(sides, against, wider)
