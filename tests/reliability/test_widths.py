"""Every page at every width: nothing is wider, no figure is cut, and what is hidden is named."""

import functools
import json
import re

import pytest
from rich.cells import cell_len

WIDTHS = (40, 50, 64, 80, 100, 120, 160)
WIDE = 400
COMMANDS = (
    "summary {0}",
    "summary {0} {1} --top 0",
    "summary {0} --by task,model,provider,session --cost-mode table --as-model anthropic:claude-sonnet-4-6",
    "errors {0} {1} --messages --list --by task,model",
    "doctor {0} --all",
    "diff {0} {1} --top 0 --all",
    "diff {0} {1} --by model,task --metric cost_usd",
    "regress {0} {1} --top 0",
    "regress --self-test {0} --threshold 2x --threshold cost=1.5x",
    "baseline show kept",
    "baseline list",
    "prices check {0} {1}",
    "prices list openai/gpt-4*",
    "prices explain claude-sonnet-4-6 --input 123456789 --output 987654321",
    "runs runs",
)
MODELS = ("gpt-4.1-mini", "qwen/qwen3-235b-a22b-thinking-2507-instruct-awq", "claude-haiku-4-5")
# What stands below a row where it has no room beside it.
BESIDE = {"read as", "first call to last", "why"}
FIGURE = re.compile(r"[<+\-$]*\d[\d,.]*(?:%|\*|[kM]\b)?")


def rows(more):
    for i in range(24):
        yield {
            "timestamp": f"2026-03-24T08:{i:02}:00", "success": i % 5 != 0, "model": MODELS[i % 3],
            "duration_seconds": 2321.432101 * (i + 1), "input_tokens": 123_456_789 * more + i,
            "output_tokens": 98_765_432 + i * more, "thinking_tokens": 1_234_567,
            "cost_usd": 12.345678 * (i + more), "task_name": f"{i % 7}_identify_the_very_long_name_of_a_task",
            "upstream_provider": "Some Cloud", "error_id": f"abcdef0123{i:02}",
            **({"error": "timeout"} if i % 5 == 0 else {}),
        }  # fmt: skip


@pytest.fixture(name="place", scope="module")
def _place(tmp_path_factory):
    place = tmp_path_factory.mktemp("place")
    for more in (1, 7):
        run = place / "runs" / f"2026-03-24_a_run_with_quite_a_name_{more}"
        run.mkdir(parents=True)
        (run / "usage_metrics.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in rows(more))
        )
    return place


@pytest.fixture(name="page")
def _page(place, in_process):
    run = functools.partial(in_process, place)
    operands = [f"runs/2026-03-24_a_run_with_quite_a_name_{more}" for more in (1, 7)]
    if not (place / ".usagectl").exists():
        run("baseline", "save", "kept", operands[0])

    def page(command, width):
        return run(*command.format(*operands).split(), columns=width)

    return page


@pytest.mark.parametrize("command", COMMANDS)
def test_every_page_at_every_width(page, command):
    known = {*FIGURE.findall(page(command, WIDE)[0])}
    titles = columns(page(command, WIDE)[0]) - BESIDE
    for width in WIDTHS:
        out, err = page(command, width)
        whole = "runs/" if command.startswith(("runs", "baseline list")) else None
        lines = [*out.splitlines(), *err.splitlines()]
        wide = [line for line in lines if cell_len(line) > width]
        assert wide == [] or whole, (width, wide)
        # What a name or a sentence loses to the width is no figure.
        said = [f for line in tables(out) for f in FIGURE.findall(re.sub(r"\S*…\S*", "", line))]
        assert {*said} <= known, (width, {*said} - known)
        hidden = " ".join(out.split()).partition("hidden at this width: ")[2]
        for title in titles:
            assert title in " ".join(out.split()) or title.partition(" (")[0] in hidden, (
                width,
                title,
            )


def tables(out):
    """The lines of all tables: what stands between a rule and an empty line."""
    inside = False
    for line in out.splitlines():
        inside = line.startswith("───") or (inside and bool(line.strip()))
        if inside and not line.startswith(("───", "    ", "…")):
            yield line


def columns(out):
    """The titles of the figures of all tables."""
    lines = out.splitlines()
    heads = [lines[i - 1] for i, line in enumerate(lines) if line.startswith("───")]
    return {title for head in heads for title in re.split(r"\s{2,}", head.strip())[1:]}
