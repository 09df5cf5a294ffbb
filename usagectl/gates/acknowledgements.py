"""`usagectl.ack.yaml`: breaks that somebody has accepted, up to a limit and until a day."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from usagectl.config import document
from usagectl.config.gate import GateSyntaxError, Limit
from usagectl.config.gate_grammar import parse
from usagectl.config.node import Node
from usagectl.model.escaping import yaml
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key

FILE_NAME = "usagectl.ack.yaml"
_HEAD = "# Breaks that are accepted: up to `limit`, until the end of the day `until`.\n"
_FIELDS = ("metric", "limit", "reason", "until")
_ENTRY = re.compile(r"^( *)- ", re.MULTILINE)


class Acknowledgement(NamedTuple):
    """One entry. `group` are the keys and values of a group, none for all calls together.

    `limit` is the last value that is accepted, `place` the file and line of the entry.
    """

    group: tuple[tuple[Key, str | None], ...]
    metric: str
    limit: Limit
    reason: str
    until: dt.date
    expired: bool
    place: str

    def __str__(self) -> str:
        """What it is for."""
        return " ".join([*(value or "-" for _, value in self.group), self.metric])


def read(path: str, today: dt.date) -> tuple[Acknowledgement, ...]:
    """The entries of a file.

    Raises:
        WrongUsageError: An entry lacks something, or has a value that means nothing.
    """
    root = document.read(path)
    return () if root.value is None else tuple(_entry(node, today) for node in root.items())


def _entry(node: Node, today: dt.date) -> Acknowledgement:
    labels = (
        [name for name in node.value if Key.known(name)] if isinstance(node.value, dict) else []
    )
    found = node.mapping([*Key, *labels, *_FIELDS])
    lacking = [name for name in _FIELDS if name not in found]
    if lacking:
        raise node.wrong(f"lacks {' and '.join(lacking)}")
    group = tuple(
        (key, found[key].text() if found[key].value else found[key].value)
        for key in map(Key, dict.fromkeys([*Key, *labels]))
        if key in found
    )
    metric, limit = found["metric"].text(), found["limit"]
    text = limit.text()
    try:
        gate = parse(metric + ("" if text[:1] in "<>" else "=") + text)
    except GateSyntaxError as error:
        wrong = limit.wrong(error.problem)
        wrong.excerpt = error.excerpt
        raise wrong from None
    until = found["until"].date()
    return Acknowledgement(
        group,
        str(gate.subject),
        gate.limit,
        found["reason"].text(),
        until,
        until < today,
        f"{node.file}:{node.line}",
    )


def with_entries(
    text: str, entries: Sequence[Mapping[str, str | None]], file: str, today: dt.date
) -> str:
    """The text of a file with more entries; what is in it stays as it is.

    Raises:
        WrongUsageError: The file is no list to which lines can be added.
    """
    first = _ENTRY.search(text)
    indent = first[1] if first else ""
    blocks = [
        "\n".join(
            f"{indent}{'- ' if not i else '  '}{name}: {'null' if value is None else yaml(value)}"
            for i, (name, value) in enumerate(entry.items())
        )
        for entry in entries
    ]
    before = text if text.strip() else _HEAD
    longer = before + ("" if before.endswith("\n") else "\n") + "\n".join(blocks) + "\n"
    try:
        added = document.from_yaml(longer, file)
        count = len([_entry(node, today) for node in added.items()])
    except WrongUsageError as error:
        raise WrongUsageError(f"{error}: write the entry by hand:\n{blocks[0]}") from None
    if count < len(entries):
        raise WrongUsageError(f"{file}: entries cannot be added below what is there")
    return longer
