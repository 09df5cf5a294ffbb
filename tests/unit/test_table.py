"""Tables fit their width: names lose their middle, columns are hidden by rank and named."""

import pytest
from rich.cells import cell_len

from usagectl.render.legend import legend
from usagectl.render.terminal.table import Cell, figures, laid, names, words

LONG = "tasks/" + "a" * 60 + "/last"
WIDE = "日本語" * 12


def plain(lines):
    return [line.plain.rstrip() for line in lines]


def columns():
    return [
        names("By task", [LONG, WIDE]),
        figures("calls", ["12", "1,234,567,890"], 0),
        figures("failed", ["0", "7"], 1),
        figures("input", ["1", "2"], 4),
        figures("p95", ["1.0 s", "2.0 s"], 11),
        figures("cost", ["$1.000000", "-"], 2),
    ]


@pytest.mark.parametrize("width", [30, 40, 50, 60, 80, 100, 160, 300])
def test_no_line_is_wider_and_every_figure_stands_whole_or_is_named(width):
    table = laid(columns(), width)
    lines = [*table.lines, *legend([table], "")]
    told = " ".join(plain(lines))
    assert all(cell_len(line) <= width for line in plain(table.lines))
    assert {len(line) - len(line.lstrip("─")) for line in plain(table.head[-1:])} == {
        cell_len(table.head[-1].plain)
    }
    for column in columns()[1:]:
        assert column.title in told
        if column.title not in table.hidden:
            assert all(cell.text in told for cell in column.cells)


def test_columns_go_from_the_highest_rank_down():
    assert [laid(columns(), width).hidden for width in (160, 68, 62, 54, 40)] == [
        [],
        ["p95"],
        ["input", "p95"],
        ["input", "p95"],
        ["input", "p95"],
    ]


def test_what_is_hidden_is_named_with_the_width_that_shows_it():
    table = laid(columns(), 50)
    said = plain(legend([table, laid(columns(), 160)], "known of some"))
    assert said == ["", "hidden at this width: input, p95; COLUMNS=70 shows them"]
    assert laid(columns(), 70).hidden == []
    assert laid(columns(), 69).hidden == ["p95"]


def test_nothing_is_said_where_all_is_shown():
    assert legend([laid(columns(), 200)], "known of some") == []


def test_a_mark_of_a_hidden_figure_or_of_a_name_needs_no_key():
    table = laid([names("By task", ["*" * 30]), figures("calls", ["1"], 0), figures("p95", ["2 s*"], 9)], 33)  # fmt: skip
    assert plain(legend([table], "known of some"))[1:] == [
        "hidden at this width: p95; COLUMNS=35 shows them"
    ]
    assert plain(legend([laid([names("a", ["b"]), figures("c", ["1*"], 0)], 40)], "not all")) == [
        "",
        "* not all",
    ]


def test_a_name_that_is_never_cut_stands_above_its_figures():
    run = "outputs/" + "r" * 50
    table = laid(
        [
            words("Run", [run, "short"]),
            figures("calls", ["1,000", "2"], 0),
            figures("time", ["1 s", "2 s"], 5),
        ],
        40,
    )
    assert plain(table.lines) == [
        "Run",
        "  calls  time",
        "─" * 40,
        run,
        "  1,000   1 s",
        "short",
        "      2   2 s",
    ]


def test_names_keep_both_ends_and_figures_stand_below_each_other():
    table = laid(
        [
            names("By task", ["alpha" + "x" * 40 + "omega", "日本"]),
            figures("calls", ["1", "22"], 0),
        ],
        24,
    )
    assert plain(table.lines) == [
        "By task            calls",
        "────────────────────────",
        "alphaxxx…xxxxomega      1".replace("xxxxomega ", "xxxomega "),
        "日本                  22",
    ]


def test_a_text_that_asks_for_enough_hides_others_first():
    place = Cell("fixtures/" + "d" * 40 + "/usage.jsonl:7")
    table = laid([words("id", ["0123"]), names("where", [place], 2, enough=48), names("label", ["server_error"], 4)], 60)  # fmt: skip
    assert table.hidden == ["label"]
    assert place.text[:20] in table.lines[-1].plain


def test_many_keys_share_the_room():
    keys = [names(f"key{i}", [f"{i}" * 40]) for i in range(6)]
    table = laid([*keys, figures("calls", ["1,000,000"], 0)], 50)
    assert all(cell_len(line.plain) <= 50 for line in table.lines)
    assert "1,000,000" in " ".join(plain(table.lines))
