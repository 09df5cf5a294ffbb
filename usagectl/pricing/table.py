"""A price table: who sells which model at what price, looked up by exact names."""

from collections.abc import Iterable
from typing import NamedTuple

from usagectl.pricing.candidates import EXACT, Candidate
from usagectl.pricing.identity import Identity, LocalServers
from usagectl.pricing.rates import Offer
from usagectl.pricing.sellers import canonical


class Match(NamedTuple):
    """An offer, how exactly its name fits (exact, dated, inexact) and the step that found it."""

    offer: Offer
    how: str
    step: str


class Table:
    """Offers by the names of their models.

    Args:
        path: Where the table was read from.
        offers: Names of each model, and its offer. Of two for one name and seller the first counts.
        default: The offer for models that the table does not name, where it has one.
        local: The local servers that the table names, where it does.
    """

    def __init__(
        self,
        path: str,
        offers: Iterable[tuple[str, Offer]] = (),
        default: Offer | None = None,
        local: LocalServers | None = None,
    ) -> None:
        self.path = path
        self.default = default
        self.local = local
        self._by_name: dict[str, list[Offer]] = {}
        for name, offer in offers:
            self._by_name.setdefault(name.lower(), []).append(offer)

    def offers(self) -> list[tuple[str, Offer]]:
        """Every name with its offer, in the order of the table."""
        return [(name, offer) for name, offers in self._by_name.items() for offer in offers]

    def find(self, identity: Identity) -> tuple[Match | None, str]:
        """The offer for a model, and why there is none."""
        written = [Candidate(name, EXACT, "as the source writes it") for name in identity.written]
        sellers = {None, identity.seller, canonical(identity.local) if identity.local else None}
        others: list[str] = []
        for name, how, step in (*written, *identity.candidates):
            offers = self._by_name.get(name.lower(), ())
            fitting = [offer for offer in offers if offer.seller in sellers]
            if fitting:
                offer = max(fitting, key=lambda offer: offer.seller is not None)
                return Match(offer, how, f"{name!r} {step}"), ""
            if offers and identity.seller is None and identity.local is None:
                # A name that the table has only behind a seller's does not say that it is his.
                whole = [offer for offer in offers if offer.model.lower() == name.lower()]
                named = list(dict.fromkeys(str(offer.seller) for offer in whole))
                if len(named) == 1:
                    return Match(whole[0], how, f"{name!r} {step}, which only {named[0]} sells"), ""
                others += [str(offer.seller) for offer in offers]
            else:
                others += [str(offer.seller) for offer in offers]
        if not others:
            return None, f"{self.path} does not name it"
        sold_by = ", ".join(dict.fromkeys(others))
        who = identity.seller or "several could be meant"
        return None, f"{self.path} has it only from other sellers ({sold_by}; here: {who})"
