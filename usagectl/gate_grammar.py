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

from usagectl.gate_words import ALIASES, FORMS, KINDS, NAMES, UNITS, Subject
from usagectl.gates import WHOLE_RUN, Form, Gate, GateSyntaxError, Limit
from usagectl.names import Key, Measure
from usagectl.nearest import nearest

_NUMBER = re.compile(r"\d+(?:_\d+)*(?:\.\d+)?")
_WORD = re.compile(r"[A-Za-z_]\w*")
_HUNDRED = 100


def parse(text: str) -> Gate:
    """Read a gate.

    Raises:
        GateSyntaxError: It is none; the message points at the character.
    """
    scan = _Scan(text)
    where, whole = _where(scan)
    subject, named = _subject(scan)
    limit = _limit(scan, subject)
    if scan.rest:
        raise scan.wrong(f"{scan.rest!r} is more than a limit")
    # An amount says how much of something: without a group it is meant of all calls together.
    run_alone = limit.form is Form.AMOUNT or subject.of_run_alone
    groups = not whole and (bool(where) or not run_alone)
    return Gate(text.strip(), where, not where, groups, subject, limit, named)


class _Scan:
    """The text and how far it was read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = len(text.rstrip())

    @property
    def rest(self) -> str:
        self.at += len(self.text[self.at : self.end]) - len(self.text[self.at : self.end].lstrip())
        return self.text[self.at : self.end]

    def take(self, token: str) -> bool:
        if not self.rest.startswith(token):
            return False
        self.at += len(token)
        return True

    def match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.rest)
        self.at += len(found[0]) if found else 0
        return found[0] if found else ""

    def wrong(self, problem: str, at: int | None = None) -> GateSyntaxError:
        return GateSyntaxError(self.text, self.at if at is None else at, problem)


def _where(scan: _Scan) -> tuple[tuple[tuple[Key, str], ...], bool]:
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
        if name.strip() not in {*Key}:
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


def _subject(scan: _Scan) -> tuple[Subject, bool]:
    begin = scan.at + len(scan.text[scan.at :]) - len(scan.text[scan.at :].lstrip())
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
    return Subject(_measure(scan, word, begin)), True


def _inside(scan: _Scan) -> str:
    close = scan.text.find(")", scan.at)
    inner = scan.text[scan.at : close].strip() if close >= 0 else ""
    if not inner:
        raise scan.wrong("expected a name and a closing parenthesis")
    scan.at = close + 1
    return inner


def _measure(scan: _Scan, word: str, at: int) -> Measure:
    name = ALIASES.get(word, word)
    if name not in {*Measure}:
        raise scan.wrong(f"no metric {word!r}{nearest(word, NAMES)}", at)
    return Measure(name)


def _limit(scan: _Scan, subject: Subject) -> Limit:
    for sign in ("<=", ">="):
        if scan.take(sign):
            return _amount_limit(scan, subject, least=sign == ">=")
    if scan.rest.startswith(("<", ">")):
        raise scan.wrong(f"write {scan.rest[0]}=: a value at the limit passes")
    scan.take("=")
    return _change(scan, subject)


def _amount_limit(scan: _Scan, subject: Subject, *, least: bool) -> Limit:
    more = subject.more_is_better
    if least is not more:
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
    return Limit(Form.AMOUNT, _in_units(scan, subject, number, unit, begin), least)


def _change(scan: _Scan, subject: Subject) -> Limit:
    begin = scan.at + len(scan.text[scan.at :]) - len(scan.text[scan.at :].lstrip())
    more = subject.more_is_better
    sign = "+" if scan.take("+") else "-" if scan.take("-") else ""
    number, unit = _number_and_unit(scan)
    _only_of_measures(scan, subject, begin)
    if more and (unit != "%" or sign != "-"):
        raise scan.wrong(f"more {subject} is better: write >=0.8x or =-20%", begin)
    if not more and sign == "-":
        raise scan.wrong(f"less {subject} is better: write +20% for how much more may be", begin)
    if unit == "%":
        if sign == "-" and number > _HUNDRED:
            raise scan.wrong("nothing can lose more than 100%", begin)
        part = number / _HUNDRED
        return Limit(Form.FACTOR, 1 - part if sign == "-" else 1 + part, more)
    if unit == "x":
        if sign:
            raise scan.wrong("a factor has no sign: write 2x, or +100%", begin)
        return Limit(Form.FACTOR, number, more)
    if not sign:
        raise scan.wrong(
            f"write {number}x for a factor, +{number} for a growth, <={number} for a ceiling", begin
        )
    return Limit(Form.GROWTH, _in_units(scan, subject, number, unit, begin + 1), more)


def _only_of_measures(scan: _Scan, subject: Subject, at: int) -> None:
    if subject.coverage:
        raise scan.wrong(f"{subject} has a least share: write >=90%", at)


def _number_and_unit(scan: _Scan) -> tuple[Fraction, str]:
    dollar = scan.take("$")
    digits = scan.match(_NUMBER)
    if not digits:
        raise scan.wrong("expected a number")
    number = Fraction(digits.replace("_", ""))
    if dollar:
        return number, "$"
    unit = "%" if scan.take("%") else scan.match(_WORD)
    if unit and unit not in UNITS:
        at = scan.at - len(unit)
        raise scan.wrong(f"no unit {unit!r}; there are {', '.join(UNITS)} and $", at)
    return number, unit


def _in_units(scan: _Scan, subject: Subject, number: Fraction, unit: str, at: int) -> Fraction:
    kind = subject.kind
    units = KINDS[kind]
    if unit not in units:
        raise scan.wrong(f"{subject} is {kind}: write it as {FORMS[kind]}", at)
    return number * units[unit]
