"""From the options of `usagectl regress` to what was found."""

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from usagectl.commands import accepting
from usagectl.commands.baseline_files import find
from usagectl.commands.choosing import chosen, chosen_base
from usagectl.commands.comparing import Asked, one_side, sides_of
from usagectl.commands.thresholds import Thresholds, percentage
from usagectl.model.exceptions import NoAnswerError, WrongUsageError

if TYPE_CHECKING:
    from usagectl.comparison.compare import Comparison
    from usagectl.config.gate import Gate
    from usagectl.gates.calibration import Calibration
    from usagectl.gates.limits import Floors
    from usagectl.gates.self_test import GateTest
    from usagectl.reports.regress import Chosen, RegressReport


def checked(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, flags: Thresholds
) -> "RegressReport":
    """Hold the new side against the base.

    Raises:
        WrongUsageError: Something is written wrongly.
        NoAnswerError: There is nothing to hold against each other.
    """
    from usagectl.comparison.compare import compare_sides, require_common_groups
    from usagectl.gates.check import check
    from usagectl.reports.regress import regress_report

    base, new = chosen(operands, asked.reading.timezone)
    _refuse_swapped(base, new)
    *sides, zone = sides_of((*base.operands, *new.operands), asked)
    require_common_groups(*sides)
    comparison = compare_sides(*sides, tested=False, across_trees=False)
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
    return regress_report(found, comparison, base=base, new=new, flags=flags.words(), zone=zone)


def _refuse_swapped(base: "Chosen", new: "Chosen") -> None:
    """Refuse a run that is to be the base of a baseline.

    Raises:
        WrongUsageError: The new side is a baseline, and the base is none.
    """
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

    if same_run(*comparison.sides):
        raise NoAnswerError(
            f"{new.operands[0]} is the newest run, and {base.operands[0]} was made of it: there is"
            " nothing to compare until there is another run"
        )


def tested(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, floors: "Floors"
) -> "tuple[tuple[GateTest, ...], Chosen]":
    """Try the gates on the base.

    Raises:
        WrongUsageError: More than a base is named.
    """
    from usagectl.gates.self_test import self_test
    from usagectl.pricing.chain import Chain

    base = chosen_base(operands, asked.reading.timezone)
    side, _ = one_side(base.operands, asked, Chain(asked.wanted.tables), None)
    return self_test(side, against, floors), base


def calibrated(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, margin: str
) -> "Calibration":
    """The tightest gates that none of some runs breaks.

    Raises:
        WrongUsageError: There are too few runs, or the margin is no percentage.
    """
    from usagectl.config.settings import find_config
    from usagectl.config.timezones import zone_of
    from usagectl.dataset.load import newest
    from usagectl.gates.calibration import calibrate
    from usagectl.inputs.operands import Names
    from usagectl.pricing.chain import Chain

    wider = percentage("--margin", margin, None)
    chain = Chain(asked.wanted.tables)
    names = Names(find_config(), lambda paths: newest(paths, zone_of(asked.reading.timezone)))
    runs = [run for operand in operands for run in names.named(operand)]
    sides = [
        one_side(["@".join((path, *run.part))], asked, chain, run.label)[0]
        for run in runs
        for path in run.paths
    ]
    return calibrate(sides, against, wider)
