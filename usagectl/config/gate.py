"""Gates: a metric, a limit on it, and which groups it is for.

Every number is a fraction of whole numbers, so that a limit is held against counts without
rounding.
"""

import fnmatch
import math
from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from usagectl.config.gate_subject import Kind, Subject
from usagectl.model.escaping import shown
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key

WHOLE_RUN = "run"
_WILD = "*?["
_SHOWN = 200


class Form(StrEnum):
    """What a limit is held against: a multiple of the base, the base and an amount, or nothing."""

    FACTOR = "factor"
    GROWTH = "growth"
    AMOUNT = "amount"


class Limit(NamedTuple):
    """The last value that passes: `value` times the base, more than the base, or by itself.

    `least` is whether it is the least that passes instead of the most.
    """

    form: Form
    value: Fraction
    least: bool


class Gate(NamedTuple):
    """One gate. `where` are the globs that the keys of a group must meet.

    `whole_run` is whether it is for all calls together, `groups` whether it is for groups.
    `named` is whether the user named the metric.
    """

    text: str
    where: tuple[tuple[Key, str], ...]
    whole_run: bool
    groups: bool
    subject: Subject
    limit: Limit
    named: bool

    @property
    def narrowness(self) -> tuple[int, ...]:
        """How closely the gate says what it is for; the narrowest gate decides.

        More keys come first, then keys without wildcards, then longer globs, then a named metric.
        """
        exact = [glob for _, glob in self.where if not {*_WILD} & {*glob}]
        letters = sum(len(glob) - sum(map(glob.count, _WILD)) for _, glob in self.where)
        alone = self.whole_run and not self.groups
        return len(self.where), len(exact), letters, int(alone), int(self.named)

    def meets(self, group: dict[Key, str | None]) -> bool:
        """Whether a group is one that the gate is for; the glob `-` is for no value."""
        return all(fnmatch.fnmatchcase(group.get(key) or "-", glob) for key, glob in self.where)


class GateSyntaxError(WrongUsageError):
    """A gate that cannot be read; `excerpt` shows where."""

    def __init__(self, text: str, at: int, problem: str) -> None:
        # Of a text that is too long to be looked at, what is around the mistake.
        first = max(0, at - _SHOWN // 2) if len(text) > _SHOWN else 0
        part = text[first : first + _SHOWN]
        said = shown(part) + ("..." if len(text) > first + _SHOWN else "")
        super().__init__(f"{said!r} is no gate: {problem}")
        self.problem = problem
        self.excerpt = f"  {said}\n  {' ' * len(shown(text[first:at]))}^"


def deciding(
    read: Sequence[Gate], group: Sequence[str | None] | None, keys: Sequence[Key]
) -> list[Gate]:
    """The gates that are for a group, or all calls where it is None; narrower ones replace wider.

    Args:
        read: Gates of one metric.
        group: The values of the keys.
        keys: What makes a group.
    """
    if group is None:
        there = [gate for gate in read if gate.whole_run]
    else:
        values = dict(zip(keys, group, strict=True))
        there = [gate for gate in read if gate.groups and gate.meets(values)]
    found: list[Gate] = []
    kinds = dict.fromkeys((gate.limit.form is Form.AMOUNT, gate.limit.least) for gate in there)
    for kind in sorted(kinds, reverse=True):
        alike = [g for g in there if (g.limit.form is Form.AMOUNT, g.limit.least) == kind]
        narrowest = max(gate.narrowness for gate in alike)
        last = {gate.limit.form: gate for gate in alike if gate.narrowness == narrowest}
        found += last.values()
    return found


def amount(subject: Subject, value: Fraction | int, *, up: bool) -> str:
    """A value as a gate writes it, rounded outwards where it has too many digits."""
    unit = {Kind.TIME: "s", Kind.SHARE: "%"}.get(subject.kind, "")
    digits = {Kind.MONEY: 9, Kind.TIME: 6}.get(subject.kind, 4)
    scaled = Fraction(value) * (100 if unit == "%" else 1) * 10**digits
    whole = math.ceil(scaled) if up else math.floor(scaled)
    text = f"{whole // 10**digits}.{whole % 10**digits:0{digits}d}".rstrip("0").rstrip(".")
    return f"{'$' if subject.kind is Kind.MONEY else ''}{text}{unit}"
