"""The rooms of the house: each imports from those below it, and no two files import each other."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "usagectl"
ROOMS = (
    *(
        "model",
        "config",
        "inputs",
        "readers",
        "failures",
        "engines",
        "dataset",
        "pricing",
        "aggregation",
    ),
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
    part = "".join(module.split(".")[1:2])
    if part == "_version":
        return -1
    return ROOMS.index(part) if part in ROOMS else len(ROOMS)


def test_rooms_import_downwards():
    upwards = {
        f"{module} imports {other}"
        for module, others in imports().items()
        for other in others
        if other.startswith("usagectl.") and room(other) > room(module)
    }
    assert upwards == set()


def test_no_two_files_import_each_other():
    modules = imports()
    # Raises CycleError, which names the files.
    assert set(modules) <= set(TopologicalSorter(modules).static_order())


def test_every_room_says_what_lives_there_and_defines_nothing():
    for path in PACKAGE.glob("*/**/__init__.py"):
        tree = ast.parse(path.read_text())
        assert len(ast.get_docstring(tree) or "") > 40, path
        assert len(tree.body) == 1, path


def test_the_top_is_small():
    assert len({path.stem for path in PACKAGE.iterdir() if path.name != "__pycache__"}) <= 20


def test_renderers_do_not_compute():
    maths = {"group_by", "sum", "join", "agg", "mean", "quantile"}
    for path in sorted((PACKAGE / "render").rglob("*.py")):
        calls = {
            node.func.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            # ", ".join is text; a join of frames has a column to join on.
            and not (node.func.attr == "join" and not node.keywords)
        }
        assert not calls & maths, path.name


def test_a_format_knows_no_command_and_a_page_no_format():
    allowed = {
        "formats": {"document", "records", "terminal", "words"},
        "terminal": {"document", "terminal", "words"},
        "pages": {"columns", "document", "pages", "records", "words"},
        "words": {"document", "words"},
    }
    for module, others in imports().items():
        _, room, *part = module.split(".") if module.count(".") > 2 else ("", "", "")
        if room == "render" and part[0] in allowed:
            named = {
                other.split(".")[2] for other in others if other.startswith("usagectl.render.")
            }
            assert named <= allowed[part[0]], module
            assert part[0] in ("pages", "words") or not any(".reports" in o for o in others), module


def test_only_commands_and_cli_print():
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name == "commands" or path.stem == "cli":
            continue
        source = path.read_text()
        assert "print(" not in source.replace("console.print(", ""), path
        assert "sys.stdout" not in source, path


def test_no_module_is_a_drawer():
    names = {path.stem for path in PACKAGE.rglob("*.py")}
    assert not names & {"utils", "common", "helpers", "misc"}
