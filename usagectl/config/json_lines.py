"""Where a value stands in a JSON document, which its parser does not tell."""

import os
import re
from typing import TypeAlias

Steps: TypeAlias = tuple[str | int, ...]
"""The way from the root to a value: keys of objects and places in lists."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)


def line_of(file: str, steps: Steps) -> int:
    """The line of a value, from 1 on; 0 where it is not found any more."""
    if not os.path.isfile(file):
        # What can be read only once was read.
        return 0
    try:
        with open(file, encoding="utf-8-sig") as opened:
            text = opened.read()
    except (OSError, UnicodeDecodeError):
        return 0
    at = _position(text, steps)
    return 0 if at is None else text.count("\n", 0, at) + 1


def second_of_a_key(text: str) -> tuple[int, str]:
    """The line of the first key that stands in its object a second time, and the key."""
    open_: list[set[str] | None] = []
    expects_key = False
    for token in _TOKEN.finditer(text):
        word = token[0]
        if expects_key and word[0] == '"' and open_ and (keys := open_[-1]) is not None:
            name = _unescaped(word)
            if name in keys:
                return text.count("\n", 0, token.start()) + 1, name
            keys.add(name)
        if word in "{[":
            open_.append(set() if word == "{" else None)
        elif word in "]}":
            open_.pop()
        expects_key = word == "{" or (word == "," and bool(open_) and open_[-1] is not None)
    return 0, ""


def _position(text: str, steps: Steps) -> int | None:
    """Where the key (or the list's element) of the last step begins."""
    way: list[str | int] = []
    expects_key = False
    for token in _TOKEN.finditer(text):
        word = token[0]
        if way and expects_key and word[0] == '"':
            way[-1] = _unescaped(word)
        begins = expects_key or not (way and isinstance(way[-1], str))
        if begins and word not in "]},:" and tuple(way) == steps:
            return token.start()
        if word in "{[":
            way.append("" if word == "{" else 0)
            expects_key = word == "{"
        elif word in "]}":
            way.pop()
            expects_key = False
        elif word == ",":
            if isinstance(way[-1], int):
                way[-1] += 1
            expects_key = isinstance(way[-1], str)
        else:
            expects_key = False
    return None


def _unescaped(word: str) -> str:
    import json

    return str(json.loads(word, strict=False))
