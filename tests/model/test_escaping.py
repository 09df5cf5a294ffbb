"""A text of data as each place wants it."""

import html
import json
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from usagectl.model import escaping

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("crate::mod", "crate::mod"),
        ("a :: b", "a :: b"),
        ("issue ##12", "issue ##12"),
        ("a\x1b[31m\x7f\x9b", "a\\x1b[31m\\x7f\\x9b"),
        ("\u202e\u200b\ufeff\u2028", "\\u202e\\u200b\\ufeff\\u2028"),
        ("\u3164\ufe0f\u034f\U000e0100", "\\u3164\\ufe0f\\u034f\\U000e0100"),
        ("\ufffe\ud800", "\\ufffe\\ud800"),
        ("::error::x", "\\x3a:error::x"),
        ("\u3000::error::x", "\u3000\\x3a:error::x"),
        ("see ::stop-commands::y", "see \\x3a:stop-commands::y"),
        ("##vso[x]", "\\x23#vso[x]"),
        ("###[error]", "#\\x23#[error]"),
        ("a##teamcity[b", "a\\x23#teamcity[b"),
    ],
)
def test_shown(text, shown):
    assert escaping.shown(text) == shown
    assert escaping.shown(shown) == shown


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("x ::error", "x ::error"),
        ("::error::x", "\\x3a:error::x"),
        ("a\n\t ::warning ::x\nb", "a\n\t \\x3a:warning ::x\nb"),
        ("a ##[group]b", "a \\x23#[group]b"),
    ],
)
def test_lines_of_a_log(line, written):
    assert escaping.logged(line) == written


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (True, "True"),
        ("", ""),
        ("plain", "plain"),
        ("a,b", '"a,b"'),
        ('a"b', '"a""b"'),
        ("a;=1", '"a;=1"'),
        ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
        ("@SUM(1)", "'@SUM(1)"),
        ("-1+1", "'-1+1"),
        ("+1", "'+1"),
        (" =1", "' =1"),
        ("'=1", "''=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\t=1", "\\t=1"),
        ("it's", "it's"),
        ("'quoted'", "'quoted'"),
    ],
)
def test_cells(value, cell):
    assert escaping.csv_cell(value) == cell


@given(st.text())
def test_json_is_ascii_on_one_line_and_read_again(text):
    written = escaping.as_json({text: text})
    assert written.isascii()
    assert written.isprintable()
    assert not re.search(r"##\w*\[", written)
    assert json.loads(written) == {text: text}


@given(st.text(st.characters(exclude_categories=())))
def test_yaml_is_read_again(text):
    written = escaping.yaml(text)
    assert written.isprintable() or any(c.isspace() for c in written)
    assert yaml.safe_load(f"- {written}  # {escaping.shown(text)}") == [text]


def rendered(text):
    found = html.unescape(re.sub(r"<[^>]*>", "", MARKDOWN.render(text)))
    return found.replace("\u200b", "").strip("\n")


@given(st.text(st.sampled_from("ab1 \\`*_{}[]()<>#+-.!|~$@&;:/=\"'%^\n"), max_size=20))
def test_markdown_shows_the_text(text):
    written = escaping.markdown(text)
    shown = escaping.shown(text)
    assert rendered(f"x{written}x") == f"x{shown}x"
    if text != "-":
        assert rendered(f"- {written}").rstrip() == (shown.rstrip() if shown.strip() else "")
    row = rendered(f"| a | b |\n| --- | --- |\n| {written} | c |").split("\n")
    assert row[-2:] == [shown, "c"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("gpt-5-mini", "gpt-5-mini"),
        ("llama3.1:latest", "llama3.1:latest"),
        ("@name", "@&#8203;name"),
        ("a@b.c", "a@&#8203;b.c"),
        ("o/r#12", "o/r\\#&#8203;12"),
        ("GH-12", "GH-&#8203;12"),
        ("!12", "!&#8203;12"),
        ("http://x", "http:&#8203;//x"),
        ("www.x.y", "www&#8203;.x.y"),
        (":tada:", ":&#8203;tada:"),
        ("&lt;", "&amp;lt;"),
        ("$x$", "\\$x\\$"),
        ("~~x~~", "\\~\\~&#8203;x\\~\\~"),
        ("-", "-"),
        ("- x", "\\- x"),
        ("1. x", "1\\. x"),
        ("  x ", "&#32;&#32;x&#32;"),
    ],
)
def test_markdown(text, written):
    assert escaping.markdown(text) == written


def test_what_ci_systems_read():
    assert escaping.xml("a<b>&\"'\x00\ufffe]]>") == "a&lt;b&gt;&amp;&quot;&#x27;\\x00\\ufffe]]&gt;"
    assert escaping.annotation("50%\n::x") == "50%25\\n::x"
    assert escaping.annotation_property("a: b, c") == "a%3A b%2C c"
