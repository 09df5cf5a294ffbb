"""What is doubtful about prices, as notices that travel with the costs."""

from collections.abc import Callable, Iterator, Sequence

from usagectl.model.notices import Notice
from usagectl.model.wording import plural
from usagectl.pricing.candidates import INEXACT
from usagectl.pricing.chain import DEFAULT, LOCAL, Verdict
from usagectl.pricing.rates import Offer
from usagectl.pricing.requests import PricedModel, Wanted, listed


def doubts(models: Sequence[PricedModel], wanted: Wanted) -> Iterator[Notice]:
    """The doubts about the prices of some models, and of how many calls each is.

    Args:
        models: How each was priced.
        wanted: How they were to be priced.
    """
    sold = [(m, m.verdict.offer) for m in models if m.verdict.offer and m.verdict.source != LOCAL]

    def doubt(
        code: str, counted: Callable[[PricedModel], int], of: Callable[[Offer], bool], words: str
    ) -> Iterator[Notice]:
        count = sum(counted(model) for model, offer in sold if of(offer))
        if count:
            yield Notice(code, f"{count:,} call{plural(count)} {words}", count)

    yield from _by_doubtful_name(models)
    yield from doubt(
        "cache-over-input",
        lambda model: model.overfull_calls,
        lambda _: True,
        "with more cached tokens than input: the source may not count the cache into its input;"
        " only the cached tokens are priced as input",
    )
    if wanted.at is None:
        yield from doubt(
            "undated-price",
            lambda model: model.untimed_calls,
            lambda offer: len(offer.periods) > 1,
            "without a time, of models whose price changed: priced at today's price",
        )
    yield from doubt(
        "tier-unknown",
        lambda model: model.added_up_calls,
        lambda offer: any(len(period.tiers) > 1 for period in offer.periods),
        "that the source adds up: priced without the higher prices of long inputs, since the"
        " length of one call is unknown",
    )
    if wanted.batch:
        names = listed([model.name for model, offer in sold if offer.batch is None])
        yield from doubt(
            "no-batch-price",
            lambda model: model.calls,
            lambda offer: offer.batch is None,
            f"priced as single requests: no batch price is known of {names}",
        )


def _by_doubtful_name(models: Sequence[PricedModel]) -> Iterator[Notice]:
    defaulted = [m for m in models if m.verdict.how == DEFAULT]
    if defaulted:
        calls = sum(m.calls for m in defaulted)
        yield Notice(
            "default-price",
            f"{calls:,} call{plural(calls)} priced by a table's default, which knows nothing of"
            f" {listed([m.name for m in defaulted])}",
            calls,
        )
    inexact = [m for m in models if m.verdict.how == INEXACT and m.calls_with_tokens]
    if inexact:
        calls = sum(m.calls_with_tokens for m in inexact)
        pairs = [
            f"{m.name} as {m.verdict.offer.model}" for m in inexact if m.verdict.offer is not None
        ]
        yield Notice(
            "inexact-price",
            f"{calls:,} call{plural(calls)} priced by an inexact name: {listed(pairs)}",
            calls,
        )


def doubts_of_what_if(verdict: Verdict, wanted: Wanted) -> Iterator[Notice]:
    """The doubts about the price of a what-if's model."""
    asked = wanted.as_model
    if verdict.how == DEFAULT:
        text = f"the what-if takes a table's default, which knows nothing of {asked}"
        yield Notice("default-price", text)
    if verdict.how == INEXACT and verdict.offer is not None:
        text = f"the what-if takes the price of {verdict.offer.model} for {asked}, an inexact name"
        yield Notice("inexact-price", text)
