"""The rooms of the house: each imports from those below it, and no two files import each other."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "usagectl"
ROOMS = (
    *("model", "config", "inputs", "readers", "failures", "dataset", "pricing", "aggregation"),
    *("comparison", "gates", "reports", "render", "commands"),
)
"""From the ground up; what lies beside them, such as `cli`, is on top."""


def imports():
    """Each module with all that it imports of the package, wherever in it that stands."""
    modules = {
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
        for path in PACKAGE.rglob("*.py")
    }
    return {
        name.removesuffix(".__init__"): set(_imported(path, modules))
        for name, path in modules.items()
    }


def _imported(path, modules):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules or f"{inner}.__init__" in modules else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(module):
    part = module.split(".")[1:2]
    return ROOMS.index(part[0]) if part and part[0] in ROOMS else len(ROOMS)


def test_rooms_import_downwards():
    upwards = {
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in others
        if other.startswith("usagectl.") and room(other) > room(module)
    }
    assert upwards - {"usagectl imports usagectl._version"} == set()


def test_no_two_files_import_each_other():
    TopologicalSorter(imports()).prepare()
