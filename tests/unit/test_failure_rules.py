"""The rules decide as a person would, and a file with a rule that cannot decide is refused."""

from pathlib import Path

import polars as pl
import pytest

from usagectl.config import configs_directory
from usagectl.exceptions import WrongUsageError
from usagectl.failures.checks import check
from usagectl.failures.matching import EVIDENCE, verdicts
from usagectl.failures.rules import load_rules
from usagectl.names import CATEGORIES, UNKNOWN

MESSAGES = [
    line.split("\t")
    for line in (Path(__file__).parent / "failure_messages.tsv").read_text().splitlines()
    if not line.startswith("#")
]
RULES = load_rules()


def judged(rules=RULES, **evidence):
    """The verdict about one failure: category, rule and evidence."""
    row = pl.DataFrame([evidence], schema=EVIDENCE)
    return verdicts(row, rules).row(0)


def category(message, rules=RULES):
    return judged(rules, message=message)[0] or UNKNOWN


def test_messages_of_providers_and_libraries():
    """All at once, as in a frame, and with what went wrong in the failure."""
    messages = pl.Series("message", [text.replace("\\n", "\n") for _, text in MESSAGES])
    frame = messages.to_frame().match_to_schema(EVIDENCE, missing_columns="insert")
    found = verdicts(frame, RULES)["category"].fill_null(UNKNOWN).to_list()
    wrong = [
        (expected, got, text)
        for (expected, text), got in zip(MESSAGES, found, strict=True)
        if expected != got
    ]

    assert wrong == []
    assert len(MESSAGES) > 200
    assert {expected for expected, _ in MESSAGES} == set(CATEGORIES)


def test_our_own_file_passes_the_checks_of_a_user_file():
    path = str(configs_directory() / "failures.yaml")

    check(RULES, [path])
    assert tuple(RULES.categories) == CATEGORIES


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({"http_status": 429}, ("rate_limit", "status")),
        ({"http_status": 429, "error_type": "insufficient_quota"}, ("quota_exceeded", "type")),
        (
            {"http_status": 400, "message": "the prompt is too long"},
            ("context_length_exceeded", "text"),
        ),
        ({"error_class": "openai.APITimeoutError"}, ("timeout", "class")),
        ({"outcome": "error_max_iterations"}, ("max_iterations", "outcome")),
        ({"outcome": "error_validation", "message": "ValidationError"}, ("invalid_json", "class")),
        ({"http_status": 200, "message": "no rule knows this"}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_structured_evidence(evidence, expected):
    found, _, kind = judged(**evidence)

    assert (found, kind) == expected


def test_the_last_attempt_decides_and_its_innermost_cause():
    attempts = (
        "Exhausted all LLMs. Failure summary:\n"
        " - Attempt 0 with LLMModelFromName(name='a') failed during 'execute' stage: {}\n"
        " - Attempt 1 with LLMModelFromName(name='b') failed during 'execute' stage: {}"
    )
    slow, refused = "ReadTimeout('timed out')", "ConnectError('connection refused')"

    assert category(attempts.format(slow, refused)) == "connection_error"
    assert category(attempts.format(refused, slow)) == "timeout"
    # Where the last one tells nothing, the others do.
    assert category(attempts.format(slow, "Oddity('hm')")) == "timeout"


def rules_file(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    return str(path)


def test_the_rules_of_a_user_come_first(tmp_path):
    path = rules_file(
        tmp_path,
        "rules:\n- {name: gpu, category: overloaded, text: 'gpu queue', example: the gpu queue is long}\n",
    )

    rules = load_rules([path])
    assert category("the GPU queue timed out", rules) == "overloaded"
    assert category("it timed out", rules) == "timeout"


def test_a_file_can_replace_them_and_add_a_category(tmp_path):
    path = rules_file(
        tmp_path,
        "replace: true\n"
        "categories:\n  odd: {meaning: Odd., retry: 'No.', action: Ask.}\n"
        "rules:\n- {name: o, category: odd, codes: E_ODD}\n",
    )

    rules = load_rules([path])
    assert category("code e-odd", rules) == "odd"
    assert category("it timed out", rules) == UNKNOWN
    assert {"odd", "timeout"} <= set(rules.categories)


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("{name: x, category: timeout}", ":2: rules[0]: 'x' can never match"),
        ("{name: x, category: timout, status: 1}", "did you mean 'timeout'?"),
        ("{name: x, category: timeout, text: slow}", "has text or stems but no example"),
        ("{name: x, category: timeout, text: '(', example: slow}", ":2: rules[0].text: '(' is no"),
        ("{name: x, category: timeout, text: 'a*', example: slow}", "matches nothing at all"),
        ("{name: x, category: timeout, text: slow, example: fast}", "does not match its own"),
        ("{name: x, category: unknown, status: 418}", "a rule cannot say 'unknown'"),
        ("{name: x, category: timeout, statuses: 418}", "no key 'statuses'"),
        ("{name: x, category: timeout, status: many}", "expected a number"),
        ("{category: timeout, status: 418}", "a rule needs 'name'"),
        (
            "{name: x, category: timeout, status: 418}\n- {name: x, category: timeout, status: 419}",
            ":3: rules[1]: the name 'x' stands in line 2 too",
        ),
        (
            "{name: x, category: timeout, status: [418, 419]}\n- {name: y, category: timeout, status: 418}",
            ":3: rules[1]: 'y' can never decide",
        ),
        (
            (
                "{name: x, category: timeout, text: slow, example: so slow}\n"
                "- {name: y, category: overloaded, text: so slow, example: so slow}"
            ),
            "'y' does not decide its own example: 'x' does",
        ),
    ],
)
def test_rules_that_cannot_decide_are_refused(tmp_path, rule, complaint):
    path = rules_file(tmp_path, f"rules:\n- {rule}\n")
    with pytest.raises(WrongUsageError) as refused:
        load_rules([path])

    assert str(refused.value).startswith(f"{path}:")
    assert complaint in str(refused.value)


def test_a_rule_in_a_script_without_blanks_matches_what_it_says_and_no_more(tmp_path):
    path = tmp_path / "rules.yaml"
    path.write_text(
        "replace: true\nrules:\n- name: full\n  category: overloaded\n  text: ['线路(已)?占满']\n"
        "  example: 所有线路已占满\n"
    )
    rules = load_rules([str(path)])
    found = [
        category(text, rules) for text in ("错误: 所有线路占满", "the line is free", "线路正常")
    ]
    assert found == ["overloaded", UNKNOWN, UNKNOWN]
