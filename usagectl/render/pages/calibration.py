"""`usagectl regress --calibrate`: the tightest gates of some runs, and what they come from."""

from fractions import Fraction

from usagectl.config.gate_subject import Subject
from usagectl.gates.calibration import Calibrated, Calibration
from usagectl.model.names import Measure
from usagectl.render.document import Document, Section, Span, Terms, line
from usagectl.render.words import values
from usagectl.render.words.diff_words import WORDS, count

_DOUBLE = 2
_NAMED = 5


def page(calibration: Calibration) -> Document:
    """What the gates hold for, then each beside what it comes from."""
    runs = ", ".join(values.name(run) for run in calibration.runs[:_NAMED])
    more = len(calibration.runs) - _NAMED
    of = f"{runs}{f' and {more} more' if more > 0 else ''}"
    head = [
        f"The tightest gates that none of {len(calibration.runs)} runs breaks against another:",
        f"{of}.",
        *_alarms(calibration),
    ]
    if calibration.missing:
        names = [", ".join(values.name(part) for part in g) for g in calibration.missing[:_NAMED]]
        others = len(calibration.missing) - len(names)
        head.append(
            f"Not in every run: {'; '.join(names)}{f' and {others} more' if others else ''}:"
            " ask --allow-missing."
        )
    gates = [(Span(gate.gate), Span(_spread(gate))) for gate in calibration.gates]
    return Document(
        Span("Calibrated gates"), [Section([*map(line, head)]), Section([Terms(gates)], "gates")]
    )


def _alarms(calibration: Calibration) -> list[str]:
    """How often gates of the other runs would have been broken by one that was left out."""
    first, *others = [
        (margin, f"{alarms / calibration.trials:.0%}")
        for margin, alarms in calibration.alarms.items()
    ]
    wider = f" {float(first[0]):.0%} wider than that" if first[0] else ""
    said = ", ".join(f"{rate} with --margin {float(margin):.0%}" for margin, rate in others)
    return [
        f"False alarms to expect{wider}: {first[1]} of runs, as each left out in turn tells",
        f"({calibration.trials} comparisons){f'; {said}' if said else ''}.",
    ]


def _spread(gate: Calibrated) -> str:
    middle, least, most = (
        _shown(gate.subject, value) for value in (gate.median, gate.least, gate.largest)
    )
    spread = f"median {middle}" + (f", {least} to {most}" if gate.least != gate.largest else "")
    wide = gate.factor is not None and not gate.subject.more_is_better and gate.factor >= _DOUBLE
    return f"{spread}; too wide to see a doubling" if wide else spread


def _shown(subject: Subject, value: Fraction) -> str:
    if subject.coverage:
        return values.percent(float(value))
    if subject.failure is not None:
        return count(float(value))
    return WORDS[subject.measure or Measure.CALLS].shown(float(value))
