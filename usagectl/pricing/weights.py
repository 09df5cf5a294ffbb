"""What a name says of weights: files and quantizations of one's own, sizes, distillates.

Weights that anybody may serve are called the same wherever they run, so their name alone tells no
price; and what was distilled from a model, or has another size, is another model.
"""

import re

# Only programs on one's own machine load these: files, llama.cpp's quantizations, Apple's MLX.
_LOCAL = tuple(
    re.compile(form)
    for form in (
        r"\.(gguf|ggml|llamafile)$",
        r"(?:^|[-_./])(gguf|exl[23]|\d(?:\.\d+)?bpw)(?=$|[-_.:/@])",
        r"[-_.:/@]((?:i|t)?q[1-8](?:[-_](?:k|[018]|x{0,2}[sml]|xxl|nl))+)(?=$|[-_.:/@])",
        r"[-_.:/@](q[2-8])$",
        r"[-_.:/@]([2-8]-?bit)(?=$|[-_.:/@])",
        r"[-_](mlx)(?=$|[-_.:/@])",
        r"^(lmstudio-community)/",
    )
)
_SIZE = re.compile(r"(?:^|[-_.:x])[a-z]?\d+(?:\.\d+)?b(?=$|[-_.:@/])")
_DISTILLED = re.compile(r"(?:^|[-_.])distil")
# Weights whose names tell no size. What is called latest is the name of a service.
_FAMILIES = re.compile(
    r"(?:(?:dev|magi|mini)stral-small|mistral-(?:small|nemo)|gemma|gpt-oss|codegemma|olmo|granite"
    r"|nemotron|phi-|llama-?[1-5]|deepseek-(?:r1|v[23]|coder|prover))(?!.*-latest$)"
)
# Their sizes are products, not weights to take home.
_CLOSED = re.compile(r"gemini|.*-(?:latest|maas)$")


def local_form(name: str) -> str | None:
    """What in a name says that it is a file or a quantization for one's own machine, else None."""
    found = (form.search(name.lower()) for form in _LOCAL)
    return next((match[1] for match in found if match), None)


def open_weights(name: str) -> bool:
    """Whether a name, in lower case and without vendor, is of weights that anybody may serve."""
    return not _CLOSED.match(name) and bool(_FAMILIES.match(name) or _SIZE.search(name))


def another_model(literal: str, rest: str) -> bool:
    """Whether what follows the name of a model makes it the name of another.

    Args:
        literal: The name that is listed, in lower case.
        rest: What follows it.
    """
    plan = ":" in rest and ":" not in literal
    return plan or bool(_SIZE.search(rest) or _DISTILLED.search(rest))
