"""What became of a gate."""

from fractions import Fraction
from typing import NamedTuple

from usagectl.figures import Group
from usagectl.gate_words import Subject
from usagectl.names import GateStatus


class GateVerdict(NamedTuple):
    """What became of a gate in a group, or for all calls where `group` is None.

    `limit` is the last value that passes; values are in the unit of the metric. `complete` is
    whether as much is known of the new side as of the base.
    """

    gate: str
    group: Group | None
    metric: str
    subject: Subject
    status: GateStatus
    base: Fraction | None
    new: Fraction | None
    limit: Fraction | None
    least: bool
    detail: str = ""
    complete: bool = True
