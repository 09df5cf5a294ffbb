from usagectl.readers.core import salvage
from usagectl.readers.core.decoding import Search


def values(data, **options):
    return [(found.line, found.value) for found in salvage.records(data, **options)]


def reasons(data):
    return [(found.line, found.reason) for found in salvage.records(data) if found.value is None]


def test_one_object_a_line():
    assert values(b'{"a":1}\n\n  \r\n{"a":2}') == [(1, {"a": 1}), (4, {"a": 2})]


def test_two_objects_on_one_line():
    assert values(b'{"a":1} {"a":2}\n{"a":3}{"a":4}') == [
        (1, {"a": 1}),
        (1, {"a": 2}),
        (2, {"a": 3}),
        (2, {"a": 4}),
    ]


def test_pretty_printed_objects():
    assert values(b'{\n  "a": 1\n}\n{\n  "a": 2\n}\n') == [(1, {"a": 1}), (4, {"a": 2})]


def test_array_on_one_line_and_over_many():
    assert values(b'[{"a":1},{"a":2}]') == [(1, {"a": 1}), (1, {"a": 2})]
    assert values(b'[\n{"a":1},\n{"a":2}\n]\n') == [(2, {"a": 1}), (3, {"a": 2})]
    assert values(b'[\n  {\n    "a": 1\n  }\n]\n') == [(2, {"a": 1})]


def test_good_lines_around_bad_ones():
    data = b'{"a":1}\ngarbage\n\x00\x00\n\xff\xfe{"a":9}\n{"a":2}\n{"a":'
    assert [found.value for found in salvage.records(data) if found.value] == [{"a": 1}, {"a": 2}]
    assert [line for line, _ in reasons(data)] == [2, 3, 4, 6]


def test_reasons_tell_what_is_wrong():
    ((_, reason),) = reasons(b'{"a": 1, "b": "cut')
    assert "cut short" in reason
    ((_, reason),) = reasons(b"\xff\xfe")
    assert reason == "not UTF-8 text"
    ((_, reason),) = reasons(b"17")
    assert reason == "a JSON int, not an object"


def test_first_of_two_equal_keys_counts():
    assert values(b'{"a":1,"a":2}') == [(1, {"a": 1})]


def test_deep_nesting_is_a_reject():
    assert len(reasons(b"[" * 100_000)) == 1


def test_lines_of_others_are_passed_over():
    assert values(b'INFO start\n{"a":1}\nINFO {"a":2}\n', mixed=True) == [(2, {"a": 1})]


def test_brackets_between_records_are_told_and_those_around_a_list_are_not():
    assert reasons(b'{"a":1}\n[\n{"a":2}\n') == [(2, "brackets without a record")]
    assert reasons(b'{"a":1}\n[]\n{"a":2}\n') == [(2, "brackets without a record")]
    assert reasons(b'[\n{"a":1}\n]\n[\n{"a":2}\n]\n') == []
    assert reasons(b"[]\n") == []


def test_object_whose_key_stands_twice_is_written_as_it_stood():
    ((_, value),) = values(b'{"a": {"b": 1, "c": 2, "b": 3}}')
    assert value["a"]["b"] == 1
    assert list(value["a"].items()) == [("b", 1), ("c", 2), ("b", 3)]


def test_object_that_is_larger_than_any_window():
    text = b'{"a": [\n' + b'{"b": 1},\n' * 10_000 + b"1]}"
    ((line, value),) = values(text)
    assert (line, len(value["a"])) == (1, 10_001)


def test_search_ends_where_too_much_was_looked_at_in_vain():
    search = Search('{"a' * 1000, at_least=0)
    found = [search.object_at(at) for at in range(0, 3000, 3)]
    assert {value for value, _ in found} == {None}
    assert search.exhausted
    assert found[-1] == (None, 2997)
