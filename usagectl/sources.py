"""Operands to files: what the user named, labelled, walked and ready to be opened."""

import difflib
import glob
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from usagectl.content import SourceFile, printable
from usagectl.exceptions import WrongUsageError
from usagectl.notices import Reject

STANDARD_INPUT = "-"


class Operand(NamedTuple):
    """One run that the user named: the label it is shown under and the paths that make it up."""

    label: str
    paths: tuple[str, ...]


class Sources(NamedTuple):
    """What was found: the runs in the user's order, their files, and what could not be entered.

    `labelled` are the runs that the user named with `LABEL=`.
    """

    runs: tuple[str, ...]
    labelled: frozenset[str]
    files: list[SourceFile]
    rejects: list[Reject]
    skipped: list[tuple[str, str]]
    """Paths that were not looked into, each with the reason."""


def find(texts: Sequence[str]) -> Sources:
    """Resolve operands to files.

    Args:
        texts: Paths, globs, `-` for standard input, each with an optional `LABEL=` in front.

    Raises:
        WrongUsageError: A path does not exist or a glob matches nothing.
    """
    pairs = [pair for text in texts for pair in _expand(text)]
    if sum(paths.count(STANDARD_INPUT) for _, paths in pairs) > 1:
        raise WrongUsageError("standard input (-) can be read only once")
    operands = _labelled(pairs)
    labelled = frozenset(label for label, _ in pairs if label is not None)
    runs = tuple(printable(operand.label) for operand in operands)
    found = Sources(runs, labelled, [], [], [])
    for operand in operands:
        walk = _Walk(operand.label, found)
        for path in operand.paths:
            walk.enter(path)
        walk.follow_links()
    return found


def _expand(text: str) -> Iterator[tuple[str | None, tuple[str, ...]]]:
    label, path = None, text
    head, equals, tail = text.partition("=")
    if equals and head and tail and os.sep not in head and not os.path.lexists(text):
        label, path = head, tail
    if path == STANDARD_INPUT or os.path.lexists(path):
        yield label, (path,)
        return
    if not glob.has_magic(path):
        raise WrongUsageError(_missing(path))
    matches = tuple(sorted(glob.glob(path, recursive=True)))
    if not matches:
        raise WrongUsageError(f"{path!r} matches nothing; quote a glob only if it is one")
    if label is not None:
        yield label, matches
    else:
        yield from ((None, (match,)) for match in matches)


def _missing(path: str) -> str:
    folder, name = os.path.split(path.rstrip(os.sep))
    try:
        names = os.listdir(folder or os.curdir)
    except OSError:
        names = []
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = ", ".join(repr(os.path.join(folder, n)) for n in near)
    return f"there is no {path!r}" + (f"; the nearest: {hint}" if hint else "")


def _labelled(pairs: Sequence[tuple[str | None, tuple[str, ...]]]) -> list[Operand]:
    """Name each operand by the shortest end of its path that no other operand shares."""
    parts = [[] if label is not None else _components(paths[0]) for label, paths in pairs]
    labels = [label or "" for label, _ in pairs]
    open_indices = [i for i, (label, _) in enumerate(pairs) if label is None]
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
    operands = []
    for label, (_, paths) in zip(labels, pairs, strict=True):
        shown, number = label, 1
        while shown in taken:
            number += 1
            shown = f"{label}#{number}"
        taken.add(shown)
        operands.append(Operand(shown, paths))
    return operands


def _components(path: str) -> list[str]:
    if path == STANDARD_INPUT:
        return ["stdin"]
    return [part for part in os.path.abspath(path).split(os.sep) if part] or [os.sep]


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
            data = sys.stdin.buffer.read()
            self.found.files.append(SourceFile(self.label, STANDARD_INPUT, "", data=data))
        elif os.path.isdir(path):
            self.roots.append(os.path.realpath(path))
            self._directory(path, "")
        else:
            self._file(path, "")

    def _file(self, path: str, folder: str) -> None:
        self.seen.add(os.path.realpath(path))
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
