from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from usagectl.dataset import filters
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key

CALLS = pl.LazyFrame(
    {
        "task": ["a", "ab", None],
        "model": ["qwen", "llama", None],
        "request_model": [None, None, "key"],
        "status": ["ok", "failed", "ok"],
        "failure": [None, "timeout", None],
        "ended_at": [
            datetime(2026, 3, 20, 10, tzinfo=UTC),
            datetime(2026, 3, 21, tzinfo=UTC),
            None,
        ],
    },
    schema_overrides={"ended_at": pl.Datetime("us", "UTC")},
)


def tasks(*where, since=None, until=None, zone="UTC"):
    chosen = filters.parse(where, since, until, zone)
    return filters.apply(CALLS, chosen, zone).collect().get_column("task").to_list()


def test_alternatives_of_one_key_and_both_of_two():
    assert tasks("task=a", "task=ab") == ["a", "ab"]
    assert tasks("task=a*", "model=llama") == ["ab"]
    assert tasks("task!=a") == ["ab", None]
    assert tasks("task=-") == [None]
    assert tasks("task!=-") == ["a", "ab"]
    assert tasks("model=key") == [None]
    assert tasks("failure=timeout") == ["ab"]
    assert tasks("day=2026-03-2?") == ["a", "ab"]


def test_time():
    assert tasks(since="2026-03-21") == ["ab"]
    assert tasks(until="2026-03-20") == ["a"]
    assert tasks(until="2026-03-20T10:00") == []
    assert tasks(since="2026-03-20T12:00", zone="Asia/Tokyo") == ["a", "ab"]


def test_age():
    found = filters.parse_time("2h", "UTC")
    assert abs(datetime.now(UTC) - found - timedelta(hours=2)) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["model", "modl=x", "=x"])
def test_wrong_conditions(text):
    with pytest.raises(WrongUsageError):
        filters.parse_condition(text)


def test_condition():
    assert filters.parse_condition("model!=*qwen*") == (Key.MODEL, "*qwen*", True)
