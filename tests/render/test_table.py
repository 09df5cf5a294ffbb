"""Tables fit their width: names lose their middle, columns are hidden by rank and named."""

import pytest
from rich.cells import cell_len

from usagectl.render.columns import figures, names, words
from usagectl.render.document import (
    Column,
    Document,
    Kind,
    Legend,
    Place,
    Section,
    Span,
    Table,
)
from usagectl.render.formats.markdown import markdown
from usagectl.render.formats.text import text
from usagectl.render.terminal.table import laid

LONG = "tasks/" + "a" * 60 + "/last"
WIDE = "日本語" * 12


def plain(lines):
    return [line.plain.rstrip() for line in lines]


def numbers(title, texts, rank=None):
    cells = [Span(text.rstrip("*"), mark="*" if text.endswith("*") else "") for text in texts]
    return Column(title, cells, Kind.FIGURES, rank)


def table(*extra):
    return Table(
        [
            names("By task", [LONG, WIDE]),
            numbers("calls", ["12", "1,234,567,890"], 0),
            numbers("failed", ["0", "7"], 1),
            numbers("input", ["1", "2"], 4),
            numbers("p95", ["1.0 s", "2.0 s"], 11),
            numbers("cost", ["$1.000000", "-"], 2),
            *extra,
        ]
    )


def below(width, *tables, meaning="known of some"):
    """What a page says below its tables, as one text."""
    sections = [*(Section([one]) for one in tables), Section([Legend({"*": meaning})])]
    said = text(Document(Span(""), sections), width).splitlines()
    return " ".join(said[sum(len(laid(one, width).lines) + 1 for one in tables) :])


@pytest.mark.parametrize("width", [30, 40, 50, 60, 80, 100, 160, 300])
def test_no_line_is_wider_and_every_figure_stands_whole_or_is_named(width):
    made = laid(table(), width)
    told = " ".join([*plain(made.lines), below(width, table())])
    assert all(cell_len(line) <= width for line in plain(made.lines))
    assert {len(line) - len(line.lstrip("─")) for line in plain(made.head[-1:])} == {
        cell_len(made.head[-1].plain)
    }
    for column in table().columns[1:]:
        assert column.title in told
        if column.title not in made.hidden:
            assert all(cell.text in told for cell in column.cells)


def test_columns_go_from_the_highest_rank_down():
    assert [laid(table(), width).hidden for width in (160, 68, 62, 54, 40)] == [
        [],
        ["p95"],
        ["input", "p95"],
        ["input", "p95"],
        ["input", "p95"],
    ]


def test_what_is_hidden_is_named_with_the_width_that_shows_it():
    small = Table([names("a", ["b"])])
    assert below(50, table(), small) == "hidden at this width: input, p95; COLUMNS=70 shows them"
    assert laid(table(), 70).hidden == []
    assert laid(table(), 69).hidden == ["p95"]


def test_nothing_is_said_where_all_is_shown():
    assert below(200, table()) == ""


def test_a_mark_of_a_hidden_figure_or_of_a_name_needs_no_key():
    marked = Table([names("By task", ["*" * 30]), numbers("calls", ["1"], 0), numbers("p95", ["2 s*"], 9)])  # fmt: skip
    assert below(33, marked) == "hidden at this width: p95; COLUMNS=35 shows them"
    known = Table([names("a", ["b"]), numbers("c", ["1*"], 0)])
    assert below(40, known, meaning="not all") == "* not all"


def test_a_name_that_is_never_cut_stands_above_its_figures():
    run = "outputs/" + "r" * 50
    made = laid(
        Table(
            [
                words("Run", [run, "short"]),
                numbers("calls", ["1,000", "2"], 0),
                numbers("time", ["1 s", "2 s"], 5),
            ]
        ),
        40,
    )
    assert plain(made.lines) == [
        "Run",
        "  calls  time",
        "─" * 40,
        run,
        "  1,000   1 s",
        "short",
        "      2   2 s",
    ]


def test_names_keep_both_ends_and_figures_stand_below_each_other():
    made = laid(
        Table(
            [
                names("By task", ["alpha" + "x" * 40 + "omega", "日本"]),
                figures("calls", str, [1, 22], 0),
            ]
        ),
        24,
    )
    assert plain(made.lines) == [
        "By task            calls",
        "────────────────────────",
        "alphaxxx…xxxxomega      1".replace("xxxxomega ", "xxxomega "),
        "日本                  22",
    ]


def test_digits_stay_below_digits_where_one_is_marked():
    column = figures("tokens", str, [1, 200, None], partial=[False, True, True])
    made = laid(Table([names("a", ["b", "c", "d"]), column]), 40)
    assert [line.plain for line in made.lines][2:] == ["b      1 ", "c    200*", "d   None "]


def test_a_text_that_asks_for_enough_hides_others_first():
    place = "fixtures/" + "d" * 40 + "/usage.jsonl:7"
    made = laid(Table([words("id", ["0123"]), names("where", [place], 2, 48), names("label", ["server_error"], 4)]), 60)  # fmt: skip
    assert made.hidden == ["label"]
    assert place[:20] in made.lines[-1].plain


def test_many_keys_share_the_room():
    keys = [names(f"key{i}", [f"{i}" * 40]) for i in range(6)]
    made = laid(Table([*keys, numbers("calls", ["1,000,000"], 0)]), 50)
    assert all(cell_len(line.plain) <= 50 for line in made.lines)
    assert "1,000,000" in " ".join(plain(made.lines))


def falling():
    columns = [
        words("side", ["base", "new"]),
        words("models", ["m" * 20, ""], 2)._replace(place=Place.FALLS),
        words("period", ["p" * 20] * 2, 1)._replace(place=Place.FALLS),
    ]
    return Table(columns)


@pytest.mark.parametrize(
    ("width", "rows"),
    [
        (60, [f"base  {'m' * 20}  {'p' * 20}", f"new   {' ' * 20}  {'p' * 20}"]),
        (44, [f"base  {'p' * 20}", f"  {'m' * 20}", f"new   {'p' * 20}"]),
        (25, ["base", f"  {'m' * 20}", f"  {'p' * 20}", "new", f"  {'p' * 20}"]),
    ],
)
def test_what_has_no_room_beside_its_row_stands_below_it(width, rows):
    made = laid(falling(), width)
    assert made.hidden == []
    assert plain(made.lines)[2:] == rows


def test_markdown_hides_no_column_but_those_that_say_nothing():
    silent = words("said", ["", ""])
    shown = markdown(Document(Span("t"), [Section([table(silent, *falling().columns)])]))
    assert "| By task | calls | failed | input | p95 | cost | side | models | period |" in shown
    assert LONG in shown
