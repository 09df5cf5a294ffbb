"""The columns of a call and of a stage: one declaration, and what follows from it."""

import ast
import sys
from pathlib import Path

import pytest
from conftest import FIXTURES

from usagectl.model import columns, schema

ROOT = FIXTURES.parent
TABLES = {
    "calls": (*columns.CALL, *columns.FAILURE),
    "costs": columns.COST,
    "stages": columns.STAGE,
}


def _rows(declared):
    frame = {**schema.EXPORTED, **schema.STAGES}
    for column in declared:
        dtype = frame[column.name].base_type().__name__
        words = "" if isinstance(column.type, columns.Type) else f" of {', '.join(column.type)}"
        unit = f" {column.unit}" if column.unit else ""
        yield f"| {column.name} | {dtype}{words} |{unit} | {column.meaning} |"


@pytest.mark.parametrize("declared", TABLES.values(), ids=TABLES)
def test_the_readme_has_its_table(declared):
    head = "| column | type | unit | meaning |\n| --- | --- | --- | --- |\n"
    table = head + "\n".join(_rows(declared)) + "\n\n"
    assert table in (ROOT / "README.md").read_text(), table


def test_what_is_exported_are_the_declared_columns_in_their_order():
    declared = (*columns.CALL, *columns.FAILURE, *columns.COST)
    assert schema.EXPORTED.names() == [column.name for column in declared]


def test_it_needs_nothing_but_the_standard_library():
    tree = ast.parse(Path(columns.__file__).read_text())
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert {getattr(node, "module", "") for node in imports} <= sys.stdlib_module_names


@pytest.mark.parametrize("declared", TABLES.values(), ids=TABLES)
def test_names_tell_the_unit(declared):
    suffixes = {columns.TOKENS: "_tokens", columns.MICROSECONDS: "_us", columns.NANOUSD: "_nanousd"}
    for column in declared:
        told = next((suffix for suffix in suffixes.values() if column.name.endswith(suffix)), None)
        assert told == suffixes.get(column.unit), column.name
