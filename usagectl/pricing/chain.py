"""Who knows the price of a model: the user's tables, local servers by rule, then the catalog."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from usagectl.pricing.candidates import EXACT
from usagectl.pricing.currencies import USD
from usagectl.pricing.identity import Identity, LocalServers, identify
from usagectl.pricing.local import shipped_servers
from usagectl.pricing.rates import FREE, FREE_OF_CHARGE, Offer
from usagectl.pricing.table import Table

if TYPE_CHECKING:
    from usagectl.pricing.catalog import Catalog

TABLE, CATALOG, LOCAL = "table", "catalog", "local"
DEFAULT = "default"


class Verdict(NamedTuple):
    """Where the price of a model comes from.

    `source` is table, catalog or local, null where nobody knows a price; `how` says how exactly
    the name fits: exact, dated, inexact, or default. `steps` tell what was asked, in order.
    """

    identity: Identity | None
    source: str | None
    offer: Offer | None
    how: str | None
    steps: tuple[str, ...]

    @property
    def reason(self) -> str:
        """Why there is no price: the last answer."""
        return self.steps[-1]


class Chain:
    """The price tables in the order in which they are asked, and what is asked after them.

    Args:
        paths: Files of prices; the first that knows a model decides.

    Raises:
        WrongUsageError: One of them cannot be read or is wrong.
    """

    def __init__(self, paths: Sequence[str] = ()) -> None:
        self.tables = [_table(path) for path in paths]

    @cached_property
    def servers(self) -> LocalServers:
        """The local servers of the first table that names any, else those that come with us."""
        named = next((table.local for table in self.tables if table.local is not None), None)
        if named is not None and named.hosted:
            return named
        shipped = shipped_servers()
        return shipped if named is None else named._replace(hosted=shipped.hosted)

    @cached_property
    def _table_sellers(self) -> frozenset[str]:
        offers = (offer for table in self.tables for _, offer in table.offers())
        return frozenset(offer.seller for offer in offers if offer.seller)

    @cached_property
    def catalog(self) -> "Catalog":
        """The catalog, loaded when it is first asked."""
        from usagectl.pricing import catalog

        return catalog.load()

    def verdict(
        self,
        provider: str | None,
        model: str | None,
        request_model: str | None,
        *,
        with_tokens: bool = True,
    ) -> Verdict:
        """Where the price of a model comes from.

        Args:
            provider: The name that a source wrote, as the others.
            model: The model that answered.
            request_model: The model that was asked.
            with_tokens: False where no call has known tokens: only a model that costs nothing has
                a cost then, and the catalog need not be loaded.
        """
        names = (provider, model, request_model, self.servers)
        identity = identify(*names, self._table_sellers)
        if identity is None:
            return Verdict(None, None, None, None, ("the source names no model",))
        steps = list(identity.steps)
        if found := self._by_tables(identity, steps):
            return found
        if identity.local is not None:
            origin = "a local model costs nothing by rule"
            offer = Offer(None, identity.name, USD, (FREE_OF_CHARGE,), origin)
            return Verdict(identity, LOCAL, offer, EXACT, (*steps, offer.origin))
        for table in self.tables:
            if table.default is not None:
                steps.append(f"{table.default.origin}: the table's default")
                return Verdict(identity, TABLE, table.default, DEFAULT, tuple(steps))
        if not (with_tokens or identity.name.endswith(FREE)):
            steps.append("the tokens of its calls are unknown: the catalog was not asked")
            return Verdict(identity, None, None, None, tuple(steps))
        # Sellers that only the catalog knows.
        identity = identify(*names, self.catalog.sellers() | self._table_sellers) or identity
        return self._by_catalog(identity, steps)

    def _by_tables(self, identity: Identity, steps: list[str]) -> Verdict | None:
        for table in self.tables:
            match, why_not = table.find(identity)
            if match is not None:
                steps.append(f"{match.offer.origin}: {match.step}")
                return Verdict(identity, TABLE, match.offer, match.how, tuple(steps))
            steps.append(why_not)
        return None

    def _by_catalog(self, identity: Identity, steps: list[str]) -> Verdict:
        match, why_not = self.catalog.find(identity)
        if match is None:
            return Verdict(identity, None, None, None, (*steps, why_not))
        step = f"{match.offer.origin}: {match.step}"
        return Verdict(identity, CATALOG, match.offer, match.how, (*steps, step))


def _table(path: str) -> Table:
    from usagectl.pricing.table_file import read_table

    return read_table(path)
