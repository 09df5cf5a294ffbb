"""What a change comes from, in words."""

from collections.abc import Callable, Sequence

from usagectl.model.names import Key, Measure, Part
from usagectl.model.wording import plural
from usagectl.render.words import values
from usagectl.render.words.diff_words import signed
from usagectl.reports.parts import OTHER, PartShown

_MOST_DIGITS = 7
# By how much of itself the difference of two shown factors may be off.
_EXACT_ENOUGH = 0.25
_THOUSAND, _MILLION, _MINUTE = 1000, 1_000_000, 60


def reasons(parts: Sequence[PartShown], measure: Measure, keys: Sequence[Key]) -> str:
    """The parts of a change in one line."""
    return ", ".join(
        f"{amount}{'' if part.part == OTHER else ' from'} {reason}"
        for part, (amount, reason) in zip(
            parts, amounts_and_reasons(parts, measure, keys), strict=True
        )
    )


def amounts_and_reasons(
    parts: Sequence[PartShown], measure: Measure, keys: Sequence[Key]
) -> list[tuple[str, str]]:
    """How much each part of a change is, and what it comes from."""
    return [(signed(part.amount, measure), _reason(part, measure, keys)) for part in parts]


def _reason(part: PartShown, measure: Measure, keys: Sequence[Key]) -> str:
    if part.part in (Part.NEW_GROUPS, Part.GONE_GROUPS):
        count = abs(part.more or 0)
        side = "new" if part.part == Part.NEW_GROUPS else "base"
        return f"{count:,.0f} {' and '.join(keys)}{plural(int(count))} only in {side}"
    if part.part in (Part.CALLS, Part.FAILED_CALLS):
        if part.more is None or not _agrees(part):
            # Such as fewer calls of a large task and more of a small one.
            return f"another mix of {_call(part)}s by {' and '.join(keys)}"
        return _of_counts(part)
    if part.part == Part.FAILED_SIZE:
        return _of_failed_size(part, measure)
    if part.part in _PLAIN:
        return _PLAIN[part.part]
    return _of_factor(part, measure)


def _of_factor(part: PartShown, measure: Measure) -> str:
    if (part.base is None and part.new is None) or not _agrees(part):
        return _AT_THE_SAME_MIX[part.part, part.amount > 0]
    form, per = _FORMS[Part(part.part)]
    base, new = _apart(part, form)
    if part.part == Part.REPORTED:
        per += _KNOWN.get(measure, "usage")
    return f"{new} instead of {base} {per}"


def _agrees(part: PartShown) -> bool:
    """Whether the factor over all calls moved the way of the part, which adds up smaller groups."""
    if part.more is None:
        return True
    more = -part.more if part.part == Part.SPEED else part.more
    return more * part.amount > 0


_PLAIN = {Part.MODEL_MIX.value: "another mix of models", OTHER: "otherwise"}


def _call(part: PartShown) -> str:
    return part.ok_call if part.part == Part.CALLS else part.other_call


def _of_counts(part: PartShown) -> str:
    more = part.more or 0
    number = f"{abs(more):,.0f}" if more == int(more) else f"{abs(more):,.1f}"
    ending = plural(1 if abs(more) == 1 else 2)
    return f"{number} {'more' if more > 0 else 'fewer'} {_call(part)}{ending}"


def _of_failed_size(part: PartShown, measure: Measure) -> str:
    kind = "time" if measure is Measure.DURATION_SECONDS else "size"
    return f"{_SIZES[kind, part.amount > 0]} {part.other_call}s"


_SIZES = {
    ("time", True): "longer",
    ("time", False): "shorter",
    ("size", True): "larger",
    ("size", False): "smaller",
}


_AT_THE_SAME_MIX: dict[tuple[str, bool], str] = {
    (part.value, grown): f"{words[not grown]} at the same mix of calls"
    for part, words in {
        Part.INPUT_PER_CALL: ("more input tokens a call", "fewer input tokens a call"),
        Part.OUTPUT_PER_CALL: ("more output tokens a call", "fewer output tokens a call"),
        Part.TOKENS_PER_CALL: ("more tokens a call", "fewer tokens a call"),
        Part.SPEED: ("fewer output tokens a second", "more output tokens a second"),
        Part.SECONDS_PER_CALL: ("more time a call", "less time a call"),
        Part.PRICE: ("a higher price of tokens", "a lower price of tokens"),
        Part.COST_PER_CALL: ("more cost a call", "less cost a call"),
    }.items()
    for grown in (True, False)
} | {
    (Part.REPORTED.value, True): "usage known of more or larger calls",
    (Part.REPORTED.value, False): "usage known of fewer or smaller calls",
}
"""What is said of a part where the factor over all calls moved the other way, or not at all."""

_KNOWN = {Measure.DURATION_SECONDS: "time", Measure.COST_USD: "cost"}


def _apart(part: PartShown, form: "_Form") -> tuple[str, str]:
    """Both factors with as few digits as show by how much they differ."""
    if part.base is None or part.new is None or part.more is None:
        known = (values.ABSENT if v is None else form(v, 1)[0] for v in (part.base, part.new))
        return next(known), next(known)
    for digits in range(1, _MOST_DIGITS):
        base, shown_base = form(part.base, digits)
        new, shown_new = form(part.new, digits)
        if abs(shown_new - shown_base - part.more) <= _EXACT_ENOUGH * abs(part.more):
            break
    return base, new


_Form = Callable[[float, int], tuple[str, float]]
"""A value with some digits: as text, and the value that the text stands for."""


def _compact(value: float, digits: int) -> tuple[str, float]:
    if value >= _MILLION:
        return f"{value / _MILLION:,.{digits}f}M", round(value / _MILLION, digits) * _MILLION
    if value >= _THOUSAND:
        return f"{value / _THOUSAND:.{digits}f}k", round(value / _THOUSAND, digits) * _THOUSAND
    return f"{value:.{digits - 1}f}", round(value, digits - 1)


def _plain(value: float, digits: int) -> tuple[str, float]:
    return f"{value:,.{digits}f}", round(value, digits)


def _seconds(value: float, digits: int) -> tuple[str, float]:
    if value >= _MINUTE and digits == 1:
        return values.seconds(value), round(value)
    return f"{value:,.{digits}f} s", round(value, digits)


def _rate(value: float, digits: int) -> tuple[str, float]:
    return f"${value:,.{digits + 1}f}", round(value, digits + 1)


def _amount(value: float, digits: int) -> tuple[str, float]:
    return f"${value:,.{digits + 5}f}", round(value, digits + 5)


def _share(value: float, digits: int) -> tuple[str, float]:
    return f"{value * 100:.{digits - 1}f}%", round(value, digits + 1)


_FORMS: dict[Part, tuple[_Form, str]] = {
    Part.INPUT_PER_CALL: (_compact, "input tokens a call"),
    Part.OUTPUT_PER_CALL: (_compact, "output tokens a call"),
    Part.TOKENS_PER_CALL: (_compact, "tokens a call"),
    Part.SPEED: (_plain, "output tokens a second"),
    Part.SECONDS_PER_CALL: (_seconds, "a call"),
    Part.PRICE: (_rate, "per million tokens"),
    Part.COST_PER_CALL: (_amount, "a call"),
    Part.REPORTED: (_share, "of calls with known "),
}
