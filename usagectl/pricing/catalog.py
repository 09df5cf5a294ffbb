"""The catalog: genai-prices, whose dated prices come with the package and need no network.

It is imported when a call first needs it. Its own matching takes any name that contains another;
here a name must be one that the catalog lists, or begin with one: a longer name is called inexact
unless a date or a version is all that is left.
"""

import contextlib
import datetime as dt
import re
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

import genai_prices
from genai_prices import types
from genai_prices.data_snapshot import get_snapshot
from pydantic import ValidationError

from usagectl.documents import Node
from usagectl.exceptions import WrongUsageError
from usagectl.pricing import stored
from usagectl.pricing.currencies import USD
from usagectl.pricing.identity import (
    DATED,
    EXACT,
    INEXACT,
    RESELLERS,
    Candidate,
    Identity,
    canonical,
)
from usagectl.pricing.rates import (
    NOTHING,
    Offer,
    Period,
    Rates,
    Tier,
    rate_each,
    rate_per_million,
    tiers_of,
)
from usagectl.pricing.table import Match, Table

_VERSION = re.compile(
    r"(?:[-@]?(?:20\d\d-?[01]\d-?[0-3]\d|[01]\d-[0-3]\d|\d{1,4}|v\d+|latest)|:\d+|-v\d+:\d+(?::\d+k)?)+"
)
_FREE = ":free"
_BATCH = {"processing": "batch"}
_PARTS = {
    "input": "input_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "output": "output_mtok",
    "reasoning": "output_reasoning_mtok",
}


class Catalog:
    """Sellers with their models.

    Args:
        providers: Sellers as genai-prices describes them.
        version: What the catalog is called in reports.
    """

    def __init__(self, providers: Iterable[types.Provider], version: str) -> None:
        self.version = version
        self._sellers = {canonical(each.id): _Seller(each) for each in providers}

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
        if seller in RESELLERS and identity.name.endswith(_FREE):
            free = (Period(None, None, tiers_of(NOTHING, ())),)
            offer = Offer(seller, identity.name, USD, free, f"{seller}'s rule for {_FREE}")
            return Match(offer, EXACT, f"{_FREE!r} is {seller}'s word for what costs nothing"), ""
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
            if seller.provider.model_match and _begins(seller.provider.model_match, name)
        ]
        return makers[0] if makers else None

    def _offer(self, seller: str, model: types.ModelInfo) -> Offer | None:
        standard = _periods(model)
        if standard is None:
            return None
        return Offer(seller, model.id, USD, standard, self.version, _batch_periods(model))


class _Seller:
    """The models of a seller by their names: whole ones, and beginnings with the longest first."""

    def __init__(self, provider: types.Provider) -> None:
        self.provider = provider

    @cached_property
    def exact(self) -> dict[str, types.ModelInfo]:
        names = {model.id.lower(): model for model in self.provider.models}
        for model in self.provider.models:
            for literal, whole in _literals(model.match):
                if whole:
                    names.setdefault(literal, model)
        return names

    @cached_property
    def beginnings(self) -> list[tuple[str, types.ModelInfo]]:
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

    def find(self, candidates: Iterable[Candidate]) -> tuple[types.ModelInfo, str, str] | None:
        names = list(candidates)
        if self.provider.id in RESELLERS:
            for name, how, step in names:
                sold = self.by_tail.get(name, [])
                if "/" not in name and len({self.exact[n].id for n in sold}) == 1:
                    said = f"{step}; {sold[0]!r} is the only one of that name"
                    return self.exact[sold[0]], how, f"{name!r} {said}"
        for name, how, step in names:
            model = self.exact.get(name)
            if model is None:
                continue
            rest = name.removeprefix(model.id.lower())
            if rest in ("", name) or _VERSION.fullmatch(rest):
                return model, how, f"{name!r} {step}"
            # Listed among the names of a shorter model, which may not cost the same for ever.
            return model, INEXACT, f"{name!r} {step} is listed under {model.id!r}"
        for name, _, step in names:
            for literal, model in self.beginnings:
                # Behind a colon stands the tag of a local model, or the plan of a hosted one.
                if name.startswith(literal) and not name[len(literal) :].startswith(":"):
                    exactly = _VERSION.fullmatch(name[len(literal) :]) or name == literal
                    how = DATED if exactly else INEXACT
                    return model, how, f"{name!r} {step} begins with {literal!r}"
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


def _begins(clause: Any, name: str) -> bool:
    """Whether a name is, or begins as, one that a clause describes."""
    if isinstance(clause, types.ClauseOr):
        return any(_begins(part, name) for part in clause.or_)
    if isinstance(clause, types.ClauseRegex):
        with contextlib.suppress(re.error):
            return re.match(clause.regex, name) is not None
        return False
    return any(
        name == literal if whole else name.startswith(literal)
        for literal, whole in _literals(clause)
    )


def _periods(model: types.ModelInfo) -> tuple[Period, ...] | None:
    """The prices of a model in order, of which the last that holds counts; None without any."""
    if not isinstance(model.prices, list):
        whole = _tiers(model, model.prices)
        return None if whole is None else (Period(None, None, whole),)
    periods: list[Period] = []
    for condition in model.prices:
        tiers = _tiers(model, condition.prices)
        if tiers is None:
            return None
        # Where none of the conditions holds, the first price counts.
        since, hours = _constraint(condition.constraint) if periods else (None, None)
        periods.append(Period(since, hours, tiers))
    return tuple(periods)


def _batch_periods(model: types.ModelInfo) -> tuple[Period, ...] | None:
    """As above for batch requests, whose prices the catalog keeps as exceptions from a day on."""
    conditions = model.prices if isinstance(model.prices, list) else []
    variants = [variant for variant in model.price_variants or () if variant.when == _BATCH]
    constraints = [entry.constraint for entry in conditions]
    constraints += [variant.constraint for variant in variants]
    if not variants or any(isinstance(c, types.TimeOfDateConstraint) for c in constraints):
        return None
    days = {c.start_date for c in constraints if isinstance(c, types.StartDateConstraint)}
    periods = []
    for day in (None, *sorted(days)):
        at = dt.datetime.combine(day or dt.date.min, dt.time(), dt.UTC)
        tiers = _tiers(model, model.get_prices(at, _BATCH))
        if tiers is None:
            return None
        periods.append(Period(day, None, tiers))
    return tuple(periods)


def _constraint(constraint: Any) -> tuple[dt.date | None, tuple[dt.time, dt.time] | None]:
    if isinstance(constraint, types.StartDateConstraint):
        return constraint.start_date, None
    if isinstance(constraint, types.TimeOfDateConstraint):
        return None, (_utc(constraint.start_time), _utc(constraint.end_time))
    return None, None


def _utc(time: dt.time) -> dt.time:
    at = dt.datetime.combine(dt.date(2000, 1, 2), time)
    return (at if at.tzinfo is None else at.astimezone(dt.UTC)).time()


def _tiers(model: types.ModelInfo, price: types.ModelPrice) -> tuple[Tier, ...] | None:
    """The prices of tokens, by the length of the input; None where tokens have none."""
    found = {part: getattr(price, name) for part, name in _PARTS.items()}
    if found["input"] is None and found["output"] is None:
        return tiers_of(NOTHING, ()) if model.id.lower().endswith(_FREE) else None
    base: dict[str, int] = {}
    above: dict[int, dict[str, int]] = {}
    for part, value in found.items():
        if isinstance(value, types.TieredPrices):
            base[part] = rate_per_million(value.base)
            for tier in value.tiers:
                above.setdefault(tier.start, {})[part] = rate_per_million(tier.price)
        elif value is not None:
            base[part] = rate_per_million(value)
    requests = price.requests_kcount
    if isinstance(requests, Decimal):
        base["request"] = rate_each(requests / 1000)
    return tiers_of(Rates(**base), [(limit, Rates(**rates)) for limit, rates in above.items()])


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
