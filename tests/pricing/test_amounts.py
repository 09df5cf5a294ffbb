"""Amounts per call: exact, whatever the period, the hour, the tier, and the order."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from usagectl.model.schema import CALLS
from usagectl.pricing.amounts import PriceSheet
from usagectl.pricing.rates import Offer, Period, Rates, rate_each, rate_per_million, tiers_of

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)


def rates(price, output=None, **more):
    return Rates(
        input=rate_per_million(Decimal(str(price))),
        output=rate_per_million(Decimal(str(price if output is None else output))),
        **{name: rate_per_million(Decimal(str(value))) for name, value in more.items()},
    )


def offer(*periods, currency="USD", batch=None):
    return Offer("acme", "big", currency, periods, "here", batch)


def always(price, **more):
    return Period(None, None, tiers_of(rates(price, **more), ()))


def amounts(offers, rows, **options):
    """Amounts in 1e-9 of rows of `number`, and columns of calls."""
    sheet = PriceSheet(offers, **options)
    known = {"calls": 1, "ended_at": NOON, "output_tokens": 0}
    schema = {"number": pl.UInt32, **{name: CALLS[name] for name in PriceSheet.INPUTS}}
    frame = pl.DataFrame([{**known, **row} for row in rows], schema=schema)
    placed = frame.with_columns(place=sheet.place(pl.col("number")))
    return placed.select(sheet.amount(pl.col("place")).alias("nano")).get_column("nano").to_list()


def test_parts_cost_their_own_price_and_the_rest_the_input_s():
    sheet = offer(always(3, output=15, cache_read=0.3, cache_write=3.75, reasoning=20))
    row = {
        "number": 0,
        "input_tokens": 1000,
        "cache_read_tokens": 200,
        "cache_write_tokens": 300,
        "output_tokens": 100,
        "reasoning_tokens": 40,
    }
    expected = 500 * 3000 + 200 * 300 + 300 * 3750 + 60 * 15000 + 40 * 20000
    assert amounts([sheet], [row]) == [expected]


def test_what_is_kept_for_an_hour_has_its_own_price():
    hour = offer(always(3, output=15, cache_write=3.75, cache_write_1h=6))
    plain = offer(always(3, output=15, cache_write=3.75))
    row = {
        "input_tokens": 1000,
        "cache_write_tokens": 300,
        "cache_write_1h_tokens": 100,
        "output_tokens": 0,
    }
    found = amounts([hour, plain], [{"number": 0, **row}, {"number": 1, **row}])
    assert found == [700 * 3000 + 200 * 3750 + 100 * 6000, 700 * 3000 + 300 * 3750]


def test_unknown_tokens_cost_unknown_unless_the_model_is_free():
    rows = [
        {"number": 0, "input_tokens": None},
        {"number": 0, "input_tokens": 5, "output_tokens": None},
        {"number": 1, "input_tokens": None, "output_tokens": None},
        {"number": 2, "input_tokens": 5},
        {"number": None, "input_tokens": 5},
    ]
    assert amounts([offer(always(1)), offer(always(0)), None], rows) == [None, None, 0, None, None]


def test_the_day_decides_in_utc():
    priced = offer(always(1), Period(dt.date(2026, 6, 1), None, tiers_of(rates(2), ())))
    midnight = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    rows = [
        {"number": 0, "input_tokens": 1000, "ended_at": at}
        for at in (midnight - dt.timedelta(microseconds=1), midnight, None)
    ]
    assert amounts([priced], rows) == [1_000_000, 2_000_000, 2_000_000]
    assert amounts([priced], rows, at=midnight - dt.timedelta(days=1)) == [1_000_000] * 3


def test_no_price_before_the_first_day():
    priced = offer(Period(dt.date(2026, 6, 2), None, tiers_of(rates(2), ())))
    assert amounts([priced], [{"number": 0, "input_tokens": 1000}]) == [None]


def test_hours_also_over_midnight():
    night = Period(None, (dt.time(22), dt.time(6)), tiers_of(rates(1), ()))
    rows = [
        {"number": 0, "input_tokens": 1000, "ended_at": NOON.replace(hour=hour, minute=minute)}
        for hour, minute in ((21, 59), (22, 0), (5, 59), (6, 0))
    ]
    found = amounts([offer(always(2), night)], rows)
    assert found == [2_000_000, 1_000_000, 1_000_000, 2_000_000]


def test_the_whole_request_moves_to_its_tier():
    tiers = tiers_of(rates(1), [(200_000, rates(2, output=3)), (300_000, rates(4))])
    rows = [
        {"number": 0, "input_tokens": tokens, "output_tokens": 10}
        for tokens in (200_000, 200_001, 300_001)
    ]
    assert amounts([offer(Period(None, None, tiers))], rows) == [
        200_010_000,
        400_002_000 + 30_000,
        1_200_004_000 + 40_000,
    ]


def test_a_row_of_several_calls_says_nothing_of_the_length_of_one():
    tiers = tiers_of(rates(1)._replace(request=rate_each(Decimal("0.001"))), [(10, rates(9))])
    row = {"number": 0, "input_tokens": 1000, "calls": 5}
    assert amounts([offer(Period(None, None, tiers))], [row]) == [1_000_000 + 5_000_000]


def test_more_cache_than_input_does_not_go_below_nothing():
    row = {"number": 0, "input_tokens": 10, "cache_read_tokens": 1000}
    assert amounts([offer(always(3, cache_read=0.3))], [row]) == [300_000]


def test_batch_prices_where_there_are_any():
    rows = [{"number": 0, "input_tokens": 1000}, {"number": 1, "input_tokens": 1000}]
    offers = [offer(always(2), batch=(always(1),)), offer(always(2))]
    assert amounts(offers, rows, batch=True) == [1_000_000, 2_000_000]


def test_a_trillion_tokens_do_not_overflow():
    row = {"number": 0, "input_tokens": 10**12}
    assert amounts([offer(always(75))], [row]) == [75 * 10**15]


@settings(max_examples=200, deadline=None)
@given(
    price=st.decimals(0, 1000, places=12),
    tokens=st.lists(st.integers(0, 10**7), min_size=1, max_size=20),
    data=st.randoms(use_true_random=False),
)
def test_every_amount_is_rounded_once_and_sums_know_no_order(price, tokens, data):
    sheet = [offer(always(price, output=0))]
    found = amounts(sheet, [{"number": 0, "input_tokens": count} for count in tokens])
    exact = [Fraction(price) * count * 1000 for count in tokens]
    assert found == [int(amount + Fraction(1, 2)) for amount in exact]
    shuffled = list(tokens)
    data.shuffle(shuffled)
    again = amounts(sheet, [{"number": 0, "input_tokens": count} for count in shuffled])
    assert sum(again) == sum(found)


DAYS = st.dates(dt.date(2026, 5, 1), dt.date(2026, 7, 1))
TIMES = st.times().map(lambda time: time.replace(microsecond=0, fold=0))
PERIODS = st.builds(
    lambda since, hours, price: Period(since, hours, tiers_of(rates(price), ())),
    st.none() | DAYS,
    st.none() | st.tuples(TIMES, TIMES),
    st.integers(1, 1000),
)
MOMENTS = st.datetimes(dt.datetime(2026, 5, 1), dt.datetime(2026, 7, 1))  # noqa: DTZ001


@settings(max_examples=200, deadline=None)
@given(
    sold=st.lists(st.lists(PERIODS, max_size=4), min_size=1, max_size=4),
    asked=st.lists(st.tuples(st.integers(0, 3), MOMENTS), min_size=1, max_size=20),
)
def test_many_calls_get_the_period_that_each_would_get_by_itself(sold, asked):
    offers = [offer(*periods) if periods else None for periods in sold]
    rows = [
        {"number": n % len(sold), "ended_at": at.replace(tzinfo=dt.UTC), "input_tokens": 10**6}
        for n, at in asked
    ]
    held = [sold[row["number"]] and offers[row["number"]].period(row["ended_at"]) for row in rows]
    expected = [each.tiers[0].rates.input // 10**9 if each else None for each in held]
    assert amounts(offers, rows) == expected
