"""Who was asked for what: seller and model out of the names that a source wrote.

The steps, in this order; each is exact, and none guesses:

1. A local server's name in front of the model (or as its provider, or in the name that was asked
   for) makes the call local, and so does the name of a file or a quantization that only a local
   server loads (`*.gguf`, `*:8b-q4_K_M`, `*-4bit`), unless the source states a seller or the name
   is one of a hosted model (`*:cloud`).
2. A reseller's name (`openrouter`) in front of the model or of the name that was asked for is the
   seller, whoever answered behind it.
3. Else the provider that the source states is the seller.
4. Else an address (`publishers/google/models/...`, an ARN) tells the seller, and the model in it.
5. Else a seller's name in front, up to `:`, `/` or `-`, is the seller; a name whose beginning is
   no seller's (`llama3.1:latest`) stays whole. A name up to `/` that also publishes weights
   (`openai/gpt-oss-20b`) may be no more than the vendor of what anybody serves.
6. Else a name of the form of a Bedrock id (`us.anthropic.claude-...`) is sold by AWS.
7. Else a seller's name in front of the name that was asked for is the seller.

The model is then looked up as it is written; without its vendor (`google/`); for AWS also without
region, vendor and version; without its date, or with the date written out.
"""

import fnmatch
import re
from collections.abc import Container, Sequence
from typing import NamedTuple

from usagectl.pricing.addresses import address
from usagectl.pricing.candidates import EXACT, REGION, Candidate, candidates_of
from usagectl.pricing.sellers import (
    RESELLERS,
    VENDORS,
    canonical,
    heads,
    hosts_weights,
    is_seller,
    seller_in_front,
    seller_named,
)
from usagectl.pricing.weights import local_form

_BEDROCK_ID = re.compile(
    rf"(?:converse/|invoke/)?(?:{REGION.pattern})?(?:ai21|amazon|anthropic|cohere|deepseek|google"
    r"|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|writer|zai)\."
)
_NOBODY = "no name tells who sold it"


class LocalServers(NamedTuple):
    """Names of servers that run on one's own machines, and names of models that never do."""

    servers: tuple[str, ...] = ()
    hosted: tuple[str, ...] = ()
    origin: str = ""


class Identity(NamedTuple):
    """What is known of a call's model.

    `written` are its names as the source has them, with and without the provider; `seller` is
    null where no name tells it; `local` names the local server, or the form of weights that only
    such a server loads; `steps` tell how it was found.
    `vendor`: the seller's name may be no more than that of who made the weights. `alias`: the name
    of a reseller is joined to it by a dash, so that it is a user's own and has no vendor.
    """

    written: tuple[str, ...]
    seller: str | None
    local: str | None
    candidates: tuple[Candidate, ...]
    steps: tuple[str, ...]
    vendor: bool = False
    alias: bool = False

    @property
    def name(self) -> str:
        """The model as it is looked up first."""
        return self.candidates[0].name if self.candidates else self.written[0]


def identify(
    provider: str | None,
    model: str | None,
    request_model: str | None,
    servers: LocalServers,
    others: Container[str] = (),
) -> Identity | None:
    """Tell seller and model from what a source wrote; None where it wrote no name at all.

    Args:
        provider: The provider that the source states.
        model: The model that answered.
        request_model: The name that was asked for.
        servers: The local servers.
        others: Further sellers, whose names count in front of a `:` or `/`.
    """
    names = [name for name in (model, request_model) if name]
    if not names:
        return None
    main = names[0]
    written = (main, f"{provider}:{main}", f"{provider}/{main}") if provider else (main,)
    if found := _local(provider, names, servers):
        local, step = found
        return Identity(
            written, None, local, tuple(candidates_of(_tail(main, local), None)), (step,)
        )
    sold = _sold(provider, main, request_model, others)
    seller, name = sold.seller, sold.name
    if seller is not None and name is not None:
        written = tuple(dict.fromkeys((*written, f"{seller}/{name}", f"{seller}:{name}")))
    # A number, or a name that the customer gave, is looked up as it is and in no other way.
    whole = (Candidate(main.lower(), EXACT, "as written"),)
    looked_up = whole if name is None else tuple(candidates_of(name, seller))
    return Identity(written, seller, None, looked_up, (sold.step,), sold.vendor, sold.alias)


def _local(
    provider: str | None, names: Sequence[str], servers: LocalServers
) -> tuple[str, str] | None:
    """The local server, or the form of weights that only such a server loads, and the step."""
    if any(fnmatch.fnmatchcase(name.lower(), glob) for name in names for glob in servers.hosted):
        return None
    known = {canonical(name): name for name in servers.servers}
    if provider and canonical(provider) in known:
        return provider, f"{provider!r} is a local server ({servers.origin})"
    if provider and is_seller(provider):
        # A seller that the source states is no server of one's own, whatever the model is called.
        return None
    for name in names:
        for head, tail in heads(name):
            # A vendor may be called like a server: mlx-community/..., jan-hq/...
            vendor = name[len(head)] in "-_" and "/" in tail
            if canonical(head) in known and not vendor:
                return head, f"{head!r} is a local server ({servers.origin})"
    for name in names:
        if form := local_form(name):
            return form, f"{form!r} in {name!r} is for servers on one's own machine"
    return None


def _tail(name: str, head: str) -> str:
    return name[len(head) + 1 :] if name.startswith(head) and len(name) > len(head) + 1 else name


class _Sold(NamedTuple):
    """Who sells a model, its name without the seller (null: look up as it is), and the step."""

    seller: str | None
    name: str | None
    step: str
    vendor: bool = False
    alias: bool = False


def _sold(
    provider: str | None, name: str, request_model: str | None, others: Container[str]
) -> _Sold:
    for text in filter(None, (name, request_model)):
        for head, tail in heads(text):
            if canonical(head) in RESELLERS:
                own = text == name
                alias = own and text[len(head)] in "-_" and "/" not in tail
                step = f"{head!r} in front of {text!r} is a reseller"
                return _Sold(canonical(head), tail if own else name, step, alias=alias)
    place = address(name)
    if provider:
        inside = place.model if place else name
        return _Sold(seller_named(provider), inside, f"the source states the provider {provider!r}")
    if place:
        return _Sold(place.seller, place.model, f"{name!r} is {place.words}")
    return _by_form(name, others) or _by_alias(name, request_model) or _Sold(None, name, _NOBODY)


def _by_form(name: str, others: Container[str]) -> _Sold | None:
    """By a seller in front of the name, or a form that only one seller uses."""
    front, rest = seller_in_front(name, others)
    if front is not None:
        # A family may be called as its maker (mistral-large): the whole name comes first.
        dash = name[len(front)] in "-_"
        whole = name if dash else rest
        made_by = dash or (name[len(front)] == "/" and canonical(front) in VENDORS)
        vendor = made_by and not hosts_weights(seller_named(front))
        step = f"{front!r} in front of {name!r} is a seller"
        return _Sold(seller_named(front), whole, step, vendor=vendor)
    if _BEDROCK_ID.match(name):
        return _Sold("aws", name, f"{name!r} has the form of a Bedrock id")
    return None


def _by_alias(name: str, request_model: str | None) -> _Sold | None:
    """By the name that was asked for."""
    front, _ = seller_in_front(request_model or "")
    if front is not None:
        step = f"{front!r} in front of {request_model!r} is a seller"
        return _Sold(seller_named(front), name, step)
    if request_model and (place := address(request_model)):
        return _Sold(place.seller, name, f"{request_model!r} is {place.words}")
    return None
