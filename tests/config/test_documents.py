import datetime as dt

import pytest

from usagectl.config import document, json_lines
from usagectl.model.exceptions import WrongUsageError


def read(tmp_path, text, name="prices.yaml"):
    (tmp_path / name).write_text(text)
    return document.read(tmp_path / name)


def test_values_know_their_place(tmp_path):
    root = read(tmp_path, "a: 1\nb:\n  - c: x\n    d: 2026-03-20\n").mapping(["a", "b"])
    (entry,) = root["b"].items()
    found = entry.mapping()["d"]
    assert found.date() == dt.date(2026, 3, 20)
    assert (found.line, found.key) == (4, "b[0].d")
    assert root["a"].whole(0) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2\n", r":2: 'a' stands here a second time"),
        ("a: !!python/object:os.system x\n", r":1: a: only plain values are read, not the tag"),
        ("a: !secret {b: 1}\n", r":1: a: only plain values are read, not the tag"),
        ("a: &x [*x]\n", r":1: .*nested too deeply"),
        ("a: [1\n", r":2: not readable as YAML"),
        ("x: {a: 1}\ny:\n  <<: {a: 2}\n", r":3: y: merge keys"),
        ("? [a]\n: 1\n", r":1: a key must be text"),
    ],
)
def test_refused_yaml(tmp_path, text, message):
    with pytest.raises(WrongUsageError, match=r"prices\.yaml" + message):
        read(tmp_path, text)


def test_aliases_cannot_blow_up(tmp_path):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    with pytest.raises(WrongUsageError, match="too large or nested too deeply"):
        read(tmp_path, "\n".join(lines))


def test_an_alias_is_the_value_it_stands_for(tmp_path):
    root = read(tmp_path, "a: &x {p: 1}\nb: *x\n").mapping()
    assert root["b"].mapping()["p"].value == 1


def test_not_utf8(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(WrongUsageError, match=r"a\.yaml:2: not UTF-8"):
        document.read(tmp_path / "a.yaml")


def test_a_large_file_is_refused_unread(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"#" * (document.MAX_YAML_BYTES + 1))
    with pytest.raises(WrongUsageError, match="larger than 2 MB"):
        document.read(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("method", "arguments", "value", "message"),
    [
        ("number", (), "1e-6", "expected a number, found '1e-6'; write it out, or as 1.0e-6"),
        (
            "number",
            (),
            "1" + "0" * 400,
            "expected a number up to 1,000,000,000,000, found a number of more than 30 digits",
        ),
        ("number", (0,), "-1", "expected a number from 0 on, found -1"),
        ("number", (), "true", "expected a number, found True"),
        ("number", (), ".nan", "expected a number, found nan"),
        ("number", (), "[1]", "expected a number, found a list"),
        ("whole", (0,), "1.5", "expected a whole number, found 1.5"),
        ("date", (), "2026-02-30", "expected a date such as 2026-03-20, found '2026-02-30'"),
        ("text", (), "", "expected text, found nothing"),
        ("items", (), "x", "expected a list, found 'x'"),
        ("mapping", (), "x", "expected keys with values, found 'x'"),
        ("truth", (), "1", "expected true or false, found 1"),
        ("one_of", (["USD", "EUR"],), "usd", "no 'usd'; did you mean 'USD'?"),
    ],
)
def test_a_wrong_value_says_what_was_expected(tmp_path, method, arguments, value, message):
    node = read(tmp_path, f"key: {value}\n").mapping()["key"]
    with pytest.raises(WrongUsageError) as caught:
        getattr(node, method)(*arguments)
    assert str(caught.value) == f"{tmp_path}/prices.yaml:1: key: {message}"


@pytest.mark.parametrize(
    ("steps", "line"),
    [(("a",), 2), (("b", 1, "c"), 5), (("b", 0), 4), (("b", 2), 6), (("nothing",), 0)],
)
def test_lines_of_json(tmp_path, steps, line):
    text = '{\n  "a": {"b": "}\\" ,"},\n  "b": [\n    1,\n    {"d": [2, 3], "c": 4},\n    "x"]\n}\n'
    read(tmp_path, text, "a.json")
    assert json_lines.line_of(str(tmp_path / "a.json"), steps) == line


def test_a_list_of_numbers_is_asked_like_any_other(tmp_path):
    root = read(tmp_path, '{"a":\n  [1,\n   2.5]}', "a.json")
    numbers = root.mapping()["a"]
    assert numbers.plain() == [1, 2.5]
    assert [node.number() for node in numbers.items()] == [1, 2.5]
    with pytest.raises(WrongUsageError, match=r"a\.json:3: a\[1\]: expected a whole number"):
        [node.whole(0) for node in numbers.items()]


def test_the_second_of_a_key_is_found(tmp_path):
    text = '{\n  "a": {"b": "a", "c": ["a", "a", {"a": 1}]},\n  "d": {"b": 1,\n    "b": 2}}'
    with pytest.raises(WrongUsageError, match=r"a\.json:4: 'b' stands here a second time"):
        read(tmp_path, text, "a.json")


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_the_marks_of_a_merge_conflict_are_told(tmp_path, name):
    text = "a: 1\n<<<<<<< HEAD\nb: {\n=======\nb: 3\n>>>>>>> other\n"
    with pytest.raises(WrongUsageError, match=rf"{name}:2: holds the marks of a merge conflict"):
        read(tmp_path, text, name)


def test_mistakes_in_json_have_a_line(tmp_path):
    root = read(tmp_path, '{"a": {\n  "b": "x"}}', "a.json")
    with pytest.raises(WrongUsageError, match=r"a\.json:2: a\.b: expected a number, found 'x'"):
        root.mapping()["a"].mapping()["b"].number()
    with pytest.raises(WrongUsageError, match=r"b\.json:2: not readable as JSON"):
        read(tmp_path, '{"a":\n}', "b.json")


def test_json_is_held_to_the_same_limits(tmp_path):
    with pytest.raises(WrongUsageError, match=r"a\.json:1: 'x' stands here a second time"):
        read(tmp_path, '{"x": 1, "x": 2}', "a.json")
    with pytest.raises(WrongUsageError, match="nested too deeply"):
        read(tmp_path, "[" * 900 + "]" * 900, "a.json")
    with pytest.raises(WrongUsageError, match="nested too deeply, or a number too long"):
        read(tmp_path, "1" * 5000, "a.json")
    with pytest.raises(WrongUsageError, match="too large or nested too deeply"):
        read(tmp_path, "[" + '"x",' * 500_000 + "1]", "a.json")
