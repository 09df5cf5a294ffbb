"""Rules that can never decide are refused when a user's file is read."""

from collections.abc import Sequence

import polars as pl

from usagectl.failures import matching
from usagectl.failures.rules import KINDS, Rule, Rules


def check(rules: Rules, files: Sequence[str]) -> None:
    """Refuse rules of some files that are empty, broken, or shadowed by the rules before them.

    Raises:
        WrongUsageError: One of them can never decide; the message names file, line and key.
    """
    own = [rule for rule in rules.rules if rule.node.file in files]
    _refuse_repeated(own)
    for rule in own:
        _refuse_empty(rule)
        for expression in rule.text:
            _refuse_broken(rule, expression)
    _refuse_covered(rules.rules, own)
    _refuse_shadowed(rules, own)


def _refuse_repeated(own: Sequence[Rule]) -> None:
    seen: dict[str, Rule] = {}
    for rule in own:
        first = seen.setdefault(rule.name, rule)
        if first is not rule:
            raise rule.node.wrong(f"the name {rule.name!r} stands in line {first.node.line} too")


def _refuse_empty(rule: Rule) -> None:
    if not any(rule.has(kind) for kind in KINDS):
        raise rule.node.wrong(
            f"{rule.name!r} can never match: give it {', '.join(KINDS.values())}, stems"
        )
    if (rule.text or rule.stems) and rule.example is None:
        raise rule.node.wrong(
            f"{rule.name!r} has text or stems but no example: add a message that it has to decide"
        )


def _refuse_broken(rule: Rule, expression: str) -> None:
    try:
        found = pl.Series([""]).str.contains(expression).item()
    except pl.exceptions.ComputeError as error:
        reason = str(error).strip().split("error: ")[-1].splitlines()[0]
        raise rule.node.mapping()["text"].wrong(
            f"{expression!r} is no expression: {reason}"
        ) from None
    if found:
        raise rule.node.mapping()["text"].wrong(
            f"{expression!r} matches nothing at all, and so all"
        )


def _refuse_covered(rules: Sequence[Rule], own: Sequence[Rule]) -> None:
    """A rule without text of which every word was taken by rules before it."""
    taken: dict[str, set[int | str]] = {field: set() for field in KINDS.values()}
    for rule in rules:
        words = {field: set(getattr(rule, field)) for field in KINDS.values()}
        in_words = rule.text or rule.stems
        if rule in own and not in_words and all(w <= taken[f] for f, w in words.items()):
            raise rule.node.wrong(f"{rule.name!r} can never decide: rules before it have all of it")
        for field, of_rule in words.items():
            taken[field] |= of_rule


def _refuse_shadowed(rules: Rules, own: Sequence[Rule]) -> None:
    examples = [rule for rule in own if rule.example is not None]
    if not examples:
        return
    messages = pl.Series([rule.example for rule in examples], dtype=pl.String)
    signals = list(rules.signals())
    found = matching.by_text(messages, signals).to_list()
    for rule, place in zip(examples, found, strict=True):
        if place is None:
            raise rule.node.wrong(f"{rule.name!r} does not match its own example")
        winner = signals[place].rule
        if winner is not rule:
            raise rule.node.wrong(
                f"{rule.name!r} does not decide its own example: {winner.name!r} does"
                f" ({winner.node.file}:{winner.node.line})"
            )
