"""What `errors` shows of messages: what tells them apart, and no boilerplate."""

import json

import polars as pl
import pytest

from usagectl.failures.excerpts import essential


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "error for Plan\n  Field required\n    For further information visit https://a.test/2.9/v",
            "error for Plan\n  Field required",
        ),
        ("The key is wrong. You can find it at https://vendor.test/keys.", "The key is wrong. You can find it at"),
        ("no credits (request id: 0f9e8d7c6b5a)", "no credits"),
        ("it broke. Please contact us through our help center if it goes on.", "it broke."),
        ("https://vendor.test/only", "https://vendor.test/only"),
        ("failed [0f9e8d7c6b5a]: timed out", "timed out"),
    ],
)  # fmt: skip
def test_boilerplate_goes(message, expected):
    assert pl.select(essential(pl.lit(message))).item() == expected


def test_messages_that_begin_and_end_alike_stay_apart(usagectl, tmp_path):
    text = "the answer of the model does not fit the schema, since in the long list the field {} is of no use to anybody who reads it"
    rows = [
        {"timestamp": "2026-04-02T11:00:40", "success": False, "model": "m", "duration_seconds": 9.0, "error": text.format(name)}
        for name in ("harbour", "lighthouse")
    ]  # fmt: skip
    (tmp_path / "usage_metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    page = usagectl("errors", tmp_path, "--messages", columns=80).stdout.decode()
    table = page.partition("message, ids")[2]
    assert "… harbour is" in table
    assert "… lighthouse is" in table


@pytest.mark.parametrize("output_format", ["text", "markdown"])
def test_what_to_do_stands_beside_each_category(usagectl, output_format):
    run = "fixtures/planexe/mislabelled/run"
    page = usagectl("errors", run, "--format", output_format, columns=100).stdout.decode()

    assert "Raise the timeout, stream, ask for less output, or use a faster model." in page


def test_a_verdict_is_joined_to_its_line(usagectl):
    done = usagectl("errors", "classify", "-", "--format", "json", stdin=b"timed out\n\nhm\n")
    found = json.loads(done.stdout)["verdicts"]

    assert [(row["line"], row["category"]) for row in found] == [(1, "timeout"), (3, "unknown")]


def test_what_to_do_stands_below_its_category_on_a_narrow_page(usagectl):
    page = usagectl("errors", "fixtures/planexe/mislabelled/run", columns=50).stdout.decode()

    assert "\n  timeout\n    Raise the timeout, stream, ask for less\n    output, or use" in page


def test_an_explanation_fits_the_terminal(usagectl):
    page = usagectl("errors", "--explain", "overloaded", columns=50).stdout.decode()

    assert (
        "  to do: Retry with growing pauses, or fall back\n    to another model or region.\n"
        in page
    )
