"""The floors of the house: a module imports from its own floor downwards, never upwards."""

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "usagectl"

FLOORS = {
    "_version": 0,
    "escaping": 0,
    "exceptions": 0,
    "arguments": 0,
    "portrait": 0,
    "json_lines": 0,
    "gate_words": 0,
    "gate_grammar": 0,
    "gate_numbers": 0,
    "gates": 0,
    "interrupts": 0,
    "names": 0,
    "nearest": 0,
    "notices": 0,
    "schema": 0,
    "urls": 0,
    "wording": 0,
    "acknowledgements": 1,
    "config": 1,
    "compression": 1,
    "content": 1,
    "head": 1,
    "spool": 1,
    "operands": 1,
    "documents": 1,
    "line_bytes": 1,
    "nodes": 1,
    "object_store": 1,
    "sources": 1,
    "zones": 1,
    "readers": 2,
    "cost_doubts": 3,
    "costs": 3,
    "priced_calls": 3,
    "pricing": 3,
    "failed_calls": 3,
    "failures": 3,
    "file_columns": 3,
    "unread": 3,
    "usage": 3,
    "usage_portrait": 3,
    "conditions": 3,
    "keys": 3,
    "machines": 4,
    "filters": 4,
    "no_match": 4,
    "repricing": 4,
    "samples": 4,
    "baseline_rows": 4,
    "baseline_values": 4,
    "baselines": 4,
    "comparability": 4,
    "comparison": 4,
    "completeness": 4,
    "contributions": 4,
    "cost_estimates": 4,
    "explain": 4,
    "figures": 4,
    "gate_verdicts": 4,
    "gating": 4,
    "limits": 4,
    "measures": 4,
    "moved_work": 4,
    "calibration": 4,
    "planting": 4,
    "self_test": 4,
    "same_tasks": 4,
    "sides": 4,
    "splits": 4,
    "statistics": 4,
    "heaviest": 4,
    "work": 4,
    "operand_doubts": 4,
    "tellings": 4,
    "verdicts": 4,
    "summary": 4,
    "work_gates": 4,
    "baseline_report": 5,
    "parts_shown": 5,
    "diff_report": 5,
    "examination": 5,
    "export": 5,
    "prices_report": 5,
    "failure_report": 5,
    "listing": 5,
    "regress_report": 5,
    "report": 5,
    "output": 6,
    "render": 6,
    "streams": 6,
    "cli": 7,
    "commands": 7,
    "__main__": 7,
    "__init__": 7,
}
MATHS = {"group_by", "sum", "join", "agg", "mean", "quantile"}


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def floor(parts):
    return FLOORS[parts[0] if parts else "__init__"]


def place(path):
    return path.relative_to(PACKAGE).with_suffix("").parts


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("usagectl"):
            base = node.module.split(".")[1:]
            for alias in node.names:
                yield base or [alias.name]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1:] for a in node.names if a.name.startswith("usagectl."))


def test_every_module_has_a_floor():
    assert {place(path)[0] for path in modules()} == set(FLOORS)


def test_contributing_shows_every_floor():
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| (\d) \| (.+?) \|", text, re.MULTILINE)
    shown = [(name, int(row)) for row, cell in rows for name in re.findall(r"`(\w+)/?`", cell)]
    assert sorted(shown) == sorted(FLOORS.items())


def test_imports_go_down():
    upwards = [
        f"{'.'.join(place(path))} imports {'.'.join(parts)}"
        for path in modules()
        for parts in imported(path)
        if parts and parts[0] in FLOORS and floor(parts) > floor(place(path))
    ]
    assert upwards == []


def test_renderers_do_not_compute():
    for path in sorted((PACKAGE / "render").glob("*.py")):
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            # ", ".join is text; a join of frames has a column to join on.
            and not (node.func.attr == "join" and not node.keywords)
        }
        assert not calls & MATHS, path.name


def test_only_commands_and_cli_print():
    for path in modules():
        if place(path)[0] in ("commands", "cli", "output", "streams"):
            continue
        source = path.read_text()
        assert "print(" not in source.replace("console.print(", ""), path
        assert "sys.stdout" not in source, path


def test_no_module_is_a_drawer():
    assert not {path.stem for path in modules()} & {"utils", "common", "helpers", "misc"}
