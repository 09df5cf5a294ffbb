"""A comparison held against gates: what broke, what cannot be told, and what was let pass.

A ceiling and a limit on growth of one metric both apply. Among each, only the narrowest gate of a
group decides (`Gate.narrowness`); of gates that are as narrow, those of different forms apply all,
and of one form the last, so the command line overrides `usagectl.yaml`.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from usagectl.comparison.compare import Comparison
from usagectl.config.gate import Gate, deciding
from usagectl.config.gate_grammar import parse
from usagectl.config.gate_subject import Subject
from usagectl.gates import completed_work, coverage, moved_work
from usagectl.gates.acknowledgements import Acknowledgement
from usagectl.gates.limits import Floors, Judgement, Terms, beyond, judge, limit_of
from usagectl.gates.observations import Figures, Pair
from usagectl.gates.operand_doubts import order_of
from usagectl.gates.verdict import GateVerdict, shown
from usagectl.model import portrait
from usagectl.model.arguments import expect
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import GateStatus, Key, NewGroups
from usagectl.model.notices import Notice

DEFAULT_GATE = "2x"


class Checked(NamedTuple):
    """All verdicts, those that matter most first, and doubts about the gates themselves."""

    keys: tuple[Key, ...]
    verdicts: tuple[GateVerdict, ...]
    notices: tuple[Notice, ...]

    @property
    def exit_code(self) -> int:
        """0 if all gates passed, 1 if one broke, 3 if the data cannot tell."""
        found = {verdict.status for verdict in self.verdicts}
        if GateStatus.BROKEN in found:
            return 1
        return 3 if GateStatus.UNKNOWN in found else 0

    @property
    def passed(self) -> bool:
        """Whether nothing broke and everything could be told."""
        return self.exit_code == 0

    def of(self, status: GateStatus) -> tuple[GateVerdict, ...]:
        """The verdicts of one status."""
        return tuple(verdict for verdict in self.verdicts if verdict.status is status)

    def __repr__(self) -> str:
        """Whether it passed and what decided that, in eight lines at most."""
        return portrait.text(*self._portrait())

    def _repr_html_(self) -> str:
        return portrait.table(*self._portrait())

    def _portrait(self) -> tuple[str, portrait.Rows]:
        counts = {status: len(self.of(status)) for status in GateStatus}
        told = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
        word = "passed" if self.passed else "not passed"
        return f"Checked: {word} (exit code {self.exit_code}), {told}", shown(self.verdicts)


def check(
    comparison: Comparison,
    gates: str | Gate | Sequence[str | Gate] = (DEFAULT_GATE,),
    *,
    floors: Floors = Floors(),  # noqa: B008 - it is frozen
    allow_missing: bool = False,
    new_groups: NewGroups = NewGroups.WARN,
    acknowledged: Sequence[Acknowledgement] = (),
) -> Checked:
    """Hold a comparison against gates.

    Args:
        comparison: What `compare` returned.
        gates: One or several, such as `2x`, `cost<=$2`, `task=Expand*: output_tokens=+30%`, as in
            `usagectl.config.gate_grammar`.
        floors: Below what a factor is taken for noise.
        allow_missing: Whether the new side may lack groups that the base has.
        new_groups: What groups mean that the base does not have.
        acknowledged: Breaks that somebody has accepted.

    Raises:
        WrongUsageError: A gate cannot be read, or is for keys that the comparison does not have.
        NoAnswerError: No gate is for anything that there is, or a run holds no calls.
    """
    expect(comparison, Comparison, 'check(compare(load("runs/a"), load("runs/b")), "2x")')
    read = _read(gates, comparison.keys)
    coverage.refuse_empty_runs(*comparison.sides)
    figures = Figures(comparison)
    held = [*read, *moved_work.of_whole_run(read, figures)]
    measured = list(_measured(held, figures, floors))
    of_run = list(coverage.of_run(read, figures))
    decided = {verdict.gate for verdict in measured} | {verdict.gate for verdict in of_run}
    if not decided & {gate.text for gate in read}:
        raise NoAnswerError(
            f"no gate is for anything there is: {', '.join(gate.text for gate in read) or 'none'}"
        )
    moved = moved_work.takers(figures)
    found = [
        *of_run,
        *completed_work.of_work(read, figures, moved, allow_missing=allow_missing),
        *completed_work.of_failures(read, figures),
        *coverage.of_groups(figures, new_groups, moved, allow_missing=allow_missing),
        *measured,
    ]
    if new_groups != NewGroups.IGNORE:
        found += moved_work.of_moved(read, figures, floors, moved)
    verdicts, notices = _accepted(found, comparison.keys, acknowledged)
    order = list(GateStatus)
    verdicts.sort(key=lambda v: (order.index(v.status), -_excess(v)))
    noted = (*order_of(*comparison.sides), *_dead(read, verdicts), *notices)
    return Checked(comparison.keys, tuple(verdicts), noted)


def _read(texts: str | Gate | Sequence[str | Gate], keys: Sequence[Key]) -> tuple[Gate, ...]:
    several = (texts,) if isinstance(texts, (str, Gate)) else texts
    for text in several:
        expect(text, (str, Gate), 'check(comparison, ["2x", "cost<=$2"])')
    read = tuple(text if isinstance(text, Gate) else parse(text) for text in several)
    for gate in read:
        for key, _ in gate.where:
            if key not in keys:
                wanted = ",".join([*keys, key])
                raise WrongUsageError(
                    f"{gate.text!r} is for a {key}, but groups are made by {','.join(keys)}:"
                    f" ask --by {wanted}"
                )
    return read


def _measured(read: Sequence[Gate], figures: Figures, floors: Floors) -> Iterator[GateVerdict]:
    base, new = figures.comparison.sides
    strict = not any(gate.subject.coverage and gate.whole_run for gate in read)
    terms = Terms(floors, strict, (len(base.runs), len(new.runs)))
    for subject in dict.fromkeys(gate.subject for gate in read):
        of_subject = [gate for gate in read if gate.subject == subject]
        if subject.coverage and not any(gate.groups for gate in of_subject):
            continue
        for metric, pair in _pairs(subject, figures):
            if subject.coverage and pair.group is None:
                continue
            for gate in deciding(of_subject, pair.group, figures.keys):
                found = judge(gate, pair, terms, less=_tells_less(pair, subject, figures))
                if found is not None:
                    yield _verdict(gate, metric, pair, found)


def _tells_less(pair: Pair, subject: Subject, figures: Figures) -> bool:
    counted = subject.coverage or subject.failure is not None
    return not counted and figures.told.less(subject, pair.group)


def _pairs(subject: Subject, figures: Figures) -> Iterator[tuple[str, Pair]]:
    if subject.failure is None:
        yield from ((str(subject), pair) for pair in figures.of(subject))
        return
    yield from figures.failed_like(subject.failure)


def _verdict(gate: Gate, metric: str, pair: Pair, found: Judgement) -> GateVerdict:
    return GateVerdict(
        gate.text,
        pair.group,
        metric,
        gate.subject,
        found.status,
        pair.base.value,
        pair.new.value,
        found.limit,
        gate.limit.least,
        found.detail,
        found.complete,
    )


def _excess(verdict: GateVerdict) -> float:
    """By which factor a value is beyond its limit."""
    if verdict.new is None or verdict.limit is None:
        return 0
    above, below = verdict.new, verdict.limit
    if verdict.least:
        above, below = below, above
    return float(above / below) if below > 0 else float("inf") if above > 0 else 0


def _accepted(
    verdicts: list[GateVerdict], keys: Sequence[Key], acknowledged: Sequence[Acknowledgement]
) -> tuple[list[GateVerdict], list[Notice]]:
    """Breaks that are within what somebody has accepted, and entries that accept nothing."""
    used = set()
    found = []
    for verdict in verdicts:
        status, detail = verdict.status, verdict.detail
        for i, entry in enumerate(acknowledged):
            if status is GateStatus.BROKEN and _accepts(entry, verdict, keys):
                used.add(i)
                if entry.expired:
                    detail = f"acknowledged until {entry.until}: that is over"
                elif verdict.complete:
                    status = GateStatus.ACKNOWLEDGED
                    detail = f"{entry.reason} (until {entry.until})"
                else:
                    status = GateStatus.UNKNOWN
                    detail = "acknowledged, but less is known of it than of the base"
        found.append(verdict._replace(status=status, detail=detail))
    notices = []
    for i, entry in enumerate(acknowledged):
        if entry.expired:
            text = f"{entry.place}: acknowledged until {entry.until}, which is over: {entry}"
            notices.append(Notice("expired-acknowledgement", text))
        elif i not in used:
            text = f"{entry.place}: acknowledges nothing that broke: {entry}"
            notices.append(Notice("unused-acknowledgement", text))
    return found, notices


def _accepts(entry: Acknowledgement, verdict: GateVerdict, keys: Sequence[Key]) -> bool:
    group = dict(zip(keys, verdict.group, strict=True)) if verdict.group else {}
    if entry.metric != verdict.metric or dict(entry.group) != group or verdict.new is None:
        return False
    if entry.limit.least is not verdict.least:
        # Who accepts more calls does not accept fewer.
        return False
    last = limit_of(entry.limit, verdict.base)
    return last is not None and not beyond(verdict.new, last, least=entry.limit.least)


def _dead(read: Sequence[Gate], verdicts: Sequence[GateVerdict]) -> Iterator[Notice]:
    """Gates that decided nothing: no group meets them, or narrower ones decide everywhere."""
    decided = {verdict.gate for verdict in verdicts}
    for gate in read:
        if gate.text not in decided:
            yield Notice(
                "dead-gate",
                f"the gate {gate.text!r} decides nothing: no group meets it, or narrower gates do",
            )
