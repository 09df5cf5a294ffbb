"""The catalog: genai-prices, whose dated prices come with the package and need no network.

It is imported when a call first needs it. Its own matching takes any name that contains another;
here a name must be one that the catalog lists, or begin with one: a longer name is called inexact
unless a date or a version is all that is left.
"""

import difflib
from collections.abc import Iterable
from functools import cached_property
from typing import Any

import genai_prices
from genai_prices import types
from genai_prices.data_snapshot import get_snapshot
from pydantic import ValidationError

from usagectl.config.node import Node
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.wording import some_of
from usagectl.pricing import stored
from usagectl.pricing.candidates import EXACT, INEXACT
from usagectl.pricing.catalog_names import Found, Seller, begins
from usagectl.pricing.catalog_prices import batch_periods_of, periods_of
from usagectl.pricing.currencies import USD
from usagectl.pricing.identity import Identity
from usagectl.pricing.rates import FREE, FREE_OF_CHARGE, Offer
from usagectl.pricing.sellers import RESELLERS, canonical, hosts_weights
from usagectl.pricing.table import Match, Table
from usagectl.pricing.weights import open_weights

_NEAR = 0.75


class Catalog:
    """Sellers with their models.

    Args:
        providers: Sellers as genai-prices describes them.
        version: What the catalog is called in reports.
    """

    def __init__(self, providers: Iterable[types.Provider], version: str) -> None:
        self.version = version
        self._sellers = {canonical(each.id): Seller(each) for each in providers}

    def sellers(self) -> frozenset[str]:
        """The names of the sellers."""
        return frozenset(self._sellers)

    def find(self, identity: Identity) -> tuple[Match | None, str]:
        """The offer for a model, and why there is none."""
        match, why_not, sold_elsewhere = self._found(identity)
        return match, why_not + (self._sold_by(identity) if sold_elsewhere else "")

    def _found(self, identity: Identity) -> tuple[Match | None, str, bool]:
        """The offer; why there is none; whether to say who else sells what is called so."""
        seller, found_by = identity.seller, ""
        if (seller is None or identity.vendor) and self._of_nobody(identity):
            return None, f"{identity.name!r} names weights that anybody may serve", True
        if seller is None:
            seller = self._maker(identity.name)
            if seller is None:
                return None, f"{self.version} cannot tell who sells {identity.name!r}", True
            found_by = f", and {seller} makes what is called so"
        if seller not in self._sellers:
            return None, f"{self.version} has no prices of {seller!r}", True
        makers = map(canonical, self._sellers[seller].provider.fallback_model_providers or [])
        for at in (seller, *(maker for maker in makers if maker in self._sellers)):
            found = self._sellers[at].find(identity)
            if found is not None:
                via = "" if at == seller else f", at its maker {at}'s price"
                return self._offered(identity, at, found, f"{found_by}{via}")
        if seller in RESELLERS and identity.name.endswith(FREE):
            origin = f"{seller}'s rule for {FREE}"
            offer = Offer(seller, identity.name, USD, (FREE_OF_CHARGE,), origin)
            said = f"{FREE!r} is {seller}'s word for what costs nothing"
            return Match(offer, EXACT, said), "", False
        return None, f"{self.version} knows no {identity.name!r} of {seller}", True

    def _offered(
        self, identity: Identity, at: str, found: Found, by: str
    ) -> tuple[Match | None, str, bool]:
        """As `_found`, of a model that a seller has."""
        model, how, step = found
        offer = self._offer(at, model)
        if offer is None:
            said = f"{self.version} has {at}'s {model.id!r}, but no price of its tokens"
            return None, said, False
        if how == INEXACT and self._is_another(identity, offer):
            said = f"others sell {identity.name!r} as another model than {model.id!r}"
            return None, f"{self.version}: {said}", True
        return Match(offer, how, f"{step}{by}"), "", False

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

    def sold(self, identity: Identity) -> list[Offer]:
        """Who else sells a model of this name, whatever vendor stands in front of it."""
        found: dict[str | None, Offer] = {}
        for name in _exact_tails(identity):
            for offer in self._by_tail.get(name, ()):
                if offer.seller != identity.seller or identity.vendor:
                    found.setdefault(offer.seller, offer)
        order = [*self._sellers]
        return sorted(found.values(), key=lambda offer: order.index(str(offer.seller)))

    def nearest(self, identity: Identity) -> list[Offer]:
        """Offers whose names are nearest to one that nobody sells under."""
        tails = _exact_tails(identity)[-1:]
        near = (
            difflib.get_close_matches(tails[0], self._by_tail, n=3, cutoff=_NEAR) if tails else []
        )
        return [self._by_tail[name][0] for name in near]

    def offers(self) -> list[tuple[str, Offer]]:
        """Every model that has a price of its tokens, with its offer."""
        found = (
            (model.id, self._offer(name, model))
            for name, seller in self._sellers.items()
            for model in seller.provider.models
        )
        return [(name, offer) for name, offer in found if offer is not None]

    @cached_property
    def _by_tail(self) -> dict[str, list[Offer]]:
        """Every offer by the names of its model, as `_tail` compares them."""
        found: dict[str, list[Offer]] = {}
        for at, seller in self._sellers.items():
            for name, model in seller.exact.items():
                offer = self._offer(at, model)
                if offer is not None:
                    found.setdefault(_tail(name), []).append(offer)
        return found

    def _sold_by(self, identity: Identity) -> str:
        """Who sells a model of this name, as the end of a message; or nothing."""
        sellers = [str(offer.seller) for offer in self.sold(identity)]
        if not sellers:
            return ""
        return f"; it is sold by {some_of(sellers)}"

    def _of_nobody(self, identity: Identity) -> bool:
        """Whether a name that no source gave a seller is one of weights that anybody may serve."""
        if open_weights(identity.name.rpartition("/")[2]):
            return True
        # A maker's own interface has no vendors in its names.
        behind_vendor = "/" in identity.written[0]
        sellers = [str(offer.seller) for offer in self._by_tail.get(_tail(identity.name), ())]
        return behind_vendor and any(map(hosts_weights, sellers))

    def _is_another(self, identity: Identity, offer: Offer) -> bool:
        """Whether others sell the whole name as a model of its own, and none of them so."""
        asked = {_short(o) for o in self.sold(identity) if o.seller != offer.seller}
        return bool(asked) and _short(offer) not in asked

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


def _tail(name: str) -> str:
    """A name without its vendor, in which some write `4.6` and others `4-6`."""
    return name.lower().rpartition("/")[2].replace(".", "-")


def _exact_tails(identity: Identity) -> list[str]:
    """The exact names of a model without their vendors, each once."""
    names = (_tail(each.name) for each in identity.candidates if each.how == EXACT)
    return list(dict.fromkeys(names))


def _short(offer: Offer) -> tuple[int | None, int | None]:
    """The last price of a short request."""
    rates = offer.periods[-1].tiers[0].rates
    return rates.input, rates.output


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
