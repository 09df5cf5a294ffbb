"""Price tables: every shape that is read, and every mistake by file, line and key."""

import datetime as dt
import json

import pytest

from usagectl.model.exceptions import WrongUsageError
from usagectl.pricing.chain import Chain
from usagectl.pricing.rates import per_million
from usagectl.pricing.table_file import read_table

AT = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
ONE = """models:
  - provider: acme
    model: big
    prices:
      - input_per_million_tokens: 3
        output_per_million_tokens: 15
"""


def write(tmp_path, text, name="prices.yaml"):
    path = tmp_path / name
    path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1))
    return str(path)


def prices(chain, provider, model, at=AT, above=0, *, batch=False):
    """Prices per million tokens that hold: input, cache read, cache write, output, reasoning."""
    offer = chain.verdict(provider, model, None).offer
    if batch:
        offer = offer._replace(periods=offer.batch)
    tiers = offer.period(at).tiers
    rates = [tier for tier in tiers if above > tier.above][-1].rates.complete()
    return [float(per_million(rate)) for rate in rates[:5]]


def test_own_shape(tmp_path):
    text = """currency: USD
models:
  - provider: acme
    model: [big, big-latest]
    prices:
      - input_per_million_tokens: 3
        output_per_million_tokens: 15
      - from: 2026-03-01
        input_per_million_tokens: 2.5
        cache_read_per_million_tokens: 0.25
        cache_write_5m_per_million_tokens: 3.125
        cache_write_1h_per_million_tokens: 5
        output_per_million_tokens: 10
        reasoning_per_million_tokens: 12
        tiers:
          - input_tokens_above: 200000
            input_per_million_tokens: 5
        batch_factor: 0.5
"""
    chain = Chain([write(tmp_path, text)])
    assert prices(chain, "acme", "big", dt.datetime(2026, 2, 28, 23, 59, tzinfo=dt.UTC)) == [
        3,
        3,
        3,
        15,
        15,
    ]
    assert prices(chain, "acme", "BIG-latest") == [2.5, 0.25, 3.125, 10, 12]
    assert prices(chain, "acme", "big", above=200_000) == [2.5, 0.25, 3.125, 10, 12]
    assert prices(chain, "acme", "big", above=200_001) == [5, 0.25, 3.125, 10, 12]
    assert prices(chain, "acme", "big", batch=True) == [1.25, 0.125, 1.5625, 5, 6]
    verdict = chain.verdict("acme", "big", None)
    assert (verdict.source, verdict.how) == ("table", "exact")


def test_an_hour_of_cache_and_a_discount(tmp_path):
    text = (
        ONE
        + """        cache_write_5m_per_million_tokens: 4
        cache_write_1h_per_million_tokens: 6
        cache_write_ttl: 1h
        discount_factor: 0.5
"""
    )
    assert prices(Chain([write(tmp_path, text)]), "acme", "big") == [1.5, 1.5, 3, 7.5, 7.5]


def test_a_price_of_nothing_is_free_and_not_unknown(tmp_path):
    text = "models:\n  - model: gift\n    prices: [{input_per_million_tokens: 0, output_per_million_tokens: 0}]\n"
    verdict = Chain([write(tmp_path, text)]).verdict(None, "gift", None)
    assert verdict.source == "table"
    assert verdict.offer.period(AT).tiers[0].rates.complete().output == 0


def test_no_price_before_the_first_day(tmp_path):
    text = ONE.replace("- input_per", "- from: 2026-06-02\n        input_per")
    offer = Chain([write(tmp_path, text)]).verdict("acme", "big", None).offer
    assert offer.period(AT) is None
    assert offer.period(AT + dt.timedelta(days=1)) is not None


def test_the_first_table_that_knows_it_decides(tmp_path):
    cheap = write(tmp_path, ONE.replace(": 3", ": 1"), "cheap.yaml")
    dear = write(tmp_path, ONE, "dear.yaml")
    assert prices(Chain([cheap, dear]), "acme", "big")[0] == 1
    assert prices(Chain([dear, cheap]), "acme", "big")[0] == 3


def test_the_seller_must_fit(tmp_path):
    chain = Chain([write(tmp_path, ONE)])
    assert chain.verdict(None, "acme:big", None).source == "table"
    assert chain.verdict(None, "acme/big", None).source == "table"
    assert chain.verdict(None, "acme-big", None).source is None
    assert chain.verdict("other", "big", None).source is None
    # Nothing tells the seller, and only one sells it.
    assert chain.verdict(None, "big", None).source == "table"
    assert "only from other sellers (acme; here: openai)" in " ".join(
        chain.verdict("openai", "big", None).steps
    )


def test_a_table_prices_local_models_before_the_rule(tmp_path):
    text = ONE.replace("acme", "lmstudio").replace("big", "lmstudio-qwen")
    verdict = Chain([write(tmp_path, text)]).verdict(None, "lmstudio-qwen", None)
    assert verdict.source == "table"


def test_per_thousand_with_a_default(tmp_path):
    table = {
        "models": {"gpt-x": {"prompt_per_1k": 0.005, "completion_per_1k": 0.015}},
        "default": {"prompt_per_1k": 0.002, "completion_per_1k": 0.004},
        "currency": "USD",
        "updated_at": "2025-01-01",
    }
    chain = Chain([write(tmp_path, table, "pricing.json")])
    assert prices(chain, None, "gpt-x") == [5, 5, 5, 15, 15]
    unknown = chain.verdict("acme", "other", None)
    assert (unknown.source, unknown.how) == ("table", "default")
    assert prices(chain, "acme", "other") == [2, 2, 2, 4, 4]
    # What runs at home is not priced by what the cloud costs at large.
    assert chain.verdict(None, "ollama:llama3.1", None).source == "local"


def test_inspect_ai(tmp_path):
    table = "openai/gpt-x:\n  input: 2.5\n  output: 10\n  input_cache_read: 1.25\n  input_cache_write: 0\n"
    chain = Chain([write(tmp_path, table)])
    assert prices(chain, "openai", "gpt-x") == [2.5, 1.25, 0, 10, 10]
    assert chain.verdict(None, "openai:gpt-x", None).source == "table"


def test_litellm(tmp_path):
    table = {
        "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of many"},
        "acme/big": {
            "litellm_provider": "acme",
            "mode": "chat",
            "input_cost_per_token": 3e-06,
            "output_cost_per_token": 1.5000000000000002e-05,
            "cache_read_input_token_cost": 3e-07,
            "output_cost_per_reasoning_token": 2e-05,
            "input_cost_per_token_above_200k_tokens": 6e-06,
            "input_cost_per_token_batches": 1.5e-06,
        },
        "tiered": {
            "litellm_provider": "acme",
            "tiered_pricing": [
                {
                    "range": [0, 32000],
                    "input_cost_per_token": 1e-06,
                    "output_cost_per_token": 2e-06,
                },
                {"range": [32000, 128000], "input_cost_per_token": 4e-06},
            ],
            "input_cost_per_token": 1e-06,
        },
        "painter": {
            "litellm_provider": "acme",
            "mode": "image_generation",
            "output_cost_per_image": 1,
        },
        "gemini-x": {
            "litellm_provider": "vertex_ai-language-models",
            "input_cost_per_token": 1e-06,
            "output_cost_per_token": 2e-06,
        },
    }
    chain = Chain([write(tmp_path, table, "map.json")])
    assert prices(chain, "acme", "big") == [3, 0.3, 3, 15, 20]
    assert prices(chain, "acme", "big", above=200_001)[0] == 6
    assert prices(chain, "acme", "big", batch=True)[0] == 1.5
    assert prices(chain, "acme", "tiered", above=32_000)[:4] == [1, 1, 1, 2]
    assert prices(chain, "acme", "tiered", above=32_001)[:4] == [4, 4, 4, 2]
    assert chain.verdict("acme", "painter", None).offer is None
    assert chain.verdict("google", "gemini-x", None).source == "table"


def test_genai_prices_data(tmp_path):
    data = [
        {
            "id": "acme",
            "name": "Acme",
            "api_pattern": "acme",
            "models": [
                {
                    "id": "big",
                    "match": {"or": [{"equals": "big"}, {"starts_with": "big-20"}]},
                    "prices": [
                        {"prices": {"input_mtok": 3, "output_mtok": 15}},
                        {
                            "constraint": {"start_date": "2026-03-01"},
                            "prices": {
                                "input_mtok": {"base": 2, "tiers": [{"start": 1000, "price": 4}]},
                                "output_mtok": 15,
                            },
                        },
                    ],
                }
            ],
        }
    ]
    chain = Chain([write(tmp_path, data, "slim.json")])
    assert prices(chain, "acme", "big") == [2, 2, 2, 15, 15]
    assert prices(chain, "acme", "big", above=1001)[0] == 4
    assert prices(chain, "acme", "big", dt.datetime(2026, 1, 1, tzinfo=dt.UTC))[0] == 3
    with pytest.raises(WrongUsageError, match=r"slim\.json: no price data of genai-prices"):
        read_table(write(tmp_path, [{"id": 1}], "slim.json"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"prices\.yaml:1: expected keys with values, found nothing"),
        ("currency: EUR\n", r"prices\.yaml:1: a price table has `models:`"),
        ("models: []\n", r":1: models: a price table with no models prices nothing"),
        ("models: {}\n", r":1: a price table with no models prices nothing"),
        ("modles: []\n", r":1: modles: no key 'modles'; did you mean 'models'\?"),
        ("currency: EURO\n" + ONE, r":1: currency: no 'EURO'; did you mean 'EUR'\?"),
        (
            ONE.replace(": 3", ": -3"),
            r":5: models\[0\]\.prices\[0\]\.input_per_million_tokens: expected a number from 0 on, found -3",
        ),
        (ONE.replace(": 3", ": cheap"), r":5: .*expected a number, found 'cheap'"),
        (ONE.replace(": 3", ": .nan"), r":5: .*expected a number from 0 on, found nan"),
        (
            ONE.replace("input_per_million", "input_per_thousand"),
            r":5: .*no key 'input_per_thousand_tokens'; did you mean 'input_per_million_tokens'",
        ),
        (
            ONE.replace("- input", "- from: 2026-02-30\n        input"),
            r":5: .*from: expected a date such as 2026-03-20, found '2026-02-30'",
        ),
        (ONE.replace("- input", "- from: tomorrow\n        input"), r":5: .*expected a date"),
        (
            ONE + "      - input_per_million_tokens: 1\n",
            r":7: models\[0\]\.prices\[1\]: overlaps with the price above: give it a start date",
        ),
        (
            ONE.replace("- input", "- from: 2026-02-01\n        input")
            + "      - from: 2026-02-01\n        input_per_million_tokens: 1\n",
            r":8: .*overlaps with the price above, which begins on 2026-02-01",
        ),
        (
            ONE + ONE.partition("\n")[2],
            r":7: models\[1\]: overlaps with .*prices\.yaml:2: 'big' has its prices there",
        ),
        (
            ONE
            + "        tiers: [{input_tokens_above: 10, output_per_million_tokens: 1}, {input_tokens_above: 10, output_per_million_tokens: 2}]\n",
            r":7: .*overlaps with the tier above",
        ),
        (
            ONE.replace("model: big", "modle: big"),
            r":3: models\[0\]\.modle: no key 'modle'; did you mean 'model'\?",
        ),
        (
            "models:\n  - model: x\n    prices: [{input_per_million_tokens: 1}]\n",
            r":3: .*give output_per_million_tokens too, 0 if it is free",
        ),
        (
            "models:\n  - model: []\n    prices: [{per_request: 1}]\n",
            r":2: models\[0\]\.model: an entry needs at least one name",
        ),
        (
            ONE + "        tiers: [{input_tokens_above: 99999999999999999999}]\n",
            r"expected a number from 0 on",
        ),
        ("acme/big: {input: 1}\n", r":1: .*give input and output, 0 if free"),
        ("models:\n  - model: big\n", r":2: models\[0\]: an entry needs 'prices'"),
        (
            "models:\n  - model: big\n    prices: [{from: 2026-01-01}]\n",
            r":3: models\[0\]\.prices\[0\]: no price: give at least one of",
        ),
        (
            ONE + "        cache_write_ttl: 2h\n",
            r":7: .*cache_write_ttl: no '2h'; there are 5m, 1h",
        ),
        (
            "models:\n  big: {prompt_per_1k: 1}\n",
            r":2: models\.big: an entry needs 'completion_per_1k'",
        ),
        (
            "models: {big: {prompt_per_1k: 1, completion_per_1m: 1}}\n",
            r":1: .*did you mean 'completion_per_1k'",
        ),
        (
            "big:\n  input: 1\n  outputs: 2\n",
            r":3: big\.outputs: no key 'outputs'; did you mean 'output'\?",
        ),
        ("models: !!python/object/apply:os.system [ls]\n", r":1: .*only plain values are read"),
        ("models: &a [*a]\n", r"nested too deeply"),
    ],
)
def test_mistakes(usagectl, tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(WrongUsageError, match=message):
        read_table(path)


def test_a_mistake_ends_with_2_before_anything_is_read(usagectl, tmp_path):
    path = write(tmp_path, ONE.replace(": 3", ": -3"))
    done = usagectl("summary", "fixtures/runs/qwen9b", "--prices", path)
    assert done.returncode == 2
    assert b"prices.yaml:5: models[0].prices[0].input_per_million_tokens: expected" in done.stderr
    assert done.stdout == b""
    missing = usagectl("summary", "fixtures/runs/qwen9b", "--prices", tmp_path / "none.yaml")
    assert (missing.returncode, b"cannot be read: No such file" in missing.stderr) == (2, True)


def test_mistakes_in_json_have_a_line(tmp_path):
    table = {"big": {"litellm_provider": "acme", "input_cost_per_token": -1}}
    with pytest.raises(WrongUsageError, match=r"map\.json:4: big\.input_cost_per_token: expected"):
        read_table(write(tmp_path, table, "map.json"))


def test_a_million_entries_are_refused_at_once(tmp_path):
    entry = "  - model: m{0}\n    prices: [{{input_per_million_tokens: 1}}]\n"
    text = "models:\n" + "".join(entry.format(i) for i in range(1_000_000))
    with pytest.raises(WrongUsageError, match="larger than 2 MB: keep the entries that you need"):
        read_table(write(tmp_path, text))


def test_the_shipped_table_is_valid_and_is_not_mixed_into_prices():
    from usagectl.config.settings import configs_directory

    table = read_table(str(configs_directory() / "prices.yaml"))
    assert [name for name, _ in table.offers()] == ["example-large", "example-large-latest"]
    assert "lmstudio" in table.local.servers
    assert Chain().verdict("example-cloud", "example-large", None).offer is None


def test_litellm_knows_what_it_does_not_know(tmp_path):
    both = {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    table = {
        "unpriced": {
            "litellm_provider": "acme",
            "input_cost_per_token": None,
            "output_cost_per_token": None,
        },
        "half": {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 1e-06},
        "vectors": {"litellm_provider": "acme", "mode": "embedding", "input_cost_per_token": 1e-06},
        "azure/big": {"litellm_provider": "azure", **both},
        "big": {"litellm_provider": "openai", **both},
        "azure/only-there": {"litellm_provider": "azure", **both},
        "long": {
            "litellm_provider": "acme",
            **both,
            "input_cost_per_token_above_128k_tokens": None,
        },
        "tiers": {
            "litellm_provider": "acme",
            "tiered_pricing": [{"range": [0, 9], **both}, {"range": [9, 99], **both}],
        },
    }
    chain = Chain([write(tmp_path, table, "map.json")])
    assert chain.verdict("acme", "unpriced", None).offer is None
    assert chain.verdict("acme", "half", None).offer is None
    assert prices(chain, "acme", "vectors") == [1, 1, 1, 0, 0]
    assert prices(chain, "acme", "tiers")[0] == 1
    assert prices(chain, "acme", "long", above=200_000)[0] == 1
    # The key that is this very name, and not another seller's without the seller.
    assert chain.verdict(None, "big", None).offer.seller == "openai"
    assert chain.verdict(None, "only-there", None).offer is None
    assert chain.verdict("acme", "long", None).offer.batch is None
    with pytest.raises(WrongUsageError, match=r"range: expected the first and the last"):
        read_table(
            write(
                tmp_path,
                {"a": {"litellm_provider": "x", "tiered_pricing": [{"range": []}]}},
                "m.json",
            )
        )


def test_inspect_ai_s_sellers_are_sellers(tmp_path):
    chain = Chain([write(tmp_path, "google/gemini-x: {input: 9, output: 9}\n")])
    assert chain.verdict("google", "gemini-x", None).source == "table"
    assert chain.verdict(None, "openrouter/google/gemini-x", None).source is None


def test_a_price_below_nothing_in_genai_prices_data(tmp_path):
    model = {"id": "b", "match": {"equals": "b"}, "prices": {"input_mtok": -1, "output_mtok": 1}}
    data = [{"id": "acme", "name": "A", "api_pattern": "a", "models": [model]}]
    with pytest.raises(WrongUsageError, match=r"slim\.json: acme b: a price below 0"):
        read_table(write(tmp_path, data, "slim.json"))


def test_an_amount_beyond_all_bounds_is_unknown(tmp_path):
    text = ONE.replace(": 3", ": 1000000000000")
    cost = Chain([write(tmp_path, text)]).verdict("acme", "big", None).offer.period(AT)
    assert cost.tiers[0].rates.input == 10**12 * 10**18


def test_a_local_rule_of_one_s_own_keeps_hosted_models_hosted(tmp_path):
    path = write(tmp_path, "local: {servers: [ollama, rig]}\n" + ONE)
    chain = Chain([path])
    assert chain.verdict(None, "rig:qwen3", None).source == "local"
    assert chain.verdict(None, "ollama:glm-5.1:cloud", None).source is None
