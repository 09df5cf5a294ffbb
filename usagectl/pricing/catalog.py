"""The catalog: genai-prices, whose dated prices come with the package and need no network.

It is imported when a call first needs it. Its own matching takes any name that contains another;
here a name must be one that the catalog lists, or begin with one: a longer name is called inexact
unless a date or a version is all that is left.
"""

from collections.abc import Container, Iterable
from typing import Any

import genai_prices
from genai_prices import types
from genai_prices.data_snapshot import get_snapshot
from pydantic import ValidationError

from usagectl.exceptions import WrongUsageError
from usagectl.nodes import Node
from usagectl.pricing import stored
from usagectl.pricing.catalog_names import Seller, begins
from usagectl.pricing.catalog_prices import batch_periods_of, periods_of
from usagectl.pricing.currencies import USD
from usagectl.pricing.identity import EXACT, RESELLERS, Identity, canonical
from usagectl.pricing.rates import FREE, FREE_OF_CHARGE, Offer
from usagectl.pricing.table import Match, Table


class Catalog:
    """Sellers with their models.

    Args:
        providers: Sellers as genai-prices describes them.
        version: What the catalog is called in reports.
    """

    def __init__(self, providers: Iterable[types.Provider], version: str) -> None:
        self.version = version
        self._sellers = {canonical(each.id): Seller(each) for each in providers}

    def sellers(self) -> Container[str]:
        """The names of the sellers."""
        return self._sellers.keys()

    def find(self, identity: Identity) -> tuple[Match | None, str]:
        """The offer for a model, and why there is none."""
        seller, found_by = identity.seller, ""
        if seller is None:
            seller = self._maker(identity.name)
            if seller is None:
                return None, f"{self.version} cannot tell who sells {identity.name!r}"
            found_by = f", and {seller} makes what is called so"
        if seller not in self._sellers:
            return None, f"{self.version} has no prices of {seller!r}"
        makers = map(canonical, self._sellers[seller].provider.fallback_model_providers or [])
        for at in (seller, *(maker for maker in makers if maker in self._sellers)):
            found = self._sellers[at].find(identity.candidates)
            if found is None:
                continue
            model, how, step = found
            offer = self._offer(at, model)
            if offer is None:
                return None, f"{self.version} has {at}'s {model.id!r}, but no price of its tokens"
            via = "" if at == seller else f", at its maker {at}'s price"
            return Match(offer, how, f"{step}{found_by}{via}"), ""
        if seller in RESELLERS and identity.name.endswith(FREE):
            origin = f"{seller}'s rule for {FREE}"
            offer = Offer(seller, identity.name, USD, (FREE_OF_CHARGE,), origin)
            return Match(offer, EXACT, f"{FREE!r} is {seller}'s word for what costs nothing"), ""
        return None, f"{self.version} knows no {identity.name!r} of {seller}"

    def others(self, identity: Identity) -> list[Offer]:
        """What other sellers ask for a model of exactly this name: never used, only shown."""
        exact = [candidate.name for candidate in identity.candidates if candidate.how == EXACT]
        names = list(dict.fromkeys((*exact, *(name.rpartition("/")[2] for name in exact))))
        found = []
        for name, seller in self._sellers.items():
            model = next((seller.exact[name] for name in names if name in seller.exact), None)
            offer = self._offer(name, model) if model and name != identity.seller else None
            if offer:
                found.append(offer)
        return found

    def offers(self) -> list[tuple[str, Offer]]:
        """Every model that has a price of its tokens, with its offer."""
        found = (
            (model.id, self._offer(name, model))
            for name, seller in self._sellers.items()
            for model in seller.provider.models
        )
        return [(name, offer) for name, offer in found if offer is not None]

    def _maker(self, name: str) -> str | None:
        """The first seller that says of names that begin so that they are of its own models."""
        makers = [
            name_of_seller
            for name_of_seller, seller in self._sellers.items()
            if seller.provider.model_match and begins(seller.provider.model_match, name)
        ]
        return makers[0] if makers else None

    def _offer(self, seller: str, model: types.ModelInfo) -> Offer | None:
        standard = periods_of(model)
        if standard is None:
            return None
        return Offer(seller, model.id, USD, standard, self.version, batch_periods_of(model))


def load() -> Catalog:
    """The catalog that was fetched last (`usagectl prices update`), else the bundled one."""
    kept = stored.kept()
    if kept is None:
        return Catalog(get_snapshot().providers, f"genai-prices {genai_prices.__version__}")
    try:
        return from_data(kept.providers, f"genai-prices of {kept.day}")
    except WrongUsageError as error:
        raise stored.damaged(f"{kept.path}: {error}") from None


def table(root: Node) -> Table:
    """A data file of genai-prices as a table of a user.

    Raises:
        WrongUsageError: It is none.
    """
    catalog = from_data(root.plain(), root.file)
    offers = [
        (name, offer._replace(origin=f"{root.file}, {offer.seller}"))
        for name, offer in catalog.offers()
    ]
    if not offers:
        raise root.wrong("a price table with no models prices nothing")
    return Table(root.file, offers)


def from_data(raw: Any, version: str) -> Catalog:
    """A catalog out of what genai-prices' data file holds.

    Raises:
        WrongUsageError: It is no such data.
    """
    try:
        # The way in which the library itself reads its data file; it offers no public one.
        providers = types._providers_from_raw(raw)  # noqa: SLF001
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"] if not str(step).startswith("function"))
        raise WrongUsageError(
            f"{version}: no price data of genai-prices: {place}: {first['msg']}"
        ) from None
    except RecursionError:
        raise WrongUsageError(f"{version}: nested too deeply") from None
    catalog = Catalog(providers, version)
    for name, offer in catalog.offers():
        rates = (rate for p in offer.periods for tier in p.tiers for rate in tier.rates)
        if any(rate is not None and rate < 0 for rate in rates):
            raise WrongUsageError(f"{version}: {offer.seller} {name}: a price below 0")
    return catalog
