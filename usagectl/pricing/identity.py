"""Who was asked for what: seller and model out of the names that a source wrote.

The steps, in this order; each is exact, and none guesses:

1. A local server's name in front of the model (or as its provider, or in the name that was asked
   for) makes the call local, unless the name is one of a hosted model (`*:cloud`).
2. A reseller's name (`openrouter`) in front of the model or of the name that was asked for is the
   seller, whoever answered behind it.
3. Else the provider that the source states is the seller.
4. Else a seller's name in front, up to `:`, `/` or `-`, is the seller; a name whose beginning is
   no seller's (`llama3.1:latest`) stays whole.
5. Else a name of the form of a Bedrock id (`us.anthropic.claude-...`) is sold by AWS.
6. Else a seller's name in front of the name that was asked for is the seller.

The model is then looked up as it is written; without its vendor (`google/`); for AWS also without
region, vendor and version; without its date, or with the date written out.
"""

import fnmatch
import re
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

RESELLERS = frozenset({"openrouter"})

# What sellers are called, to what the catalog calls them. Sellers that the catalog does not know
# are here too: their name must not be taken for a part of the model's.
SELLERS = {
    **dict.fromkeys(("anthropic", "claude-api"), "anthropic"),
    **dict.fromkeys(("aws", "amazon", "bedrock", "amazon-bedrock", "aws-bedrock"), "aws"),
    **dict.fromkeys(("bedrock-converse", "bedrock-mantle"), "aws"),
    **dict.fromkeys(("azure", "azure-openai", "azure-ai", "microsoft-azure"), "azure"),
    **dict.fromkeys(("google", "gemini", "google-ai-studio", "google-ai"), "google"),
    **dict.fromkeys(("vertex", "vertex-ai", "google-vertex", "google-vertex-ai"), "google"),
    **dict.fromkeys(("openai", "openai-api"), "openai"),
    **dict.fromkeys(("mistral", "mistralai", "mistral-ai"), "mistral"),
    **dict.fromkeys(("xai", "x-ai"), "x-ai"),
    **dict.fromkeys(("together", "together-ai", "togetherai"), "together"),
    **dict.fromkeys(("fireworks", "fireworks-ai"), "fireworks"),
    **dict.fromkeys(("cohere", "cohere-chat"), "cohere"),
    **dict.fromkeys(("moonshot", "moonshotai", "moonshot-ai"), "moonshotai"),
    **dict.fromkeys(("zai", "z-ai"), "zai"),
    **dict.fromkeys(("zhipu", "zhipuai", "bigmodel"), "zhipuai"),
    **dict.fromkeys(("github-copilot", "copilot"), "github-copilot"),
    **dict.fromkeys(("novita", "novita-ai"), "novita"),
    **dict.fromkeys(("deepinfra", "deep-infra"), "deepinfra"),
    **dict.fromkeys(("huggingface", "hf"), "huggingface"),
    **{
        name: name
        for name in "openrouter groq cerebras deepseek perplexity cloudflare databricks baseten"
        " minimax ovhcloud sambanova nvidia hyperbolic nebius replicate friendli parasail".split()
    },
}
"""Exact names of sellers, in lower case with dashes."""

_REGION = re.compile(r"(?:us|us-gov|eu|apac|au|jp|ca|in|sa|global)\.(?=[a-z0-9-]+\.)")
_BEDROCK_ID = re.compile(
    rf"(?:{_REGION.pattern})?(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral"
    r"|moonshot|moonshotai|nvidia|openai|qwen|stability|writer|zai)\."
)
_BEDROCK_VENDOR = re.compile(r"[a-z0-9-]+\.(?=[a-z])")
_BEDROCK_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_DASHED_DATE = re.compile(r"[-@]20\d\d-[01]\d-[0-3]\d$")
_COMPACT_DATE = re.compile(r"([-@])(20\d\d)([01]\d)([0-3]\d)$")

EXACT, DATED, INEXACT = "exact", "dated", "inexact"


class LocalServers(NamedTuple):
    """Names of servers that run on one's own machines, and names of models that never do."""

    servers: tuple[str, ...] = ()
    hosted: tuple[str, ...] = ()
    origin: str = ""


class Candidate(NamedTuple):
    """A name to look up; `how` is exact or dated, `step` says how it came about."""

    name: str
    how: str
    step: str


class Identity(NamedTuple):
    """What is known of a call's model.

    `written` are its names as the source has them, with and without the provider; `seller` is
    null where no name tells it; `local` names the local server; `steps` tell how it was found.
    """

    written: tuple[str, ...]
    seller: str | None
    local: str | None
    candidates: tuple[Candidate, ...]
    steps: tuple[str, ...]

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
    local = _local(provider, names, servers)
    if local:
        step = f"{local!r} is a local server ({servers.origin})"
        return Identity(written, None, local, tuple(_candidates(_tail(main, local), None)), (step,))
    seller, name, step = _sold(provider, main, request_model, others)
    if seller is not None:
        written = tuple(dict.fromkeys((*written, f"{seller}/{name}", f"{seller}:{name}")))
    return Identity(written, seller, None, tuple(_candidates(name, seller)), (step,))


def _local(provider: str | None, names: Sequence[str], servers: LocalServers) -> str | None:
    if any(fnmatch.fnmatchcase(name.lower(), glob) for name in names for glob in servers.hosted):
        return None
    known = {canonical(name): name for name in servers.servers}
    if provider and canonical(provider) in known:
        return provider
    if provider and canonical(provider) in SELLERS:
        # A seller that the source states is no server of one's own, whatever the model is called.
        return None
    for name in names:
        for head, tail in _heads(name):
            # A vendor may be called like a server: mlx-community/..., jan-hq/...
            vendor = name[len(head)] in "-_" and "/" in tail
            if canonical(head) in known and not vendor:
                return head
    return None


def _tail(name: str, head: str) -> str:
    return name[len(head) + 1 :] if name.startswith(head) and len(name) > len(head) + 1 else name


def _sold(
    provider: str | None, name: str, request_model: str | None, others: Container[str]
) -> tuple[str | None, str, str]:
    """The seller, the model's name without it, and the step that told."""
    for text in filter(None, (name, request_model)):
        for head, tail in _heads(text):
            if canonical(head) in RESELLERS:
                rest = tail if text == name else name
                return canonical(head), rest, f"{head!r} in front of {text!r} is a reseller"
    if provider:
        seller = seller_named(provider)
        return seller, name, f"the source states the provider {provider!r}"
    front, rest = _split(name, others)
    if front is not None:
        # A family may be called as its maker (mistral-large): the whole name comes first.
        whole = name if name[len(front)] == "-" else rest
        return seller_named(front), whole, f"{front!r} in front of {name!r} is a seller"
    if _BEDROCK_ID.match(name):
        return "aws", name, f"{name!r} has the form of a Bedrock id"
    front, _ = _split(request_model or "")
    if front is not None:
        return seller_named(front), name, f"{front!r} in front of {request_model!r} is a seller"
    return None, name, "no name tells who sold it"


def canonical(name: str) -> str:
    """A name in lower case with dashes, as names of sellers and servers are compared."""
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def seller_named(name: str) -> str:
    """A seller as the catalog calls it, or as it is written where it has no other name."""
    return SELLERS.get(canonical(name), canonical(name))


def _heads(name: str) -> Iterator[tuple[str, str]]:
    """Every way to split a name at a `:`, `/`, `-` or `_`, the longest beginning first."""
    for match in reversed(list(re.finditer(r"[:/_-]", name))):
        if match.start() and match.end() < len(name):
            yield name[: match.start()], name[match.end() :]


def _split(name: str, others: Container[str] = ()) -> tuple[str | None, str]:
    """A seller in front of a name and the rest; a dash ends it only where no `/` follows."""
    for head, tail in _heads(name):
        dash = name[len(head)] in "-_"
        if canonical(head) in SELLERS and not (dash and "/" in tail):
            return head, tail
        if canonical(head) in others and not dash:
            return head, tail
    return None, name


def _candidates(name: str, seller: str | None) -> Iterator[Candidate]:
    """Names to look up, the most exact first, none twice."""
    seen: set[str] = set()
    for candidate in _all_candidates(name.lower(), seller):
        if candidate.name and candidate.name not in seen:
            seen.add(candidate.name)
            yield candidate


def _all_candidates(name: str, seller: str | None) -> Iterator[Candidate]:
    bases = [Candidate(name, EXACT, "as written")]
    vendor, slash, rest = name.rpartition("/")
    if slash and seller not in RESELLERS:
        bases.append(Candidate(rest, EXACT, f"without the vendor {vendor!r}"))
    front, without = _split(name)
    if front is not None and seller == seller_named(front):
        bases.append(Candidate(without, EXACT, f"without the seller {front!r}"))
    if seller == "aws":
        bases += [step for base in list(bases) for step in _bedrock(base.name)]
    yield from bases
    for base in bases:
        yield from _by_date(base)


def _bedrock(name: str) -> Iterator[Candidate]:
    """A Bedrock id without its region, without its vendor, without its version."""
    without_region = _REGION.sub("", name, count=1)
    yield Candidate(without_region, DATED, "without the region")
    without_vendor = _BEDROCK_VENDOR.sub("", without_region, count=1)
    yield Candidate(without_vendor, DATED, "without region and vendor")
    bare = _BEDROCK_VERSION.sub("", without_vendor)
    yield Candidate(bare, DATED, "without region, vendor and version")


def _by_date(base: Candidate) -> Iterator[Candidate]:
    if found := _COMPACT_DATE.search(base.name):
        head = base.name[: found.start()]
        spelled = f"{head}{found[1]}{found[2]}-{found[3]}-{found[4]}"
        yield Candidate(spelled, EXACT, "with the date written out")
        yield Candidate(head, DATED, "without its date")
    elif found := _DASHED_DATE.search(base.name):
        yield Candidate(base.name[: found.start()], DATED, "without its date")
