"""The sides of a comparison, from what a user named: runs, or baselines that were saved."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from usagectl.commands.baseline_files import find, read
from usagectl.commands.options import Filters
from usagectl.commands.reading import Reading
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key

if TYPE_CHECKING:
    from usagectl.aggregation.side import Side
    from usagectl.pricing.chain import Chain
    from usagectl.pricing.requests import Wanted

_SIDES = 2


class Asked(NamedTuple):
    """How to add runs up: what makes a group, how to read and to price them, and which calls."""

    keys: Sequence[Key]
    reading: Reading
    wanted: "Wanted"
    filters: Filters = Filters()


def sides_of(operands: Sequence[str], asked: Asked) -> "tuple[Side, Side, str]":
    """Load and add up both sides, of which each is the operands of a label; also the time zone.

    Raises:
        WrongUsageError: These are not two sides.
    """
    from usagectl.pricing.chain import Chain

    chain = Chain(asked.wanted.tables)
    grouped = _grouped(operands)
    (base, _), (new, zone) = (one_side(runs, asked, chain, name) for name, runs in grouped)
    if base.name == new.name and len({*operands}) == len(operands) == _SIDES:
        # Two runs of one name: what the user wrote tells them apart.
        base, new = (s._replace(name=o) for s, o in zip((base, new), operands, strict=True))
    return base, new, zone


def one_side(
    operands: Sequence[str], asked: Asked, chain: "Chain", name: str | None
) -> "tuple[Side, str]":
    """Load and add up one side; also the time zone.

    Raises:
        WrongUsageError: A baseline is among several runs, or a part of it is asked for.
    """
    from usagectl.aggregation.side import side_of, without_empty_runs
    from usagectl.commands.loading import load
    from usagectl.config.settings import find_config
    from usagectl.config.timezones import zone_of
    from usagectl.dataset.machines import machines_of
    from usagectl.dataset.no_match import meeting
    from usagectl.pricing.apply import priced

    saved = _saved(operands, asked)
    if saved is not None:
        zone = zone_of(asked.reading.timezone or find_config().timezone)
        return saved if name is None else saved._replace(name=name), zone
    usage = without_empty_runs(load(operands, asked.reading))
    called = name or " + ".join(usage.runs)
    kept = meeting(usage, asked.filters.read(usage.zone), f"{called} has no calls: ")
    calls, _ = priced(kept, asked.wanted, chain)
    side = side_of(calls, asked.keys, called, machines_of(usage))
    if asked.wanted.at is not None:
        side = side._replace(priced=(asked.wanted.at.date(), asked.wanted.at.date()))
    return side, usage.zone


def _saved(operands: Sequence[str], asked: Asked) -> "Side | None":
    """The side that was saved as a baseline, where that is what was named."""
    from usagectl.comparison.baseline import regrouped

    paths = [find(operand) for operand in operands]
    path = next((path for path in paths if path), None)
    if path is None:
        return None
    if len(paths) > 1:
        raise WrongUsageError(f"{path}: a baseline is a side by itself: save one of all the runs")
    if any(asked.filters):
        raise WrongUsageError(
            f"{path}: a baseline holds sums, of which no part can be taken by --where, --since or"
            " --until"
        )
    return regrouped(read(path), asked.keys)


def _grouped(operands: Sequence[str]) -> list[tuple[str | None, list[str]]]:
    """The operands of each side, and its label where it has one."""
    from usagectl.config.settings import find_config
    from usagectl.inputs.operands import STANDARD_INPUT, split_label

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
