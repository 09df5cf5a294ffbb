"""How calls are to be priced, and how they were: the values that travel with costs."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from usagectl.model.names import CostMode
from usagectl.model.wording import some_of
from usagectl.pricing.chain import Verdict

WHAT_IF = "what_if_nanousd"
"""The column of what a call would have cost at the model of a what-if, in 1e-9 USD."""


class Wanted(NamedTuple):
    """How a user wants calls to be priced.

    `tables` are files of prices; `batch` says that the requests went through a batch interface;
    `at` is a moment whose prices hold instead of each call's own; `as_model` is a model whose
    prices are reckoned beside, as a what-if.
    """

    tables: tuple[str, ...] = ()
    mode: CostMode = CostMode.AUTO
    batch: bool = False
    at: dt.datetime | None = None
    as_model: str | None = None


class PricedModel(NamedTuple):
    """A model of the calls whose cost was asked for, and where its price comes from.

    `overfull_calls` have more cached tokens than input, `untimed_calls` no time, and
    `added_up_calls` are in rows that stand for several.
    """

    provider: str | None
    model: str | None
    request_model: str | None
    verdict: Verdict
    calls: int
    calls_with_tokens: int
    input_tokens: int | None
    output_tokens: int | None
    overfull_calls: int
    untimed_calls: int
    added_up_calls: int

    @property
    def name(self) -> str:
        """The model by the name that reports group by."""
        return self.model or self.request_model or "(no model)"


class Costs(NamedTuple):
    """How the calls of a usage were priced.

    `models` are those whose price was asked for, the most calls first; `catalog` names the catalog
    where it was asked; `what_if` is the verdict on the model of the what-if; `currencies` are those
    of prices in others than USD.
    """

    wanted: Wanted
    models: tuple[PricedModel, ...]
    catalog: str | None
    what_if: Verdict | None
    currencies: tuple[str, ...]

    @property
    def asked_for(self) -> bool:
        """Whether a user asked for costs, who is then told of those that nobody knows."""
        return self.wanted != Wanted()

    def sources(self) -> set[str | None]:
        """Who knows a price of at least one model."""
        return {model.verdict.source for model in self.models}

    def unpriced(self) -> list[PricedModel]:
        """Models of calls with tokens, of which nobody knows a price."""
        return [m for m in self.models if m.verdict.offer is None and m.calls_with_tokens]


def listed(names: Sequence[str]) -> str:
    """The first few of some names, each once, and how many more there are."""
    return some_of(list(dict.fromkeys(names)))
