"""Names that are addresses: paths and ARNs in which sellers wrap the names of models."""

import re
from typing import NamedTuple


class Address(NamedTuple):
    """Who sells what has this address.

    `model` is the name inside of it, null where it is a number or a name that the customer gave;
    `words` say what the address is.
    """

    seller: str
    model: str | None
    words: str


_ARN = r"arn:aws[a-z-]*:"
_INSIDE = r"([^/:@]+(?:@[\w.-]+)?)"
_METHOD = r"(?::\w+)?"
# Others may stand in front of each: vertex_ai/projects/..., bedrock/arn:aws:...
_FORMS = (
    (
        rf"{_ARN}bedrock:[^/]*:(?:foundation-model|inference-profile)/([^/]+)",
        "aws",
        "an ARN of Bedrock",
    ),
    (rf"{_ARN}(?:bedrock|sagemaker):.*", "aws", "an ARN of AWS"),
    (r"accounts/fireworks/(?:models|routers)/([^/]+)", "fireworks", "an address of Fireworks"),
    (r"accounts/[^/]+/(?:models|routers|deployments)/.*", "fireworks", "an address of Fireworks"),
    (rf"publishers/[^/]+/models/{_INSIDE}{_METHOD}", "google", "an address of Vertex AI"),
    (r"projects/[^/]+/locations/.*", "google", "an address of Vertex AI"),
    (r"(@(?:cf|hf)/.+)", "cloudflare", "an address of Workers AI"),
    (r"subscriptions/.*/deployments/([^/]+)", "azure", "an address of Azure"),
)
_GEMINI = rf"^(?:(?:gemini|google)[\w.-]*[:/])?(?:models/{_INSIDE}{_METHOD}|tunedModels/.*)$"
_ALL = (
    *((rf"(?:^|[/:]){form}$", seller, words) for form, seller, words in _FORMS),
    (_GEMINI, "google", "an address of the Gemini API"),
)
_PATTERNS = tuple((re.compile(form, re.IGNORECASE), who, words) for form, who, words in _ALL)


def address(name: str) -> Address | None:
    """The seller and the model of a name that is an address; None for other names."""
    for pattern, seller, words in _PATTERNS:
        if found := pattern.search(name):
            return Address(seller, found[1] if pattern.groups else None, words)
    return None
