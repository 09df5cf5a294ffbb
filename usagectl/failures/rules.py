"""What a rule about failures is: what speaks for a category, and what the category means."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from usagectl.config.node import Node

GAP = "[ -z|~]{0,60}?"
"""What … in an expression stands for."""


class Category(NamedTuple):
    """What a category means, whether a retry helps, and what to do, each as a sentence."""

    name: str
    meaning: str
    retry: str
    action: str


class Rule(NamedTuple):
    """What speaks for a category.

    `codes`, `classes` and `outcomes` are plain words as `plain` makes them, `spelled` is an
    expression of the codes as texts spell them. `text` is matched in prepared text, and so are the
    words of codes that have several. `stems` are words of another language that stand together,
    each as `tongues` folds it. What a `weak` rule says is no reason of anything. `example` is a
    message that this rule decides, `node` is where the rule stands.
    """

    name: str
    category: str
    status: tuple[int, ...]
    codes: tuple[str, ...]
    spelled: str
    classes: tuple[str, ...]
    outcomes: tuple[str, ...]
    text: tuple[str, ...]
    stems: tuple[tuple[str, ...], ...]
    weak: bool
    example: str | None
    node: Node

    @property
    def phrases(self) -> tuple[str, ...]:
        """Expressions of what is said in words."""
        return (*self.text, *(code for code in self.codes if " " in code))

    def has(self, kind: str) -> bool:
        """Whether it has evidence of a kind of `KINDS`."""
        if kind == "text":
            return bool(self.phrases or self.stems)
        return bool(getattr(self, KINDS[kind]))


class Signal(NamedTuple):
    """One kind of evidence of one rule: `kind` is status, type, class, outcome or text."""

    rule: Rule
    kind: str


class Rules(NamedTuple):
    """Categories by their name, and rules in the order in which they decide."""

    categories: dict[str, Category]
    rules: tuple[Rule, ...]

    def signals(self) -> Iterator[Signal]:
        """The evidence of all rules in the order in which it decides."""
        for rule in self.rules:
            yield from (Signal(rule, kind) for kind in KINDS if rule.has(kind))


KINDS = {
    "status": "status",
    "type": "codes",
    "class": "classes",
    "outcome": "outcomes",
    "text": "text",
}
"""Kinds of evidence, structured ones first, with the key of a rule that holds each."""


def plain(word: str) -> str:
    """A code or the name of a class as prepared text spells it."""
    return re.sub(r"[\s_\-]+", " ", word.rpartition(".")[2].lower()).strip()
