"""Doubts and refusals as values: they travel with the numbers to the report."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from usagectl.model.wording import plural


class Notice(NamedTuple):
    """A doubt about numbers that were counted.

    `code` is stable for scripts, `text` is one sentence for people, `affected` is how many records
    or files it speaks of.
    """

    code: str
    text: str
    affected: int = 1


class Doubt(NamedTuple):
    """What becomes a notice once all parts of the input were read: counts that add up.

    `text` is the sentence with `{n}` for how many are affected, `{s}` and `{es}` for its plural,
    the keys of `others` for further counts, and `{names}` for the names, each told once.
    """

    code: str
    text: str
    affected: int
    others: Mapping[str, int] = {}
    names: tuple[str, ...] = ()


def summed(doubts: Iterable[Doubt]) -> list[Doubt]:
    """The doubts, those of one sentence added up; nothing where nothing is affected."""
    found: dict[tuple[str, str], Doubt] = {}
    for doubt in doubts:
        key = (doubt.code, doubt.text)
        found[key] = _added(found[key], doubt) if key in found else doubt
    return [doubt for doubt in found.values() if doubt.affected]


def told(doubts: Iterable[Doubt]) -> Iterator[Notice]:
    """The notices of doubts, added up."""
    for code, text, n, others, names in summed(doubts):
        words = {"n": n, "s": plural(n), "es": plural(n, "es"), "names": ", ".join(names)}
        yield Notice(code, text.format_map({**words, **others}), n)


def _added(one: Doubt, other: Doubt) -> Doubt:
    return one._replace(
        affected=one.affected + other.affected,
        others={name: count + other.others[name] for name, count in one.others.items()},
        names=tuple(sorted({*one.names, *other.names})),
    )


class Reject(NamedTuple):
    """An input record that could not be read. `line` counts from 1; 0 means the whole file."""

    source: str
    line: int
    reason: str
