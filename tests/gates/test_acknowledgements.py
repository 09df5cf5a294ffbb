"""Entries of `usagectl.ack.yaml`: what is written is what is read again, whatever a name holds."""

import datetime as dt

import pytest

from usagectl.gates.acknowledgements import read, with_entries
from usagectl.model.names import Key

DAY = dt.date(2026, 3, 20)
NAMES = [
    "plain", "a\x00b", "a\x07b", "a\x1b[31mb", "a\x7fb", "a\x85b", "a\xa0b", "a\xadb", "a\u2028b",
    "a\u2029b", "a\u202eb", "a\ufeffb", "a\ufffeb", "a\uffffb", "a\U0001f600b", "a\U000e0001b",
    "a\U0010ffffb", "a\nb", "a\r\nb", "a\tb", " a ", "'a'", '"a"', "\\a", "null", "~", "1", "1e3",
    "2026-03-20", "true", "a: b", "a #b", "- a", "{a}", "&a", "*a", "!a", "%a", "@a", "`a`",
    "日本語", "", None,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_read_as_it_was_written(tmp_path, name):
    entry = {
        "task": name, "metric": "total_tokens", "limit": "<=5", "reason": f"for {name}",
        "until": DAY.isoformat(),
    }  # fmt: skip
    text = with_entries("", [entry, entry], "usagectl.ack.yaml", DAY)
    file = tmp_path / "usagectl.ack.yaml"
    file.write_text(text, encoding="utf-8", newline="")
    found = read(str(file), DAY)
    assert [one.group for one in found] == [((Key.TASK, name),)] * 2
    assert {one.reason for one in found} == {f"for {name}"}
