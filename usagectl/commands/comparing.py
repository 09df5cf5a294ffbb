"""The two sides of a comparison, from what a user named."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from usagectl.names import Key

if TYPE_CHECKING:
    from usagectl.costs import Wanted
    from usagectl.sides import Side

_SIDES = 2

Filtered = tuple[Sequence[str] | None, str | None, str | None]
"""`--where`, `--since` and `--until`."""


def sides_of(
    operands: Sequence[str],
    keys: Sequence[Key],
    timezone: str | None,
    filtered: Filtered,
    wanted: "Wanted",
) -> "tuple[Side, Side, str]":
    """Load and add up both sides; also the time zone.

    Args:
        operands: What the user named; those of one label are one side.
        keys: What makes a group.
        timezone: The zone that the user asked for.
        filtered: Which calls to look at.
        wanted: How to price them.

    Raises:
        WrongUsageError: These are not two sides.
    """
    from usagectl import filters
    from usagectl.commands.loading import load
    from usagectl.machines import machines_of
    from usagectl.priced_calls import priced
    from usagectl.pricing.chain import Chain
    from usagectl.sides import side_of, without_empty_runs

    chain = Chain(wanted.tables)
    sides = []
    for name, runs in _grouped(operands):
        usage = without_empty_runs(load(runs, timezone))
        chosen = filters.parse(*filtered, usage.zone)
        kept = usage._replace(calls=filters.apply(usage.calls, chosen, usage.zone))
        kept, _ = priced(kept, wanted, chain)
        label = name or " + ".join(usage.runs)
        side = side_of(kept, keys, label, machines_of(usage))
        if wanted.at is not None:
            side = side._replace(priced=(wanted.at.date(), wanted.at.date()))
        sides.append(side)
        zone = usage.zone
    base, new = sides
    if base.name == new.name and len({*operands}) == len(operands) == _SIDES:
        # Two runs of one name: what the user wrote tells them apart.
        base, new = (s._replace(name=o) for s, o in zip((base, new), operands, strict=True))
    return base, new, zone


def _grouped(operands: Sequence[str]) -> list[tuple[str | None, list[str]]]:
    """The operands of each side, and its label where it has one."""
    from usagectl.config import find_config
    from usagectl.exceptions import WrongUsageError
    from usagectl.operands import STANDARD_INPUT, split_label

    root = find_config().runs
    if sum(split_label(operand)[1] == STANDARD_INPUT for operand in operands) > 1:
        raise WrongUsageError("standard input (-) can be read only once")
    sides: dict[str, tuple[str | None, list[str]]] = {}
    for i, operand in enumerate(operands):
        label, _ = split_label(operand, root)
        sides.setdefault(label or f"\0{i}", (label, []))[1].append(operand)
    if len(sides) != _SIDES:
        raise WrongUsageError(
            f"a comparison has two sides, these are {len(sides)}: write BASE NEW, or"
            " base=RUN base=RUN new=RUN for several runs a side"
        )
    return list(sides.values())
