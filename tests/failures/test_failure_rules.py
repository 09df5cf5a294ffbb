"""The rules decide as a person would, and a file with a rule that cannot decide is refused."""

from pathlib import Path

import polars as pl
import pytest

from usagectl.config.settings import configs_directory
from usagectl.failures.checks import check
from usagectl.failures.matching import EVIDENCE, verdicts
from usagectl.failures.ruleset import load_rules
from usagectl.model.categories import CATEGORIES, UNKNOWN
from usagectl.model.exceptions import WrongUsageError

MESSAGES = [
    line.split("\t")
    for line in (Path(__file__).parent / "failure_messages.tsv").read_text().splitlines()
    if not line.startswith("#")
]
LANGUAGES = [
    line.split("\t")
    for line in (Path(__file__).parent / "failure_languages.tsv").read_text().splitlines()
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


def test_messages_in_other_languages():
    found = [(expected, category(text), text) for expected, text in LANGUAGES]

    assert [row for row in found if row[0] != row[1]] == []


def test_a_word_that_is_the_whole_message():
    """What undici says of a body that broke off; among other words it says nothing."""
    assert category("terminated") == category("Terminated.") == "connection_error"
    assert category("the session was terminated by its owner") != "connection_error"


def test_english_is_never_taken_for_another_language():
    english = [text.replace("\\n", "\n") for _, text in MESSAGES if text.isascii()]
    frame = pl.DataFrame({"message": english}).match_to_schema(EVIDENCE, missing_columns="insert")
    named = verdicts(frame, RULES)["rule"].fill_null("")

    assert [t for t, rule in zip(english, named, strict=True) if "other languages" in rule] == []


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # A code is evidence of the kind type where it is written as a code, else its words are.
        ("failed with rate_limit_exceeded", ("rate_limit", "type")),
        ("failed with RateLimitExceeded", ("rate_limit", "type")),
        ("the rate limit was exceeded", ("rate_limit", "text")),
        ("permission denied for you", ("auth_error", "text")),
        ("{'status': 'PERMISSION_DENIED'}", ("auth_error", "type")),
        ("you are unauthorized to do so", ("auth_error", "text")),
        ("{'type': 'unauthorized'}", ("auth_error", "type")),
        ("an internal matter", (None, None)),
        ("13 INTERNAL: it gave up", ("server_error", "type")),
        ("acme.ProviderRateLimitError: no", ("rate_limit", "class")),
        ("Error code: 429", ("rate_limit", "status")),
        ("Das Guthaben ist leer", ("quota_exceeded", "text")),
    ],
)
def test_evidence_says_what_it_rests_on(message, expected):
    found, _, kind = judged(message=message)

    assert (found, kind) == expected


def test_a_rule_has_stems_in_languages_of_its_own(tmp_path):
    path = rules_file(
        tmp_path,
        "rules:\n- name: lanes\n  category: overloaded\n  stems:\n    Finnish: [kaistat täyn]\n"
        "    Danish: [baner optag]\n  example: Kaikki kaistat ovat täynnä\n",
    )

    rules = load_rules([path])
    texts = ("KAISTAT OVAT TAYNNA", "alle baner er optaget", "optaget", "kaistatäyn")
    assert [category(text, rules) for text in texts] == [
        "overloaded", "overloaded", UNKNOWN, UNKNOWN
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("weak", "expected"), [("", "overloaded"), ("  weak: true\n", "cancelled")]
)
def test_what_a_weak_rule_says_is_no_reason(tmp_path, weak, expected):
    rule = f"- name: lanes\n  category: overloaded\n{weak}  text: no lane\n  example: no lane\n"
    first = "- {name: end, category: cancelled, text: it ended, example: it ended}\n"
    path = rules_file(tmp_path, f"replace: true\nrules:\n{first}{rule}")

    rules = load_rules([path])
    assert category("it ended because there was no lane", rules) == expected


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
