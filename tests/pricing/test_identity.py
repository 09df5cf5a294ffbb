"""Names to sellers and prices: each row of the matching table, and names that tools get wrong."""

import datetime as dt

import pytest

from usagectl.prices_report import Tokens, explanation
from usagectl.pricing.chain import Chain
from usagectl.pricing.identity import LocalServers, identify

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
