"""What sellers of models are called, in all the ways in which sources write them."""

import re
from collections.abc import Container, Iterator

RESELLERS = frozenset({"openrouter"})

# What sellers are called, to what the catalog calls them. Sellers that the catalog does not know
# are here too: their name must not be taken for a part of the model's.
SELLERS = {
    **dict.fromkeys(("anthropic", "claude-api"), "anthropic"),
    **dict.fromkeys(("aws", "amazon", "bedrock", "amazon-bedrock", "aws-bedrock"), "aws"),
    **dict.fromkeys(("bedrock-converse", "bedrock-mantle", "bedrock-runtime"), "aws"),
    **dict.fromkeys(("azure", "azure-openai", "azure-ai", "microsoft-azure"), "azure"),
    **dict.fromkeys(("azure-text", "azure-foundry", "azure-ai-foundry", "azureopenai"), "azure"),
    **dict.fromkeys(("az.ai.inference", "az.ai.openai"), "azure"),
    **dict.fromkeys(("google", "gemini", "google-ai-studio", "google-ai", "googleai"), "google"),
    **dict.fromkeys(("google-gla", "google-genai", "google-generative-ai"), "google"),
    **dict.fromkeys(("vertex", "vertex-ai", "google-vertex", "google-vertex-ai"), "google"),
    **dict.fromkeys(("vertexai", "google-vertexai", "vertex-ai-beta"), "google"),
    **dict.fromkeys(("gcp.gemini", "gcp.gen-ai", "gcp.vertex-ai"), "google"),
    **dict.fromkeys(("openai", "openai-api", "openai-responses", "openai-chat"), "openai"),
    **dict.fromkeys(("text-completion-openai",), "openai"),
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
    **dict.fromkeys(("voyage", "voyageai", "voyage-ai"), "voyageai"),
    **dict.fromkeys(("cloudflare", "workers-ai", "cloudflare-workers-ai"), "cloudflare"),
    **dict.fromkeys(("perplexity", "perplexity-ai"), "perplexity"),
    **{
        name: name
        for name in "openrouter groq cerebras deepseek databricks baseten minimax ovhcloud"
        " sambanova nvidia hyperbolic nebius replicate friendli parasail".split()
    },
}
"""Exact names of sellers, in lower case with dashes."""

VENDORS = frozenset("google meta mistralai nvidia openai z-ai".split())
"""Names of sellers that also stand in front of weights which anybody may serve: `openai/`."""

_HOSTS = frozenset(
    "avian baseten cerebras cloudflare deepinfra doubleword fireworks friendli groq hyperbolic"
    " modal nebius novita nscale ovhcloud parasail sambanova together".split()
)


def hosts_weights(seller: str) -> bool:
    """Whether a seller serves the weights that others made: what it sells is theirs to take."""
    return seller in _HOSTS or seller.startswith("huggingface")


def canonical(name: str) -> str:
    """A name in lower case with dashes, as names of sellers and servers are compared."""
    return re.sub(r"[\s_]+", "-", name.strip().lower())


def seller_named(name: str) -> str:
    """A seller as the catalog calls it, or as it is written where it has no other name."""
    whole = canonical(name)
    # What an SDK adds behind a point is its interface: openai.responses, aws.bedrock.
    return SELLERS.get(whole) or SELLERS.get(whole.partition(".")[0], whole)


def is_seller(name: str) -> bool:
    """Whether a name is one of a seller that is known."""
    return seller_named(name) in SELLERS.values()


def heads(name: str) -> Iterator[tuple[str, str]]:
    """Every way to split a name at a `:`, `/`, `-` or `_`, the longest beginning first."""
    for match in reversed(list(re.finditer(r"[:/_-]", name))):
        if match.start() and match.end() < len(name):
            yield name[: match.start()], name[match.end() :]


def seller_in_front(name: str, others: Container[str] = ()) -> tuple[str | None, str]:
    """A seller in front of a name and the rest; a dash ends it only where no `/` follows."""
    for head, tail in heads(name):
        dash = name[len(head)] in "-_"
        if canonical(head) in SELLERS and not (dash and "/" in tail):
            return head, tail
        if canonical(head) in others and not dash:
            return head, tail
    return None, name
