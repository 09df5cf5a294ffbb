"""Our amounts equal those of genai-prices' own calculation, to 1e-9 USD."""

import datetime as dt
import random
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from genai_prices import Usage, calc_price
from genai_prices.data_snapshot import get_snapshot

from usagectl.model.schema import CALLS
from usagectl.pricing.amounts import PriceSheet
from usagectl.pricing.chain import Chain
from usagectl.pricing.identity import canonical

CASES = 600
FIRST_DAY = dt.datetime(2023, 1, 1, tzinfo=dt.UTC)


def usages(dice):
    total = dice.choice([0, 1, 999, 40_000, 128_000, 199_999, 200_000, 200_001, 272_001, 900_000])
    total += dice.randrange(3)
    read = dice.randrange(total + 1) if dice.random() < 0.5 else 0
    write = dice.randrange(total - read + 1) if dice.random() < 0.5 else 0
    output = dice.randrange(20_000)
    return total, read, write, output, dice.randrange(output + 1) if dice.random() < 0.3 else 0


@pytest.fixture(name="cases", scope="module")
def _cases():
    dice = random.Random(20)
    models = [
        (provider.id, model.id)
        for provider in get_snapshot().providers
        for model in provider.models
    ]
    by_hour = [pair for pair in models if pair[0] == "deepseek"]
    cases = []
    for number in range(CASES):
        seller, model = dice.choice(by_hour if number % 10 == 0 else models)
        at = FIRST_DAY + dt.timedelta(seconds=dice.randrange(4 * 365 * 86400))
        cases.append((seller, model, at, usages(dice)))
    return cases


def test_equal_to_the_nano_usd(cases):
    chain = Chain()
    rows, expected, offers = [], [], []
    for seller, model, at, (total, read, write, output, reasoning) in cases:
        verdict = chain.verdict(seller, model, None)
        if verdict.offer is None or verdict.offer.seller != canonical(seller):
            continue
        hour = write // 3
        usage = Usage(
            input_tokens=total,
            cache_read_tokens=read,
            cache_write_tokens=write,
            cache_write_1h_tokens=hour,
            output_tokens=output,
            output_reasoning_tokens=reasoning,
        )
        try:
            theirs = calc_price(usage, model, provider_id=seller, genai_request_timestamp=at)
        except LookupError:
            # Some of its own names it does not find.
            continue
        if theirs.model.id != verdict.offer.model:
            # It takes the first model whose pattern fits; we take the one of this very name, which
            # at a reseller begins with its vendor.
            assert f"/{verdict.offer.model}".lower().endswith(f"/{model}".lower())
            continue
        nano = (theirs.total_price * 10**9).quantize(Decimal(1), ROUND_HALF_UP)
        expected.append(int(nano))
        rows.append(
            {
                "calls": 1,
                "ended_at": at,
                "input_tokens": total,
                "cache_read_tokens": read,
                "cache_write_tokens": write,
                "cache_write_1h_tokens": hour,
                "output_tokens": output,
                "reasoning_tokens": reasoning,
            }
        )
        offers.append(verdict.offer)
    sheet = PriceSheet(offers)
    frame = pl.DataFrame(rows, schema={name: CALLS[name] for name in rows[0]})
    numbered = frame.with_row_index("number").with_columns(place=sheet.place(pl.col("number")))
    found = numbered.select(sheet.amount(pl.col("place")).alias("nano")).get_column("nano")
    assert found.to_list() == expected
    assert len(expected) >= 400
    assert sum(amount > 0 for amount in expected) >= 300


def wrongly_priced(chain, spelled):
    """Offers whose model, spelled so, is not priced by this very entry."""
    wrong = []
    for name, offer in chain.catalog.offers():
        verdict = chain.verdict(*spelled(offer.seller, name), None)
        found = verdict.offer and (verdict.offer.seller, verdict.offer.model)
        if found != (offer.seller, offer.model):
            wrong.append((offer.seller, name))
    return wrong


@pytest.mark.parametrize(
    "spelled",
    [
        lambda seller, name: (seller, name),
        lambda seller, name: (seller.upper(), name.upper()),
        lambda seller, name: (None, f"{seller}:{name}"),
    ],
    ids=["stated", "upper case", "in front"],
)
def test_every_model_of_the_catalog_is_priced_by_its_very_entry(spelled):
    assert wrongly_priced(Chain(), spelled) == []


def test_a_seller_in_front_of_a_slash_is_the_seller_unless_it_only_made_the_weights():
    assert wrongly_priced(Chain(), lambda seller, name: (None, f"{seller}/{name}")) == [
        ("google", "gemma-2-27b-it"),
        ("openai", "gpt-oss-120b"),
        ("openai", "gpt-oss-20b"),
        ("openai", "gpt-oss-safeguard-20b"),
    ]


def test_a_seller_that_is_stated_and_stands_in_front_as_well():
    # Perplexity sells both `sonar` and `perplexity/sonar`: with its name in front they are one.
    assert wrongly_priced(Chain(), lambda seller, name: (seller, f"{seller}/{name}")) == [
        ("perplexity", "perplexity/sonar"),
        ("perplexity", "sonar"),
    ]
