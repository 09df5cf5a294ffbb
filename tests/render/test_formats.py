"""Every format writes every document: what one says, the others say too."""

import pytest

from usagectl.model.notices import Notice
from usagectl.render.columns import figures, names, words
from usagectl.render.document import (
    Column,
    Command,
    Document,
    Finding,
    Findings,
    Kind,
    Legend,
    Line,
    Listing,
    Place,
    Section,
    Span,
    Table,
    Terms,
    Tone,
    Verbatim,
    fact,
)
from usagectl.render.formats import machine
from usagectl.render.formats.markdown import markdown
from usagectl.render.formats.text import text
from usagectl.render.records import Records

SAYS = (
    "sentence", "entry", "step", "label", "meaning", "group", "happened", "cause", "1,234",
    "of calls", "worse", "why so", "usagectl diff a b", "as it is", "not of all", "folded text",
)  # fmt: skip
PAGE = Document(
    Span("Title", Tone.FAILED),
    [
        Section([Line([Span("A sentence", Tone.STRONG), Span(", and more")])]),
        Section([Terms([fact(lambda n: f"{n:,}", 1234, "of calls", partial=True)], figures=True)]),
        Section([Listing([Line([Span("entry")])]), Listing([Line([Span("step")])], numbered=True)]),
        Section([Terms([(Span("label"), Span("meaning"))])], "Terms"),
        Section([Findings([Finding("group", "happened", ["cause"])])], "Found", Tone.FAILED),
        Section(
            [
                Table(
                    [
                        names("task", ["t"]),
                        figures("calls", str, [7], 0),
                        Column("", [Span("", value=1.0)], Kind.BARS, 3),
                        words("verdict", [Span("worse", Tone.BAD)])._replace(judged=True),
                        words("why", ["why so"])._replace(place=Place.BELOW),
                    ],
                    "Drivers",
                )
            ]
        ),
        Section([Command(["usagectl", "diff", "a", "b"]), Verbatim(["as it is"])]),
        Section([Line([Span("folded text")])], "More", folded=True),
        Section([Line([Span("only where there is room")])], instead="… --all shows more"),
        Section([Legend({"*": "not of all", "+": "never"})]),
    ],
    [Notice("code", "a doubt")],
)


@pytest.mark.parametrize("width", [40, 80])
def test_text_says_it_all_and_what_it_leaves_out(width):
    said = text(PAGE, width)
    for words_ in SAYS:
        assert words_ in said
    assert "████████" in said
    assert "only where there is room" not in said
    assert "… --all shows more" in said
    assert "never" not in said
    assert "a doubt" not in said


def test_markdown_says_it_all():
    said = markdown(PAGE)
    for words_ in (*SAYS, "only where there is room", "a doubt"):
        assert words_ in said
    assert said.startswith("## 🔴 Title\n")
    assert "| t | 7 | 🔴 worse | why so |" in said
    assert "<details><summary>More</summary>" in said
    assert "never" not in said


def test_lists_that_follow_each_other_stay_two():
    lists = [Section([Listing([Line([Span(name)])])]) for name in "abc"]
    assert markdown(Document(Span("t"), lists)) == "## t\n\n- a\n\n* b\n\n- c"


def test_records_in_every_format():
    rows = [{"a": 1, "b": 0.1 + 0.2}, {"a": None, "b": 2.0}]
    records = Records({"schema": "x/1", "rows": iter(rows)}, rows, ["a", "c"])
    assert machine.json(records) == (
        '{\n  "schema": "x/1",\n  "rows": [\n    {"a": 1, "b": 0.3},\n    {"a": null, "b": 2.0}\n  ]\n}'
    )
    assert machine.ndjson(records) == '{"a": 1, "b": 0.3}\n{"a": null, "b": 2.0}'
    assert machine.csv(records) == "a,c\n1,\n,"
