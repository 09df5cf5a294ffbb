"""Runs to files: what the user named, labelled, walked and ready to be opened."""

import itertools
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from usagectl.inputs.file import SourceFile, printable
from usagectl.inputs.head import Head
from usagectl.inputs.operands import STANDARD_INPUT, Named
from usagectl.inputs.spool import standard_input
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.notices import Reject
from usagectl.model.urls import is_url

_FETCHED_AT_ONCE = 16


class Sources(NamedTuple):
    """What was found: the runs in the user's order, their files, and what could not be entered.

    `labelled` are the runs that the user gave a name. `parts` are the conditions of those of which
    only a part is meant.
    """

    runs: tuple[str, ...]
    labelled: frozenset[str]
    parts: dict[str, tuple[str, ...]]
    files: list[SourceFile]
    rejects: list[Reject]
    skipped: list[tuple[str, str]]
    """Paths that were not looked into, each with the reason."""


def find(named: Sequence[Named]) -> Sources:
    """The files of some runs.

    Raises:
        WrongUsageError: Standard input is to be read twice, or there is nothing at a URL.
    """
    if sum(run.paths.count(STANDARD_INPUT) for run in named) > 1:
        raise WrongUsageError("standard input (-) can be read only once")
    runs = tuple(printable(label) for label in _labels(named))
    found = Sources(
        runs,
        frozenset(label for label, run in zip(runs, named, strict=True) if run.label or run.part),
        {label: run.part for label, run in zip(runs, named, strict=True) if run.part},
        [],
        [],
        [],
    )
    for label, run in zip(runs, named, strict=True):
        walk = _Walk(label, found)
        for path in run.paths:
            walk.enter(path)
        walk.follow_links()
    return found


def _labels(named: Sequence[Named]) -> list[str]:
    """Name each run by the shortest end of its path that no other run shares."""
    parts = [[] if run.label is not None else _components(run.paths[0]) for run in named]
    labels = [run.label or "" for run in named]
    open_indices = [i for i, run in enumerate(named) if run.label is None]
    depth = 1
    while open_indices:
        ends: dict[str, list[int]] = {}
        for i in open_indices:
            ends.setdefault("/".join(parts[i][-depth:]), []).append(i)
        open_indices = []
        for end, indices in ends.items():
            if len({tuple(parts[i]) for i in indices}) == 1:
                for i in indices:
                    labels[i] = end
            else:
                open_indices += indices
        depth += 1
    taken: set[str] = set()
    unique = []
    for end, run in zip(labels, named, strict=True):
        shown = label = "@".join((end, *run.part))
        number = 1
        while shown in taken:
            number += 1
            shown = f"{label}#{number}"
        taken.add(shown)
        unique.append(shown)
    return unique


def _components(path: str) -> list[str]:
    if path == STANDARD_INPUT:
        return ["stdin"]
    return [part for part in os.path.abspath(path).split(os.sep) if part] or [os.sep]


def opened(files: Sequence[SourceFile]) -> Iterator[SourceFile]:
    """The files, of which several are fetched at a time where they are objects in a store."""
    if not any(is_url(file.path) for file in files):
        yield from files
        return
    with ThreadPoolExecutor(_FETCHED_AT_ONCE) as pool:
        waiting = deque[Future[Head]]()
        ahead = iter(files)
        for file in files:
            for other in itertools.islice(ahead, _FETCHED_AT_ONCE - len(waiting)):
                waiting.append(pool.submit(other.head))
            waiting.popleft().result()
            yield file


class _Walk:
    """Collects the files of one run; symbolic links come last and lead nowhere twice."""

    def __init__(self, label: str, found: Sources) -> None:
        self.label = printable(label)
        self.found = found
        self.roots: list[str] = []
        self.seen: set[str] = set()
        self.hidden: list[str] = []
        self.links: list[tuple[str, str]] = []

    def enter(self, path: str) -> None:
        if path == STANDARD_INPUT:
            self.found.files.append(SourceFile(self.label, STANDARD_INPUT, "", standard_input()))
        elif is_url(path):
            self._objects(path)
        elif os.path.isdir(path):
            self.roots.append(os.path.realpath(path))
            self._directory(path, "")
        else:
            self.seen.add(os.path.realpath(path))
            self.found.files.append(SourceFile(self.label, path, ""))

    def _objects(self, url: str) -> None:
        from usagectl.inputs import object_store

        for path, name in object_store.objects_at(url):
            folder = name.rpartition("/")[0]
            if any(part.startswith(".") for part in folder.split("/")):
                self.found.skipped.append((printable(path), "in a hidden directory"))
            else:
                self.found.files.append(SourceFile(self.label, path, folder))

    def _directory(self, path: str, folder: str) -> None:
        pending = [(path, folder)]
        files = self.found.files
        while pending:
            path, folder = pending.pop()
            try:
                with os.scandir(path) as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                self.found.rejects.append(
                    Reject(printable(path), 0, f"cannot be read: {error.strerror}")
                )
                continue
            folders = []
            for entry in entries:
                if entry.is_symlink():
                    self.links.append((entry.path, folder))
                elif entry.is_dir():
                    if entry.name.startswith("."):
                        self.hidden.append(os.path.realpath(entry.path))
                        self.found.skipped.append((printable(entry.path), "hidden directory"))
                    else:
                        name = entry.name
                        folders.append((entry.path, f"{folder}/{name}" if folder else name))
                elif entry.is_file():
                    files.append(SourceFile(self.label, entry.path, folder, regular=True))
                else:
                    self.found.skipped.append((printable(entry.path), "not a regular file"))
            pending.extend(reversed(folders))

    def follow_links(self) -> None:
        while self.links:
            path, folder = self.links.pop(0)
            target = os.path.realpath(path)
            try:
                mode = os.stat(target).st_mode
            except OSError as error:
                reason = f"cannot be read: {error.strerror}"
                self.found.rejects.append(Reject(printable(path), 0, reason))
                continue
            walked = _below(target, self.roots) and not _below(target, self.hidden)
            if target in self.seen or walked:
                self.found.skipped.append((printable(path), "link to what is read already"))
                continue
            self.seen.add(target)
            if stat.S_ISDIR(mode):
                self.roots.append(target)
                name = os.path.basename(path)
                self._directory(path, f"{folder}/{name}" if folder else name)
            elif stat.S_ISREG(mode):
                self.found.files.append(SourceFile(self.label, path, folder))
            else:
                self.found.skipped.append((printable(path), "not a regular file"))


def _below(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)
