"""Provider and model out of one string, such as `DeepInfra:qwen/qwen3-30b-a3b`.

A colon also separates the tag of a local model (`llama3.1:latest`, `glm-5.1:cloud`) and the plan
of a hosted one (`vendor/model:free`), so only a prefix that can be a provider is taken off.
"""

import polars as pl

_PROVIDERS = frozenset(
    "openai anthropic google gemini azure bedrock vertex mistral groq together fireworks deepseek "
    "openrouter ollama lmstudio llamacpp llama.cpp vllm jan lmdeploy xai cohere perplexity "
    "huggingface nvidia cerebras".split()
)


def split_provider(name: str) -> tuple[str | None, str]:
    """Split `Provider:model`; the provider is null where the name has none."""
    head, colon, tail = name.partition(":")
    if not colon or not tail or "/" in head:
        return None, name
    known = head.lower() in _PROVIDERS
    if known or "/" in tail or " " in head or head[:1].isupper():
        return head, tail
    return None, name


def split_providers(names: pl.Series) -> pl.DataFrame:
    """`provider_name` and `model_name` for each distinct name of a column called `model`."""
    distinct = names.unique().drop_nulls()
    parts = [split_provider(name) for name in distinct.to_list()]
    return pl.DataFrame(
        {
            "model": distinct,
            "provider_name": [provider for provider, _ in parts],
            "model_name": [model for _, model in parts],
        },
        schema={"model": pl.String, "provider_name": pl.String, "model_name": pl.String},
    )
