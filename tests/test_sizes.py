"""A function is read in one look, a module in a few; a command's options are a list of their own."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "usagectl"
MODULES = {str(path.relative_to(PACKAGE)): path.read_text() for path in PACKAGE.rglob("*.py")}
# What is still to be cut.
LONG_MODULES = {
    "readers/honcho/metrics.py",
    "readers/open_strix/reader.py",
    "readers/planexe/tree.py",
}
LONG_FUNCTIONS = {"render/markdown.py: summary"}


def longer(most, length, *, commands):
    """The functions that are longer than so many lines, in commands or elsewhere."""
    return {
        f"{name}: {node.name}"
        for name, source in MODULES.items()
        if name.startswith("commands/") is commands
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and length(node) > most
    }


def test_modules_are_short():
    long = {name for name, source in MODULES.items() if source.count("\n") > 250}
    assert long <= LONG_MODULES


def test_functions_are_short():
    def length(function):
        return function.end_lineno - function.lineno + 1

    assert longer(60, length, commands=False) <= LONG_FUNCTIONS


def test_commands_are_a_story():
    def length_without_options_and_help(function):
        first = function.body[bool(ast.get_docstring(function))]
        return function.end_lineno - first.lineno + 1

    assert longer(40, length_without_options_and_help, commands=True) == set()
