"""Numbers as a gate writes them: exact, and no longer than any count that there can be."""

import re
from fractions import Fraction

PATTERN = re.compile(r"\d+(?:_\d+)*(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DIGITS = 40
_POWERS = 30
_MOST = 10**_POWERS
_HUNDRED = 100


def number(digits: str) -> Fraction:
    """The number that some text matching PATTERN writes.

    Raises:
        ValueError: It is longer or larger than any count; the message says so.
    """
    mantissa, _, power = digits.replace("_", "").lower().partition("e")
    digits_of_power = power.lstrip("+-").lstrip("0")
    if len(mantissa) > _DIGITS or len(digits_of_power) > len(str(_POWERS)):
        raise ValueError("a number with so many digits is no limit")
    value = Fraction(mantissa)
    if digits_of_power and int(digits_of_power) > _POWERS:
        raise ValueError("a number with so many digits is no limit")
    value *= Fraction(10) ** int(power or 0)
    if value > _MOST:
        raise ValueError("there can be no such number of anything")
    return value


def percentage(text: str, most: int | None = None) -> Fraction:
    """The share that a percentage such as `90%` or `90` says; `most` is the largest in percent.

    Raises:
        ValueError: It is none; the message says what is expected, or what was likely meant.
    """
    digits = text.strip().removesuffix("%").strip()
    if not PATTERN.fullmatch(digits):
        raise ValueError("expected a percentage such as 90%")
    value = number(digits)
    if most is not None and value > most:
        raise ValueError(f"no share is more than {most}%")
    if most is not None and 0 < value <= 1 and "%" not in text:
        raise ValueError(f"expected a percentage: write {shown(value * _HUNDRED)}%")
    return value / _HUNDRED


def shown(value: Fraction) -> str:
    """A number in as few digits as say it."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6g}"
