"""What says nothing changes nothing, and nothing makes the rules raise."""

import re
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from usagectl.failures.matching import EVIDENCE, verdicts
from usagectl.failures.ruleset import load_rules
from usagectl.model.categories import UNKNOWN

FOLDER = Path(__file__).parent.parent / "failures"
MESSAGES = [
    tuple(line.split("\t"))
    for line in (FOLDER / "failure_messages.tsv").read_text().splitlines()
    if not line.startswith("#")
]
RULES = load_rules()

# Words that say nothing about a failure, ids and numbers of all lengths.
LANGUAGES = [
    tuple(line.split("\t"))
    for line in (FOLDER / "failure_languages.tsv").read_text().splitlines()
    if not line.startswith("#")
]
BY_NAME = {rule.name: rule for rule in RULES.rules}

NEUTRAL = st.sampled_from(
    ["river", "the green boat", "chapter", "Harbour", "melon,", "authors", "monument", "note",
     "authority", "fivehundred", "jason", "eighty pears", "Quartz"]
)  # fmt: skip
NUMBERS = st.integers(0, 10**9).map(str).filter(lambda n: len(n) != 3)
IDS = st.text("0123456789abcdef", min_size=12, max_size=32).map(lambda text: f"[{text}]")
PADDING = st.lists(NEUTRAL | NUMBERS | IDS, max_size=6).map(" ".join)
CASES = st.sampled_from([str, str.lower, str.upper, str.title, str.swapcase])


def categories(messages):
    frame = pl.Series("message", messages, pl.String).to_frame()
    evidence = frame.match_to_schema(EVIDENCE, missing_columns="insert")
    return verdicts(evidence, RULES)["category"].fill_null(UNKNOWN).to_list()


@settings(max_examples=8, deadline=None)
@given(before=PADDING, after=PADDING, case=CASES)
def test_padding_and_case_change_nothing(before, after, case):
    padded = [
        case(f"{before} {text.replace(chr(92) + 'n', chr(10))} {after}") for _, text in MESSAGES
    ]

    found = categories(padded)
    assert [
        (expected, got, text)
        for (expected, _), got, text in zip(MESSAGES, found, padded, strict=True)
        if expected != got
    ] == []


def stands_in(kind, rule, text):
    """Whether a text holds what evidence of a kind rests on, looked for by other means."""
    plain = text.lower()
    if kind == "status":
        return any(str(status) in plain for status in rule.status)
    if kind == "type":
        codes = (re.split(r"[\s_-]+", code) for code in rule.codes)
        return any(re.search("[_-]?".join(map(re.escape, code)), plain) for code in codes)
    if kind == "class":
        return any(name in plain for name in rule.classes)
    return bool(rule.text or rule.stems or rule.codes)


@settings(max_examples=4, deadline=None)
@given(before=PADDING, after=PADDING)
def test_evidence_stands_in_the_text(before, after):
    texts = [
        f"{before} {text.replace(chr(92) + 'n', chr(10))} {after}"
        for _, text in (*MESSAGES, *LANGUAGES)
    ]
    frame = pl.Series("message", texts, pl.String).to_frame()
    found = verdicts(frame.match_to_schema(EVIDENCE, missing_columns="insert"), RULES)

    assert [
        (row["rule"], row["evidence"], text)
        for row, text in zip(found.iter_rows(named=True), texts, strict=True)
        if row["rule"] and not stands_in(row["evidence"], BY_NAME[row["rule"]], text)
    ] == []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=1, max_size=9)
)
def test_nothing_raises(messages):
    assert len(categories(messages)) == len(messages)


def test_long_and_strange_messages():
    lines = [
        "x" * 1_000_000,
        "timed out " + "(" * 1_000_000,
        "\0" * 1000,
        "`" * 100_000,
        "/a" * 300_000,
    ]

    assert categories(lines) == [UNKNOWN, "timeout", UNKNOWN, UNKNOWN, UNKNOWN]
