"""Reading rules: the file `failures.yaml` that usagectl comes with, and those of users."""

import re
from collections.abc import Iterator, Sequence

from usagectl.config.document import read
from usagectl.config.node import Node
from usagectl.config.settings import configs_directory
from usagectl.failures.checks import check
from usagectl.failures.rules import GAP, Category, Rule, Rules, plain
from usagectl.failures.tongues import stems_of
from usagectl.model.categories import UNKNOWN

_CATEGORY_KEYS = ("meaning", "retry", "action")
_RULE_KEYS = (
    "name", "category", "status", "codes", "classes", "outcomes", "text", "stems", "weak",
    "example",
)  # fmt: skip
_ASCII = {r"\w": "[a-z0-9]", r"\W": "[^a-z0-9]", r"\S": "[!-~]", r"\b": r"(?-u:\b)"}
# ECONNRESET, InternalFailure
_NO_WORD = re.compile(r"^E[A-Z]{4,}$|[a-z][A-Z]")
_ANNOUNCED = "code|status|type|reason|kind|state|exception"
_IN_BRACKETS = re.compile(r"(\[(?:\\.|[^\]\\])*\]|\\.)")


def load_rules(files: Sequence[str] = ()) -> Rules:
    """Read the rules that usagectl comes with, after those of the user's files.

    Args:
        files: Paths of the user's files; the first of them decides first. `replace: true` in one
            leaves out the files after it and the rules that usagectl comes with.

    Raises:
        WrongUsageError: A file cannot be read, or a rule in it can never decide.
    """
    own = read(configs_directory() / "failures.yaml").mapping()
    categories = _categories(own["categories"])
    rules: list[Rule] = []
    replaced = False
    for file in files:
        keys = read(file).mapping(("replace", "categories", "rules"))
        categories |= _categories(keys.get("categories"))
        rules += _rules(keys.get("rules"), tuple(categories))
        replaced = "replace" in keys and keys["replace"].truth()
        if replaced:
            break
    if not replaced:
        rules += _rules(own["rules"], tuple(categories))
    found = Rules(categories, tuple(rules))
    if files:
        check(found, files)
    return found


def _categories(node: Node | None) -> dict[str, Category]:
    if node is None:
        return {}
    found = {}
    for name, entry in node.mapping().items():
        keys = entry.mapping(_CATEGORY_KEYS)
        for key in _CATEGORY_KEYS:
            if key not in keys:
                raise entry.wrong(f"a category needs {key!r}")
        found[name] = Category(name, *(keys[key].text() for key in _CATEGORY_KEYS))
    return found


def _rules(node: Node | None, categories: Sequence[str]) -> Iterator[Rule]:
    if node is None:
        return
    for entry in node.items():
        keys = entry.mapping(_RULE_KEYS)
        for key in ("name", "category"):
            if key not in keys:
                raise entry.wrong(f"a rule needs {key!r}")
        if keys["category"].text() == UNKNOWN:
            raise keys["category"].wrong("a rule cannot say 'unknown': that is what no rule says")
        yield Rule(
            keys["name"].text(),
            keys["category"].one_of(categories),
            tuple(_statuses(keys.get("status"))),
            tuple(_words(keys.get("codes"))),
            _spelled(keys.get("codes")),
            tuple(_words(keys.get("classes"))),
            tuple(_words(keys.get("outcomes"))),
            tuple(_expressions(keys.get("text"))),
            tuple(_stems(keys.get("stems"))),
            "weak" in keys and keys["weak"].truth(),
            keys["example"].text() if "example" in keys else None,
            entry,
        )


def _statuses(node: Node | None) -> Iterator[int]:
    if node is None:
        return
    for entry in node.items() if isinstance(node.value, list) else [node]:
        yield entry.whole(100)


def _words(node: Node | None) -> Iterator[str]:
    if node is not None:
        yield from (plain(text) for text in node.texts())


def _spelled(node: Node | None) -> str:
    """An expression for codes: joined by `_` or `-` or not at all, digits masked as in texts."""
    names: list[str] = []
    words: list[str] = []
    for code in node.texts() if node is not None else ():
        parts = [
            "#" if re.search("[0-9]", part) else re.escape(part)
            for part in re.split(r"[\s_\-]+", code.rpartition(".")[2].lower())
        ]
        named = len(parts) > 1 or _NO_WORD.search(code)
        (names if named else words).append(r"[_\-]?".join(parts))
    either = []
    if names:
        either.append(rf"(?:^|[^a-z])(?:{'|'.join(names)})(?:[^a-z]|$)")
    if words:
        # A single word is a code only where it is written as one.
        any_word = f"(?:{'|'.join(words)})"
        either += [
            rf"['\"]{any_word}['\"\\]",
            rf"(?:#|[45][0-9][0-9]) {any_word}[:.]",
            rf"(?:{_ANNOUNCED})\\*['\"]?[ :=.]{{1,3}}{any_word}(?:[^a-z]|$)",
        ]
    return "|".join(either)


def _stems(node: Node | None) -> Iterator[tuple[str, ...]]:
    """The stems of all languages; an entry has one or several that stand together."""
    if node is None:
        return
    languages = node.mapping().values() if isinstance(node.value, dict) else [node]
    for language in languages:
        yield from (stems_of(text) for text in language.texts())


def _expressions(node: Node | None) -> Iterator[str]:
    if node is not None:
        yield from (_expression(text) for text in node.texts())


def _expression(text: str) -> str:
    """A regular expression of the file as one that prepared text can match."""
    parts = _IN_BRACKETS.split(text)
    # Prepared text is lower case and has blanks for _ and -; classes and escapes mean themselves.
    parts[::2] = [re.sub(r"[_\-]", " ", part.lower()) for part in parts[::2]]
    # Rules are about English words: Unicode's classes would make them ten times as large.
    for escape, meaning in _ASCII.items():
        parts[1::2] = [part.replace(escape, meaning) for part in parts[1::2]]
    return "".join(parts).replace("…", GAP)
