"""Time of judging a million messages against the time that Polars takes to read them."""

import json
import random
import re
import statistics
import time
from pathlib import Path

import polars as pl
import pytest

from usagectl.failures.matching import EVIDENCE, verdicts
from usagectl.failures.ruleset import load_rules

pytestmark = pytest.mark.benchmark

MILLION = 1_000_000
ROUNDS = 5
LINES = (
    (Path(__file__).parent.parent / "failures" / "failure_messages.tsv").read_text().splitlines()
)
MESSAGES = [line.split("\t")[1].replace("\\n", "\n") for line in LINES if line[0] != "#"]
WORDS = [f"{a}{b}" for a in ("ba", "lo", "mi", "ru", "ve") for b in ("ten", "som", "kal", "dor")]


def same(message, dice):
    return message


def other_ids(message, dice):
    numbers = re.sub(r"[0-9]{4,}", lambda found: str(dice.randrange(10 ** len(found[0]))), message)
    return f"{numbers} (request req_{dice.getrandbits(80):020x})"


def other_words(message, dice):
    return f"{message} {' '.join(dice.choices(WORDS, k=6))}"


@pytest.mark.parametrize(
    ("vary", "budget"), [(same, 3), (other_ids, 3), (other_words, "-")], ids=lambda v: getattr(v, "__name__", "")
)  # fmt: skip
def test_a_million_messages_against_reading_them(tmp_path, vary, budget):
    dice = random.Random(4)
    path = tmp_path / "messages.ndjson"
    with path.open("w") as file:
        for number in range(MILLION):
            message = vary(MESSAGES[number % len(MESSAGES)], dice)
            file.write(json.dumps({"message": message}) + "\n")
    rules = load_rules()
    reading, judging = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        messages = pl.read_ndjson(path)
        read = time.perf_counter()
        evidence = messages.match_to_schema(EVIDENCE, missing_columns="insert")
        found = verdicts(evidence, rules)
        reading.append(read - start)
        judging.append(time.perf_counter() - read)
        assert found.height == MILLION
    once = messages.get_column("message").n_unique()
    ratio = statistics.median(judging) / statistics.median(reading)
    size = path.stat().st_size // 1_000_000
    print(
        f"\n1,000,000 messages ({vary.__name__}, {once:,} distinct, {size} MB) / reading them:"
        f" {ratio:.2f} x (budget {budget}) {statistics.median(judging):.2f} s"
    )
