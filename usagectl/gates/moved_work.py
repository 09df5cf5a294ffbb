"""Work that turns up elsewhere: new groups beside groups that do less than in the base.

Under another name a group has no base, and could consume whatever it likes. A new group is taken
to do the work of the group that lacks about as many calls as it has; both together are held
against the gates of that group.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from usagectl.comparison.measures import MEASURES
from usagectl.config.gate import Form, Gate, deciding
from usagectl.config.gate_subject import Subject
from usagectl.gates.completed_work import less_work
from usagectl.gates.limits import TOKENS, Floors
from usagectl.gates.observations import Figures, Group, Pair, Takers, named
from usagectl.gates.verdict import GateVerdict
from usagectl.model.names import GateStatus, Measure, Presence

_CALLS = Subject(Measure.CALLS)


def takers(figures: Figures) -> Takers:
    """The new groups that may do the work of each group which does less than in the base."""
    less = less_work(figures)
    lacking: dict[Group, Fraction] = {}
    come: dict[Group, Fraction] = {}
    for pair in figures.of(_CALLS):
        base, new = (figure.value or Fraction(0) for figure in (pair.base, pair.new))
        if pair.group is not None and pair.group in less:
            lacking[pair.group] = base - new
        elif pair.group is not None and pair.presence is Presence.NEW:
            come[pair.group] = new
    found: dict[Group, list[Group]] = {}
    for group in come if lacking else ():
        calls = come[group]
        nearest = min(lacking, key=lambda old: abs(lacking[old] - calls))
        found.setdefault(nearest, []).append(group)
    return found


def of_whole_run(read: Sequence[Gate], figures: Figures) -> Iterator[Gate]:
    """Of gates that hold every group to a factor, the widest, for all calls together.

    Else work that moves from group to group, or to a new one, is held by none.
    """
    for subject in dict.fromkeys(gate.subject for gate in read):
        of_subject = [gate for gate in read if gate.subject == subject]
        adds_up = subject.measure and MEASURES[subject.measure].over is None
        if subject.coverage or subject.percentile is not None or not adds_up:
            continue
        if any(g.whole_run and g.limit.form is not Form.AMOUNT for g in of_subject):
            continue
        widest: list[Gate] = []
        for pair in figures.of(subject):
            if pair.group is None or pair.presence is Presence.NEW:
                continue
            of_group = deciding(of_subject, pair.group, figures.keys)
            factors = [g for g in of_group if g.limit.form is Form.FACTOR and not g.limit.least]
            if not factors:
                break
            widest.append(max(factors, key=lambda gate: gate.limit.value))
        else:
            gate = max(widest, key=lambda gate: gate.limit.value)
            yield gate._replace(where=(), whole_run=True, groups=False)


def of_moved(
    read: Sequence[Gate], figures: Figures, floors: Floors, moved: Takers
) -> Iterator[GateVerdict]:
    """Groups that consume more than a gate allows, together with those that took their work.

    Args:
        read: The gates; a ceiling of the user for the new group decides instead.
        figures: The figures.
        floors: Below what a factor is taken for noise.
        moved: What `takers` found.
    """
    for subject in dict.fromkeys(gate.subject for gate in read if _adds_up(gate.subject)):
        of_subject = [gate for gate in read if gate.subject == subject]
        pairs = {pair.group: pair for pair in figures.of(subject)}
        for group, new in moved.items():
            factors = [
                gate
                for gate in deciding(of_subject, group, figures.keys)
                if gate.limit.form is Form.FACTOR and not gate.limit.least
            ]
            free = [pairs[name] for name in new if not _held(of_subject, name, figures)]
            if factors and free:
                gate = max(factors, key=lambda gate: gate.limit.value)
                yield from _together(gate, pairs[group], free, floors)


def _adds_up(subject: Subject) -> bool:
    plain = subject == Subject(subject.measure) and subject.measure is not Measure.CALLS
    return plain and subject.measure is not None and MEASURES[subject.measure].over is None


def _held(of_subject: Sequence[Gate], group: Group | None, figures: Figures) -> bool:
    return any(gate.limit.form is Form.AMOUNT for gate in deciding(of_subject, group, figures.keys))


def _together(gate: Gate, old: Pair, new: Sequence[Pair], floors: Floors) -> Iterator[GateVerdict]:
    base = old.base.value
    if base is None:
        return
    value = sum((pair.new.value or Fraction(0) for pair in (old, *new)), Fraction(0))
    limit = base * gate.limit.value
    tiny = gate.subject.measure in TOKENS and max(value, base) < floors.tokens
    if value <= limit or tiny:
        return
    largest = max(new, key=lambda pair: pair.new.value or 0)
    yield GateVerdict(
        gate.text,
        largest.group,
        str(gate.subject),
        gate.subject,
        GateStatus.UNKNOWN,
        base,
        value,
        limit,
        False,
        f"together with {named(old.group or ())}, of whose work it seems to be (a ceiling for it"
        " or --new-tasks ignore accepts it)",
    )
