"""Gates as a user writes them: `2x`, `cost<=$2`, `task=Expand*: output_tokens=+30%`.

    gate   = [where ":"] [metric] limit
    where  = "run" | key "=" glob {"," key "=" glob}       the last colon ends it
    metric = name | "p95(" name ")" | "failed(" glob ")"
    limit  = ["="] change | "<=" amount | ">=" amount
    change = number "x" | ("+" | "-") number "%" | number "%" | "+" amount
    amount = number "x" | "$" number | number [unit]

Numbers become fractions of whole numbers.
"""

import re
from fractions import Fraction

from usagectl.config import gate_numbers
from usagectl.config.gate import WHOLE_RUN, Form, Gate, Limit
from usagectl.config.gate_scan import Scan
from usagectl.config.gate_subject import (
    ALIASES,
    FORMS,
    KINDS,
    NAMES,
    SUCCESSFUL,
    UNITS,
    Kind,
    Subject,
)
from usagectl.model.names import Key, Measure
from usagectl.model.wording import nearest

_WORD = re.compile(r"[A-Za-z_]\w*")
_HUNDRED = 100


def parse(text: str) -> Gate:
    """Read a gate.

    Raises:
        GateSyntaxError: It is none; the message points at the character.
    """
    scan = Scan(text)
    where, whole = _where(scan)
    subject, named = _subject(scan)
    limit = _limit(scan, subject)
    if scan.rest:
        raise scan.wrong(f"{scan.rest!r} is more than a limit")
    # An amount says how much of something: without a group it is meant of all calls together.
    run_alone = limit.form is Form.AMOUNT or subject.of_run_alone
    groups = not whole and (bool(where) or not run_alone)
    return Gate(text.strip(), where, not where, groups, subject, limit, named)


def _where(scan: Scan) -> tuple[tuple[tuple[Key, str], ...], bool]:
    colon = _last_colon(scan.text)
    if colon < 0:
        return (), False
    conditions: list[tuple[Key, str]] = []
    text, at = scan.text[:colon], 0
    scan.at = colon + 1
    if text.strip() == WHOLE_RUN:
        return (), True
    for piece in text.split(","):
        begin = at + len(piece) - len(piece.lstrip())
        name, equals, glob = piece.strip().partition("=")
        if not equals:
            raise scan.wrong("expected KEY=GLOB, or run, in front of the colon", begin)
        if not Key.known(name.strip()):
            raise scan.wrong(f"no key {name.strip()!r}{nearest(name.strip(), list(Key))}", begin)
        if not glob.strip():
            raise scan.wrong(f"{name.strip()}= of what? Write a name or a glob", begin + len(name))
        conditions.append((Key(name.strip()), glob.strip()))
        at += len(piece) + 1
    return tuple(conditions), False


def _last_colon(text: str) -> int:
    """The colon before the metric; one inside parentheses is part of a name."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += (text[i] == ")") - (text[i] == "(")
        if text[i] == ":" and not depth:
            return i
    return -1


def _subject(scan: Scan) -> tuple[Subject, bool]:
    begin = scan.skip()
    word = scan.match(_WORD)
    if not word:
        if not scan.rest:
            raise scan.wrong("expected a limit such as 2x, +20%, +2000 or <=500k")
        return Subject(Measure.TOTAL_TOKENS), False
    if word == "failed" and scan.take("("):
        return Subject(failure=_inside(scan)), True
    if re.fullmatch(r"p\d\d?", word) and scan.take("("):
        inner = scan.at
        measure = _measure(scan, _inside(scan), inner)
        if measure not in (Measure.DURATION_SECONDS, Measure.OUTPUT_TOKENS, Measure.TOTAL_TOKENS):
            raise scan.wrong("a percentile is of duration, output_tokens or total_tokens", inner)
        return Subject(measure, percentile=int(word[1:])), True
    if word in ("coverage", "priced"):
        of = Measure.TOTAL_TOKENS if word == "coverage" else Measure.COST_USD
        return Subject(of, coverage=True), True
    if word == SUCCESSFUL:
        return Subject(Measure.CALLS, successful=True), True
    return Subject(_measure(scan, word, begin)), True


def _inside(scan: Scan) -> str:
    close = scan.text.find(")", scan.at)
    inner = scan.text[scan.at : close].strip() if close >= 0 else ""
    if not inner:
        raise scan.wrong("expected a name and a closing parenthesis")
    scan.at = close + 1
    return inner


def _measure(scan: Scan, word: str, at: int) -> Measure:
    name = ALIASES.get(word, word)
    if name not in {*Measure}:
        raise scan.wrong(f"no metric {word!r}{nearest(word, NAMES)}", at)
    return Measure(name)


def _limit(scan: Scan, subject: Subject) -> Limit:
    for sign in ("<=", ">="):
        if scan.take(sign):
            return _amount_limit(scan, subject, least=sign == ">=")
    if scan.rest.startswith(("<", ">")):
        raise scan.wrong(f"write {scan.rest[0]}=: a value at the limit passes")
    scan.take("=")
    return _change(scan, subject)


def _amount_limit(scan: Scan, subject: Subject, *, least: bool) -> Limit:
    more = subject.more_is_better
    if least is not more and not subject.two_sided:
        sign = ">=" if more else "<="
        raise scan.wrong(
            f"{subject} is better when it is {'higher' if more else 'lower'}: write {sign}",
            scan.at - 2,
        )
    begin = scan.at
    number, unit = _number_and_unit(scan)
    if unit == "x":
        _only_of_measures(scan, subject, begin)
        return Limit(Form.FACTOR, number, least)
    value = _in_units(scan, subject, number, unit, begin)
    if subject.kind is Kind.SHARE and value > 1:
        raise scan.wrong("no share is more than 100%", begin)
    return Limit(Form.AMOUNT, value, least)


def _change(scan: Scan, subject: Subject) -> Limit:
    begin = scan.skip()
    sign = "+" if scan.take("+") else "-" if scan.take("-") else ""
    number, unit = _number_and_unit(scan)
    _only_of_measures(scan, subject, begin)
    least = subject.more_is_better or (subject.two_sided and sign == "-")
    if least and (unit != "%" or sign != "-"):
        raise scan.wrong(f"more {subject} is better: write >=0.8x or =-20%", begin)
    if not least and sign == "-":
        raise scan.wrong(f"less {subject} is better: write +20% for how much more may be", begin)
    if unit == "%":
        return Limit(Form.FACTOR, _changed_by(scan, sign, number, begin), least)
    if unit == "x":
        if sign:
            raise scan.wrong("a factor has no sign: write 2x, or +100%", begin)
        return Limit(Form.FACTOR, number, least)
    if not sign:
        text = gate_numbers.shown(number)
        raise scan.wrong(
            f"write {text}x for a factor, +{text} for a growth, <={text} for a ceiling", begin
        )
    return Limit(Form.GROWTH, _in_units(scan, subject, number, unit, begin + 1), least)


def _changed_by(scan: Scan, sign: str, number: Fraction, at: int) -> Fraction:
    """The factor that a percentage of change means."""
    if sign == "-" and number > _HUNDRED:
        raise scan.wrong("nothing can lose more than 100%", at)
    if not sign and number >= _HUNDRED:
        times, percent = (gate_numbers.shown(n) for n in (number / _HUNDRED, number))
        raise scan.wrong(
            f"write {times}x for so many times the base, +{percent}% for so much more than it", at
        )
    part = number / _HUNDRED
    return 1 - part if sign == "-" else 1 + part


def _only_of_measures(scan: Scan, subject: Subject, at: int) -> None:
    if subject.coverage:
        raise scan.wrong(f"{subject} has a least share: write >=90%", at)


def _number_and_unit(scan: Scan) -> tuple[Fraction, str]:
    dollar = scan.take("$")
    begin = scan.at
    digits = scan.match(gate_numbers.PATTERN)
    if not digits:
        raise scan.wrong("expected a number")
    try:
        number = gate_numbers.number(digits)
    except ValueError as error:
        raise scan.wrong(str(error), begin) from None
    if dollar:
        return number, "$"
    unit = "%" if scan.take("%") else scan.match(_WORD)
    if unit and unit not in UNITS:
        at = scan.at - len(unit)
        raise scan.wrong(f"no unit {unit!r}; there are {', '.join(UNITS)} and $", at)
    return number, unit


def _in_units(scan: Scan, subject: Subject, number: Fraction, unit: str, at: int) -> Fraction:
    kind = subject.kind
    units = KINDS[kind]
    if unit not in units:
        share = kind is Kind.SHARE and not unit and 0 < number <= 1
        hint = f"; {gate_numbers.shown(number)} is {gate_numbers.shown(100 * number)}%"
        raise scan.wrong(
            f"{subject} is {kind}: write it as {FORMS[kind]}{hint if share else ''}", at
        )
    return number * units[unit]
