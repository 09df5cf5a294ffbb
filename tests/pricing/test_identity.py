"""Names to sellers and prices: each row of the matching table, and names that tools get wrong."""

import datetime as dt

import pytest

from usagectl.pricing.chain import Chain
from usagectl.pricing.identity import LocalServers, identify
from usagectl.reports.prices import Tokens, explanation

AT = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
TOKENS = Tokens(input=10_000, cache_read=1_000, output=500)


@pytest.fixture(name="chain", scope="module")
def _chain():
    return Chain()


@pytest.mark.parametrize(
    ("name", "source", "seller", "model", "how", "usd"),
    [
        (
            "Google AI Studio:google/gemini-2.0-flash-001",
            "catalog",
            "google",
            "gemini-2.0-flash",
            "dated",
            0.001125,
        ),
        (
            "openrouter-gemini-2.0-flash-001",
            "catalog",
            "openrouter",
            "google/gemini-2.0-flash-001",
            "exact",
            0.0012,
        ),
        ("lmstudio-qwen35b", "local", None, "qwen35b", "exact", 0),
        (
            "anthropic:claude-sonnet-4-6",
            "catalog",
            "anthropic",
            "claude-sonnet-4-6",
            "exact",
            0.0348,
        ),
        (
            "anthropic/claude-sonnet-4-6",
            "catalog",
            "anthropic",
            "claude-sonnet-4-6",
            "exact",
            0.0348,
        ),
        ("claude-sonnet-4-6", "catalog", "anthropic", "claude-sonnet-4-6", "exact", 0.0348),
        ("Claude-Sonnet-4-6", "catalog", "anthropic", "claude-sonnet-4-6", "exact", 0.0348),
        ("openai:gpt-4.1", "catalog", "openai", "gpt-4.1", "exact", 0.0225),
        ("azure:gpt-4o", "catalog", "openai", "gpt-4o", "exact", 0.02875),
        (
            "groq/llama-3.3-70b-versatile",
            "catalog",
            "groq",
            "llama-3.3-70b-versatile",
            "exact",
            0.006295,
        ),
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "catalog",
            "aws",
            "regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "dated",
            0.03828,
        ),
        (
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "catalog",
            "aws",
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "exact",
            0.0348,
        ),
        (
            "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0",
            "catalog",
            "aws",
            "regional.anthropic.claude-3-5-sonnet-20240620-v1:0",
            "dated",
            0.0348,
        ),
        ("lmstudio-deepseek-r1-8b", "local", None, "deepseek-r1-8b", "exact", 0),
        ("ollama:gpt-oss:20b", "local", None, "gpt-oss:20b", "exact", 0),
        ("lmstudio-gemma-3-27b", "local", None, "gemma-3-27b", "exact", 0),
        ("lmstudio-claude-distill-qwen", "local", None, "claude-distill-qwen", "exact", 0),
        ("glm-5.1:cloud", None, None, None, None, None),
        ("gpt-5.1-codex", "catalog", "openai", "gpt-5.1", "inexact", 0.016375),
    ],
)
def test_matching_table(chain, name, source, seller, model, how, usd):
    found = explanation(chain, name, provider=None, at=AT, tokens=TOKENS, batch=False)
    offer = found.verdict.offer
    assert found.verdict.source == source
    assert (offer and offer.seller, offer and offer.model, found.verdict.how) == (
        seller,
        model,
        how,
    )
    assert found.cost_nano == (None if usd is None else round(usd * 10**9))


@pytest.mark.parametrize(
    "name",
    [
        "openrouter-gemini-2.0-flash-001",
        "openrouter:google/gemini-2.0-flash-001",
        "openrouter/google/gemini-2.0-flash-001",
        "OpenRouter/gemini-2.0-flash-001",
        "openrouter_gemini-2.0-flash-001",
    ],
)
def test_a_reseller_is_never_priced_as_the_maker(chain, name):
    assert chain.verdict(None, name, None).offer.seller == "openrouter"


@pytest.mark.parametrize(
    ("provider", "model", "asked_for", "source", "seller"),
    [
        # Who answers behind a reseller does not bill.
        (
            "Novita",
            "z-ai/glm-4.7-flash-20260119",
            "openrouter-z-ai-glm-4-7-flash",
            "catalog",
            "openrouter",
        ),
        (
            "Google AI Studio",
            "google/gemini-2.0-flash-001",
            "openrouter-gemini",
            "catalog",
            "openrouter",
        ),
        ("Google AI Studio", "google/gemini-2.0-flash-001", None, "catalog", "google"),
        # The name that was asked for tells of a local server.
        (None, "llama3.1:latest", "ollama-llama3.1", "local", None),
        ("ollama", "llama3.1:8b", None, "local", None),
        # Nothing tells who sold it, or nobody is known to sell it.
        (None, "llama3.1:latest", None, None, None),
        ("custom", "gpt-4.1", None, None, None),
        ("openai", "glm-5.1:cloud", None, None, None),
        ("ollama", "gpt-oss:120b-cloud", None, None, None),
        (None, "ollama:glm-5.1:cloud", None, None, None),
        (None, "myproxy-gemini-2.0-flash-001", None, None, None),
        (None, "my-claude-sonnet-4-6-finetune", None, None, None),
        (None, "gpt-4.1-finetuned-by-us", None, None, None),
        # A seller that the source states, a vendor, and a hosted plan are no local server.
        ("openrouter", "jan-hq/jan-v1", None, None, None),
        ("openai", "gpt-4.1", "ollama-default", "catalog", "openai"),
        (None, "mlx-community/Qwen3-8B", None, None, None),
        (None, "ollama-cloud/gpt-oss:120b", None, None, None),
        # The tag of a local model is no version of a hosted one.
        (None, "deepseek-r1:8b", None, None, None),
        # Bedrock ids of other vendors and regions.
        (None, "in.anthropic.claude-sonnet-4-5-20250929-v1:0", None, "catalog", "aws"),
        (None, "us.anthropic.claude-sonnet-4-6", None, "catalog", "aws"),
        # A provider's other names.
        ("gemini", "gemini-2.5-flash-lite", None, "catalog", "google"),
        ("vertex_ai", "gemini-2.5-flash-lite", None, "catalog", "google"),
        (None, "gpt-5-nano-2025-08-07", "openai-gpt-5-nano", "catalog", "openai"),
        (None, "gpt-5.2-20251211", None, "catalog", "openai"),
        ("Chutes", "inclusionai/ling-2.6-1t:free", "openrouter-ling-free", "catalog", "openrouter"),
    ],
)
def test_sellers(chain, provider, model, asked_for, source, seller):
    verdict = chain.verdict(provider, model, asked_for)
    assert (verdict.source, verdict.offer and verdict.offer.seller) == (source, seller)


def test_a_free_variant_is_not_priced_as_the_paid_one(chain):
    verdict = chain.verdict("openrouter", "nobody/knows-this:free", None)
    assert verdict.offer.period(AT).tiers[0].rates.complete().input == 0
    assert chain.verdict("openrouter", "nobody/knows-this", None).offer is None


def test_no_name_at_all(chain):
    assert chain.verdict("openai", None, None).reason == "the source names no model"


@pytest.mark.parametrize(
    "name", ["-", ":", "a:", ":a", "/", "lmstudio-", "openai:", "🦙", "x" * 5000]
)
def test_odd_names_are_told_and_do_not_raise(chain, name):
    verdict = chain.verdict(None, name, None)
    assert verdict.steps


def test_local_servers_are_a_rule_of_the_table():
    servers = LocalServers(("rig",), ("*-remote",), "mine.yaml:1")
    assert identify(None, "rig-llama", None, servers).local == "rig"
    assert identify(None, "rig-llama-remote", None, servers).local is None
    assert identify(None, "lmstudio-llama", None, servers).local is None


@pytest.mark.parametrize(
    "name",
    [
        "ollama_chat/llama3.1",
        "hosted_vllm/meta-llama/Llama-3.1-8B-Instruct",
        "Qwen3-8B-Q4_K_M.gguf",
        "/models/qwen-UD-Q4_K_XL-00001-of-00002.gguf",
        "C:\\models\\qwen-q8_0.gguf",
        "unsloth/Qwen3-8B-GGUF",
        "hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M",
        "llama3.1:8b-instruct-q4_K_M",
        "qwen3:4b-q8_0",
        "mistral:7b-instruct-IQ4_XS",
        "qwen3-30b-a3b@q4_k_m",
        "qwen3-8b@4bit",
        "mlx-community/Qwen3-8B-4bit",
        "qwen3-8b-mlx",
        "lmstudio-community/Qwen3-8B",
        "turboderp/Llama-3-8B-exl2",
        "openai/Qwen3-8B-Q4_K_M.gguf",
    ],
)
def test_files_and_quantizations_of_ones_own_are_local(chain, name):
    assert chain.verdict(None, name, None).source == "local"


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("openai", "Qwen3-8B-Q4_K_M.gguf"),
        ("together", "unsloth/Qwen3-8B-GGUF"),
        (None, "qwen3-8b-q4_K_M:cloud"),
        (None, "meta-llama/llama-3.1-8b-instruct-fp8"),
        (None, "llama3.1:8b-instruct-fp16"),
        (None, "mlx-community/Qwen3-8B"),
    ],
)
def test_what_a_seller_may_serve_is_not_local(chain, provider, name):
    assert chain.verdict(provider, name, None).source is None


@pytest.mark.parametrize(
    ("name", "seller", "model"),
    [
        ("accounts/fireworks/models/deepseek-r1-0528", "fireworks", "deepseek-r1-0528"),
        ("fireworks_ai/accounts/fireworks/models/ember-1", "fireworks", "ember-1"),
        ("models/gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("models/gemini-2.5-flash:generateContent", "google", "gemini-2.5-flash"),
        ("gemini/models/gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("publishers/google/models/gemini-2.5-flash", "google", "gemini-2.5-flash"),
        (
            "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro",
            "google",
            "gemini-2.5-pro",
        ),
        (
            "vertex_ai/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929",
            "google",
            "claude-sonnet-4-5",
        ),
        ("vertex_ai/claude-opus-4-5@20251101", "google", "claude-opus-4-5"),
        (
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-5-sonnet-20240620-v1:0",
            "aws",
            "regional.anthropic.claude-3-5-sonnet-20240620-v1:0",
        ),
        (
            "bedrock/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "aws",
            "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        (
            "converse/eu.anthropic.claude-sonnet-4-6-v1:0",
            "aws",
            "regional.anthropic.claude-sonnet-4-6-v1:0",
        ),
        (
            "@cf/meta/llama-3-8b-instruct-awq",
            "cloudflare",
            "@cf/meta/llama-3-8b-instruct-awq",
        ),
        ("workers-ai/@cf/openai/gpt-oss-20b", "cloudflare", "@cf/openai/gpt-oss-20b"),
        ("azure/eu/gpt-4o-2024-08-06", "openai", "gpt-4o"),
        ("google-gla:gemini-2.5-flash", "google", "gemini-2.5-flash"),
        ("openai-responses:gpt-5", "openai", "gpt-5"),
    ],
)
def test_addresses_and_prefixes_name_the_seller(chain, name, seller, model):
    offer = chain.verdict(None, name, None).offer
    assert (offer.seller, offer.model) == (seller, model)


@pytest.mark.parametrize(
    ("provider", "seller"),
    [
        ("gcp.vertex_ai", "google"),
        ("google.vertex.chat", "google"),
        ("az.ai.openai", "azure"),
        ("openai.responses", "openai"),
        ("anthropic.messages", "anthropic"),
        ("aws.bedrock", "aws"),
    ],
)
def test_providers_as_telemetry_calls_them(provider, seller):
    assert identify(provider, "any", None, LocalServers()).seller == seller


@pytest.mark.parametrize(
    "name",
    [
        # The names that a customer gave are nobody's model.
        "accounts/acme/models/deepseek-v3-0324",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
        "projects/p/locations/l/endpoints/123",
        "tunedModels/gemini-2.5-flash",
        # A distillate is not what it was made from.
        "deepseek-r1-distill-llama-70b",
        "deepseek/deepseek-r1-distill-qwen-1.5b",
        "deepseek:deepseek-r1-distill-phi-3",
        "deepseek-r1-0528-qwen3-8b",
        # Others sell them as models of their own, at other prices.
        "deepseek-chat-v3.1",
        "anthropic/claude-opus-4.6-fast",
        "claude-opus-4-6-fast",
        "gemini-2.5-flash-preview:thinking",
        # Weights that anybody may serve.
        "gpt-oss-20b",
        "openai/gpt-oss-120b",
        "mistralai/devstral-small-2505",
        "devstral-small-2505",
        "google/gemma-3-27b-it",
        "mistral-7b-instruct",
        "mixtral-8x7b-instruct-v0.1",
        "deepseek-r1",
        "moonshotai/Kimi-K2-Instruct",
        "z-ai/glm-4.6",
        "llama3.1:latest",
        # Nothing is sold under it, or with other conditions.
        "gpt-4o:online",
        "claude-sonet-4-6",
    ],
)
def test_unpriced_rather_than_guessed(chain, name):
    verdict = chain.verdict(None, name, None)
    assert (verdict.source, verdict.offer) == (None, None)


@pytest.mark.parametrize(
    ("name", "seller", "model"),
    [
        ("mistral-small-latest", "mistral", "mistral-small-latest"),
        ("mistral:devstral-small-2505", "mistral", "devstral-small"),
        ("groq/openai/gpt-oss-20b", "groq", "openai/gpt-oss-20b"),
        ("together_ai/openai/gpt-oss-120b", "together", "openai/gpt-oss-120b"),
        ("deepseek-chat", "deepseek", "deepseek-chat"),
        ("deepseek-reasoner", "deepseek", "deepseek-reasoner"),
        ("kimi-k2.5", "moonshotai", "kimi-k2.5"),
        # What a reseller lists by this very name comes before what ends alike.
        ("openrouter/goliath-120b", "openrouter", "goliath-120b"),
        ("openrouter:qwen-turbo", "openrouter", "qwen-turbo"),
        ("openrouter/qwen/qwen-turbo", "openrouter", "qwen/qwen-turbo"),
        # A name of one's own has no vendor.
        ("openrouter-qwen-turbo", "openrouter", "qwen/qwen-turbo"),
    ],
)
def test_whose_price_is_known_is_priced(chain, name, seller, model):
    offer = chain.verdict(None, name, None).offer
    assert (offer.seller, offer.model) == (seller, model)


def test_what_nobody_sells_so_says_who_sells_it(usagectl):
    said = usagectl("prices", "explain", "gpt-oss-20b").stdout.decode()
    assert "UNPRICED" in said
    assert "groq openai/gpt-oss-20b is one seller's" in said
    said = usagectl("prices", "explain", "gpt-4o", "--provider", "anthropic").stdout.decode()
    assert "it is sold by openai, openrouter" in " ".join(said.split())
    said = usagectl("prices", "explain", "claude-sonet-4-6").stdout.decode()
    assert "Names that are near to it\n  - anthropic claude-sonnet-4-6" in said
