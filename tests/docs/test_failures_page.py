"""The page about failures says what the rules say."""

from pathlib import Path

from usagectl.config.settings import configs_directory
from usagectl.failures.ruleset import load_rules
from usagectl.model.schema import FAILURE_COLUMNS

PAGE = (Path(__file__).parent.parent.parent / "docs" / "failures.md").read_text()


def test_the_table_has_every_category_with_its_sentences():
    table = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert table == [
        f"| {c.name} | {c.meaning} | {c.retry} | {c.action} |"
        for c in load_rules().categories.values()
    ]


def test_the_example_of_a_rule_is_accepted(tmp_path):
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    path = tmp_path / "mine.yaml"
    path.write_text(example)

    assert load_rules([str(path)]).rules[0].name == "our gateway is full"


def test_every_kind_of_evidence_is_named():
    assert (configs_directory() / "failures.yaml").is_file()
    for name in ("status", "type", "class", "outcome", "text", "label", *list(FAILURE_COLUMNS)[1:]):
        assert f"`{name}`" in PAGE
