"""What a user may call a run: a path, a name below the root, an alias, an agent, a part of one."""

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from usagectl.config.settings import FILE_NAME, Config
from usagectl.inputs.homes import HOMES, at_home
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key
from usagectl.model.urls import is_url
from usagectl.model.wording import nearest_ways, plural, some_of

STANDARD_INPUT = "-"
_LATEST = re.compile(r"latest(?:~(\d+))?")
_PART = re.compile(r"(?<=.)@(\w+!?=)")
_MEANT, _THERE = 8, 6

Newest = Callable[[Sequence[str]], Sequence[str]]
"""From the directories of runs to those that hold calls, the newest first."""


class Named(NamedTuple):
    """A run that an operand names.

    `label` is what the user calls it, else None. `part` are the conditions, written as `KEY=GLOB`,
    that its calls must meet.
    """

    label: str | None
    paths: tuple[str, ...]
    part: tuple[str, ...] = ()


def split_label(text: str, root: str | None = None) -> tuple[str | None, str]:
    """The label of `LABEL=OPERAND`, else None, and the rest.

    A path that exists is all path, and so is one below the root.
    """
    head, equals, tail = text.partition("=")
    if equals and head and tail and not {os.sep, "@"} & {*head} and not _exists(text, root):
        return head, tail
    return None, text


def _exists(path: str, root: str | None) -> bool:
    return os.path.lexists(path) or bool(root and os.path.lexists(os.path.join(root, path)))


def runs_below(root: str) -> list[str]:
    """The runs below a directory or URL, by their path from there, in the order of their names.

    A run is a directory that holds files, with all that is below it.

    Raises:
        WrongUsageError: The directory cannot be read.
    """
    if is_url(root):
        from usagectl.inputs import object_store

        return object_store.runs_below(root)
    found: list[str] = []
    pending = [""]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as scan:
                entries = [entry for entry in scan if not entry.name.startswith(".")]
        except OSError as error:
            if folder:
                continue
            raise WrongUsageError(
                f"the runs below {root!r} cannot be listed: {error.strerror}"
            ) from None
        if folder and any(entry.is_file() for entry in entries):
            found.append(folder)
        else:
            pending += [
                os.path.join(folder, entry.name)
                for entry in entries
                if entry.is_dir() and not entry.is_symlink()
            ]
    return sorted(found)


class Names:
    """Resolves operands with what `usagectl.yaml` says.

    `newest` orders runs by time for `latest`; it is asked only then, since it must read them.
    """

    def __init__(self, config: Config, newest: Newest) -> None:
        self.config = config
        self.newest = newest

    def named(self, text: str) -> Iterator[Named]:
        """The runs of one operand: one, or one for each match of a glob without a label.

        Raises:
            WrongUsageError: Nothing has this name, or several things do.
        """
        root = self.config.runs
        label, rest = split_label(text, root)
        name, part = (rest, ()) if _exists(rest, root) else _split_part(rest)
        runs = list(self._runs(name))
        if label is not None and len(runs) > 1:
            yield Named(label, tuple(path for run in runs for path in run.paths), part)
            return
        for run in runs:
            yield Named(label or run.label, run.paths, (*run.part, *part))

    def _runs(self, name: str) -> Iterator[Named]:
        if not name.strip():
            raise WrongUsageError("a run has an empty name")
        if name.startswith("~") and not os.path.lexists(name):
            # As a shell does where the name begins a word: not behind a label or within quotes.
            name = os.path.expanduser(name)
        if name == STANDARD_INPUT or os.path.lexists(name):
            yield Named(None, (name,))
        elif name in self.config.aliases:
            yield from self._alias(name)
        elif is_url(name):
            yield from _urls(name)
        elif glob.has_magic(name):
            yield from _matches(name)
        elif name in HOMES and not _exists(name, self.config.runs):
            yield Named(name, at_home(name))
        else:
            yield Named(None, (self._below_root(name),))

    def _alias(self, name: str) -> Iterator[Named]:
        # Without this one, so that none can lead to itself.
        aliases = {other: of for other, of in self.config.aliases.items() if other != name}
        others = Names(self.config._replace(aliases=aliases), self.newest)
        found = list(others.named(self.config.aliases[name]))
        label = name if len(found) == 1 else None
        yield from (Named(label or run.label, run.paths, run.part) for run in found)

    def _below_root(self, name: str) -> str:
        root = self.config.runs
        latest = _LATEST.fullmatch(name)
        if root is None:
            if latest:
                raise WrongUsageError(
                    f"{name!r}: say in {FILE_NAME} where the runs are, as in `runs: results`"
                )
            raise self._missing(name, ())
        path = os.path.join(root, name)
        if os.path.lexists(path):
            return path
        runs = runs_below(root)
        if is_url(root) and any(f"{run}/".startswith(f"{name}/") for run in runs):
            return path
        if latest:
            return self._latest(root, runs, int(latest[1] or 0), name)
        return os.path.join(root, self._by_prefix(name, runs))

    def _latest(self, root: str, runs: Sequence[str], back: int, name: str) -> str:
        found = self.newest([os.path.join(root, run) for run in runs])
        if back >= len(found):
            count = len(found)
            raise WrongUsageError(
                f"there is no {name!r}: below {root!r} are {count} run{plural(count)} with calls"
            )
        return found[back]

    def _by_prefix(self, name: str, runs: Sequence[str]) -> str:
        found = [
            run for run in runs if run.startswith(name) or os.path.basename(run).startswith(name)
        ]
        whole = [run for run in found if os.path.basename(run) == name]
        for one in (found, whole):
            if len(one) == 1:
                return one[0]
        if found:
            shown = some_of(list(map(repr, found)), _MEANT)
            raise WrongUsageError(f"{name!r} is the beginning of {len(found)} runs: {shown}")
        raise self._missing(name, runs)

    def _missing(self, path: str, runs: Sequence[str]) -> WrongUsageError:
        if meant := _meant(path):
            return WrongUsageError(f"there is no {path!r}; {meant}")
        beside = _beside(path.rstrip(os.sep))
        # What lies beside the name comes last, and so is what is shown of one that is twice there.
        ways = [*runs, *self.config.aliases, *beside]
        known = {os.path.basename(way): way for way in ways}
        name = os.path.basename(path.rstrip(os.sep))
        if near := nearest_ways(name, known):
            return WrongUsageError(f"there is no {path!r}{near}")
        named = [*runs, *self.config.aliases]
        there = named or sorted(way for way in beside if os.path.isdir(way))
        return _nothing(f"there is no {path!r}", there)


def _nothing(message: str, there: Sequence[str]) -> WrongUsageError:
    """A message, and below it what there is."""
    error = WrongUsageError(message)
    if there:
        error.excerpt = f"  there are: {some_of(list(map(repr, there)), _THERE)}"
    return error


def _beside(path: str) -> list[str]:
    """What lies in the directory of a path, without what is hidden."""
    folder = os.path.dirname(path)
    try:
        names = os.listdir(folder or os.curdir)
    except OSError:
        return []
    return [os.path.join(folder, name) for name in names if not name.startswith(".")]


def _meant(path: str) -> str | None:
    """What a word was likely meant to be that is no path as it is written."""
    if Key.known(path):
        return f"several keys are one word, with commas: --by {path},..."
    for way in (path.strip("'\"\u201c\u201d\u2018\u2019 "), path.replace("\\", "/")):
        if way != path and os.path.lexists(way):
            return f"did you mean {way!r}?"
    return None


def _split_part(text: str) -> tuple[str, tuple[str, ...]]:
    """`run@model=*a*` as the run and `("model=*a*",)`; several parts add up."""
    name, *pieces = _PART.split(text)
    return name, tuple(
        key + pattern for key, pattern in zip(pieces[::2], pieces[1::2], strict=True)
    )


def _urls(name: str) -> Iterator[Named]:
    # Whether there is anything is seen when it is listed, to be read.
    if not glob.has_magic(name):
        yield Named(None, (name,))
        return
    from usagectl.inputs import object_store

    yield from (Named(None, (url,)) for url in object_store.matching(name))


def _matches(pattern: str) -> Iterator[Named]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise _nothing(
            f"{pattern!r} matches nothing; quote a glob only if it is one",
            sorted(way for way in _beside(pattern) if os.path.isdir(way)),
        )
    yield from (Named(None, (path,)) for path in found)
