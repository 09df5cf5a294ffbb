import pytest

from usagectl.config.settings import Config, configs_directory, find_config
from usagectl.model.exceptions import WrongUsageError


def test_nearest_file_upwards(tmp_path):
    (tmp_path / "usagectl.yaml").write_text("timezone: Asia/Tokyo\n")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_config(below) == Config(timezone="Asia/Tokyo")


def test_no_file(tmp_path):
    assert find_config(tmp_path).timezone is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\ntimezon: UTC\n",
            r"usagectl\.yaml:2: timezon: no key 'timezon'; did you mean 'timezone'\?",
        ),
        ("timezone: [a]\n", r"usagectl\.yaml:1: timezone: expected text, found a list"),
        ("- a\n", r"usagectl\.yaml:1: expected keys"),
        ("a: b: c\n", "not readable as YAML"),
    ],
)
def test_mistakes_name_the_place(tmp_path, text, message):
    (tmp_path / "usagectl.yaml").write_text(text)
    with pytest.raises(WrongUsageError, match=message):
        find_config(tmp_path)


def test_empty_file(tmp_path):
    (tmp_path / "usagectl.yaml").write_text("# nothing\n")
    assert find_config(tmp_path) == Config()


def test_the_example_is_valid(tmp_path):
    example = (configs_directory() / "usagectl.yaml").read_text()
    (tmp_path / "usagectl.yaml").write_text(example)
    assert find_config(tmp_path).timezone == "Europe/Copenhagen"
