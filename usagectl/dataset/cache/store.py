"""The store of the cache: what was put under a key, until there is no room for it.

It may forget anything at any time and never fails: a directory that cannot be written, a full disk,
a damaged entry, another process that removes what is asked for cost the time of reading again.
"""

import contextlib
import datetime as dt
import functools
import os
import time
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from usagectl.dataset.cache import folder, place
from usagectl.dataset.cache.entry import Entry, sealed, unsealed
from usagectl.dataset.cache.keys import code
from usagectl.model import interrupts

# Parts of the limit: how much is left when room was made, so that not every entry has to make some;
# how much is put before it is asked again what others have put; what an entry may have.
_LEFT = 0.9
_UNSEEN = 0.1
_LARGEST = 0.5
# Which entries are in use is told by their times of change: those of reading are often not kept.
_TOUCHED_AFTER = 3600


class CacheInfo(NamedTuple):
    """What the cache holds; `oldest` and `newest` are when entries were last used.

    `trouble` says why it is not used, null where it is.
    """

    directory: str
    entries: int
    bytes: int
    limit_bytes: int
    oldest: dt.datetime | None
    newest: dt.datetime | None
    trouble: str | None


class Removed(NamedTuple):
    """What was removed from where, and how many entries could not be."""

    directory: str
    entries: int
    bytes: int
    left: int


class Cache:
    """Entries by their keys, which `keys.key` makes; safe with several processes and threads."""

    def __init__(self, directory: str | None = None, *, enabled: bool = True) -> None:
        """Take a directory, by default that of the environment; nothing is made or read yet.

        Args:
            directory: Where entries lie.
            enabled: False finds and keeps nothing.
        """
        self._directory = directory
        self._limit = place.limit_bytes() or 0
        self._trouble = None if enabled else "it is switched off"
        if enabled and not self._limit:
            self._trouble = f"{place.SIZE} is 0, or no size such as 500MB or 2GiB"
        # How much may be put before it is looked what lies there.
        self._room: float | None = None

    @functools.cached_property
    def directory(self) -> str:
        """Where entries lie; looked up when something is asked for, not by every command."""
        return self._directory or place.folder()

    @property
    def enabled(self) -> bool:
        """Whether there is any use in asking for something, or putting it."""
        return self._trouble is None and code() is not None

    def get(self, key: str) -> Entry | None:
        """What was put under a key, whole; null where there is nothing, or only what is damaged."""
        if not self.enabled:
            return None
        path = folder.entry_path(self.directory, key)
        try:
            descriptor = folder.opened(path)
        except OSError:
            return None
        if descriptor is None:
            return None
        try:
            entry = unsealed(key, path, descriptor)
            if entry is not None:
                _touch(path, descriptor)
        except (OSError, ValueError, LookupError, TypeError, zlib.error):
            entry = None
        finally:
            os.close(descriptor)
        if entry is None:
            folder.removed(path)
        return entry

    def put(
        self,
        key: str,
        frame: pl.DataFrame,
        meta: Any = None,
        more: Mapping[str, pl.DataFrame] | None = None,
    ) -> bool:
        """Keep something under a key, in place of what was there.

        Args:
            key: The key, which must say everything that the content depends on.
            frame: What can be scanned later.
            meta: What else is to be told, as JSON can say it.
            more: Smaller frames, which are read whole.

        Returns:
            Whether it is kept.
        """
        if not self.enabled:
            return False
        try:
            folder.made(self.directory)
            data = sealed(key, frame, meta, more or {})
            if len(data) > self._limit * _LARGEST:
                return False
            self._make_room(len(data))
            return self._write(key, data)
        except OSError as error:
            self._trouble = f"it cannot be written: {error.strerror}"
            return False

    def _write(self, key: str, data: bytes) -> bool:
        path = folder.entry_path(self.directory, key)
        if os.path.lexists(path) and not folder.is_own(path):
            return False
        written = folder.unfinished_path(self.directory, key)
        with interrupts.undone_when_stopped(lambda: os.unlink(written)):
            try:
                with open(written, "xb", opener=_private) as file:
                    file.write(data)
                os.replace(written, path)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    os.unlink(written)
                if isinstance(error, FileNotFoundError):
                    # Somebody cleared the cache meanwhile.
                    return False
                raise
        return True

    def _make_room(self, size: int) -> None:
        """Remove what was not used for longest, where this much more would be too much.

        The first time, also what killed writers left behind.
        """
        if self._room is None:
            for kept in folder.unfinished(self.directory, abandoned=True):
                folder.removed(kept.path)
        if self._room is None or self._room < size:
            entries = folder.entries(self.directory)
            held = size + sum(kept.size for kept in entries)
            if held > self._limit:
                for kept in entries:
                    if held <= self._limit * _LEFT:
                        break
                    held -= kept.size if folder.removed(kept.path) else 0
            self._room = min(self._limit - held, self._limit * _UNSEEN)
            return
        self._room -= size

    def clear(self) -> Removed:
        """Remove every entry, and what is being written; nothing else that lies there."""
        try:
            entries = folder.entries(self.directory)
            for kept in folder.unfinished(self.directory, abandoned=False):
                folder.removed(kept.path)
        except OSError:
            return Removed(self.directory, 0, 0, 0)
        gone = [kept.size for kept in entries if folder.removed(kept.path)]
        self._room = None
        left = sum(os.path.lexists(kept.path) for kept in entries)
        return Removed(self.directory, len(gone), sum(gone), left)

    def info(self) -> CacheInfo:
        """What lies there, and whether anything can be put."""
        trouble = self._trouble or _trouble_of(self.directory)
        try:
            entries = folder.entries(self.directory)
        except OSError:
            entries = []
        times = [dt.datetime.fromtimestamp(kept.used, dt.UTC) for kept in entries]
        return CacheInfo(
            self.directory,
            len(entries),
            sum(kept.size for kept in entries),
            self._limit,
            min(times, default=None),
            max(times, default=None),
            trouble,
        )


def _touch(path: str, descriptor: int) -> None:
    now = time.time()
    if abs(now - os.fstat(descriptor).st_mtime) > _TOUCHED_AFTER:
        # A directory that may only be read serves all the same.
        with contextlib.suppress(OSError):
            os.utime(path, (now, now))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _trouble_of(directory: str) -> str | None:
    """Why nothing can be put into a directory, as far as can be told without trying."""
    there = directory
    while not os.path.lexists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    if not os.path.isdir(there):
        return f"{there!r} is no directory"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there!r} cannot be written"
    if code() is None:
        return "the program was changed since, or just before, it began"
    return None
