"""The names of a seller's models in the catalog, and which of them a name is."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from genai_prices import types

from usagectl.pricing.candidates import DATED, INEXACT, Candidate
from usagectl.pricing.identity import Identity
from usagectl.pricing.sellers import RESELLERS
from usagectl.pricing.weights import another_model

_VERSION = re.compile(
    r"(?:[-@]?(?:20\d\d-?[01]\d-?[0-3]\d|[01]\d-[0-3]\d|\d{1,4}|v\d+|latest)|:\d+|-v\d+:\d+(?::\d+k)?)+"
)

Found = tuple[types.ModelInfo, str, str]


class Seller:
    """The models of a seller by their names: whole ones, and beginnings with the longest first."""

    def __init__(self, provider: types.Provider) -> None:
        self.provider = provider

    @cached_property
    def exact(self) -> dict[str, types.ModelInfo]:
        """Models by their whole names, in lower case."""
        names = {model.id.lower(): model for model in self.provider.models}
        for model in self.provider.models:
            for literal, whole in _literals(model.match):
                if whole:
                    names.setdefault(literal, model)
        return names

    @cached_property
    def beginnings(self) -> list[tuple[str, types.ModelInfo]]:
        """Models by what their names begin with, the longest first."""
        pairs = [
            (literal, model)
            for model in self.provider.models
            for literal, whole in _literals(model.match)
            if not whole
        ]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    @cached_property
    def by_tail(self) -> dict[str, list[str]]:
        """`VENDOR/NAME` by the name alone."""
        tails: dict[str, list[str]] = {}
        for name in self.exact:
            vendor, slash, tail = name.rpartition("/")
            if slash and not vendor.startswith("~"):
                tails.setdefault(tail, []).append(name)
        return tails

    def find(self, identity: Identity) -> tuple[types.ModelInfo, str, str] | None:
        """The model of a name, how exactly it fits, and the step that found it."""
        ways = [self._listed, self._beginning]
        if self.provider.id in RESELLERS:
            # Who joins a reseller and a model by a dash has left out the vendor.
            ways.insert(0 if identity.alias else 1, self._without_vendor)
        return next(filter(None, (way(identity.candidates) for way in ways)), None)

    def _without_vendor(self, names: Iterable[Candidate]) -> Found | None:
        for name, how, step in names:
            sold = self.by_tail.get(name, [])
            if "/" not in name and len({self.exact[n].id for n in sold}) == 1:
                said = f"{step}; {sold[0]!r} is the only one of that name"
                return self.exact[sold[0]], how, f"{name!r} {said}"
        return None

    def _listed(self, names: Iterable[Candidate]) -> Found | None:
        for name, how, step in names:
            model = self.exact.get(name)
            if model is None:
                continue
            rest = name.removeprefix(model.id.lower())
            if rest in ("", name) or _VERSION.fullmatch(rest):
                return model, how, f"{name!r} {step}"
            # Listed among the names of a shorter model, which may not cost the same for ever.
            return model, INEXACT, f"{name!r} {step} is listed under {model.id!r}"
        return None

    def _beginning(self, names: Iterable[Candidate]) -> Found | None:
        for name, _, step in names:
            for literal, model in self.beginnings:
                if not name.startswith(literal):
                    continue
                rest = name[len(literal) :]
                exactly = not rest or _VERSION.fullmatch(rest)
                # Behind a colon stands the tag of a local model, or the plan of a hosted one.
                if rest.startswith(":") or (not exactly and another_model(literal, rest)):
                    continue
                return (
                    model,
                    DATED if exactly else INEXACT,
                    f"{name!r} {step} begins with {literal!r}",
                )
        return None


def _literals(clause: Any) -> Iterator[tuple[str, bool]]:
    """The names in a clause, and whether each is a whole name or the beginning of one.

    An ending is taken for a whole name, and what a name must contain for its beginning: anything
    else would take a name of another seller or model.
    """
    match clause:
        case types.ClauseEquals():
            yield clause.equals.lower(), True
        case types.ClauseEndsWith():
            yield clause.ends_with.lower(), True
        case types.ClauseStartsWith():
            yield clause.starts_with.lower(), False
        case types.ClauseContains():
            yield clause.contains.lower(), False
        case types.ClauseOr():
            for part in clause.or_:
                yield from _literals(part)
        case _:
            # A pattern or a conjunction says too little about the whole name.
            return


def begins(clause: Any, name: str) -> bool:
    """Whether a name is, or begins as, one that a clause describes."""
    if isinstance(clause, types.ClauseOr):
        return any(begins(part, name) for part in clause.or_)
    if isinstance(clause, types.ClauseRegex):
        with contextlib.suppress(re.error):
            return re.match(clause.regex, name) is not None
        return False
    return any(
        name == literal if whole else name.startswith(literal)
        for literal, whole in _literals(clause)
    )
