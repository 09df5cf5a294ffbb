"""The files of the cache in its directory: which are its own, and which have to go.

Others may put files there, and links: only what bears a name that the store gives, begins as it
writes, is a regular file and belongs to the user is ever read or removed.
"""

import contextlib
import os
import re
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

from usagectl.dataset.cache.entry import MAGIC
from usagectl.dataset.cache.keys import NAME_BYTES

SUFFIX = ".usagectl.parquet"
_UNFINISHED = ".usagectl-unfinished"

_LETTERS = f"[0-9a-f]{{{2 * NAME_BYTES}}}"
_ENTRY = re.compile(rf"{_LETTERS}{re.escape(SUFFIX)}")
_WRITTEN = re.compile(rf"{_LETTERS}-[0-9a-f]{{12}}{re.escape(_UNFINISHED)}")

# As https://bford.info/cachedir wants it: programs that make backups leave such directories out.
_TAG = "CACHEDIR.TAG"
_TAGGED = (
    b"Signature: 8a477f597d28d172789f06886806bc55\n"
    b"# What usagectl has read, so that it need not be read again. It may be removed at any time.\n"
)
_HOUR = 3600


class Kept(NamedTuple):
    """A file of the cache: its size, and when it was last asked for."""

    path: str
    size: int
    used: float


def made(folder: str) -> None:
    """Make the directory, for its user alone: what runs consumed is nobody else's business.

    Raises:
        OSError: It cannot be made.
    """
    if not os.path.isdir(folder):
        os.makedirs(os.path.dirname(folder), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder, 0o700)
        with contextlib.suppress(FileExistsError), open(os.path.join(folder, _TAG), "xb") as file:
            file.write(_TAGGED)


def entry_path(folder: str, name: str) -> str:
    """Where the entry of a name lies."""
    return os.path.join(folder, name + SUFFIX)


def unfinished_path(folder: str, name: str) -> str:
    """Where it is written; nobody takes such a file for an entry."""
    return os.path.join(folder, f"{name}-{os.urandom(6).hex()}{_UNFINISHED}")


def entries(folder: str) -> list[Kept]:
    """The entries, the least recently used first.

    What was used in the future, by a clock that was wrong, would outlast all others: it goes first.

    Raises:
        OSError: The directory cannot be listed.
    """
    soon = time.time() + _HOUR
    found = _files(folder, _ENTRY)
    return sorted(found, key=lambda kept: (kept.used <= soon, kept.used, kept.path))


def unfinished(folder: str, *, abandoned: bool) -> list[Kept]:
    """What is being written, or only what a writer that is no more has left.

    Raises:
        OSError: The directory cannot be listed.
    """
    now = time.time()
    found = _files(folder, _WRITTEN)
    return [kept for kept in found if not abandoned or abs(now - kept.used) > _HOUR]


def _files(folder: str, names: re.Pattern[str]) -> Iterator[Kept]:
    with os.scandir(folder) as listed:
        for entry in listed:
            if names.fullmatch(entry.name):
                # Another process may have removed it meanwhile.
                with contextlib.suppress(FileNotFoundError):
                    told = entry.stat(follow_symlinks=False)
                    if _is_mine(told):
                        yield Kept(entry.path, told.st_size, told.st_mtime)


def opened(path: str) -> int | None:
    """A descriptor of a file of the user's own; null for a link, a pipe, or somebody else's.

    Raises:
        OSError: It cannot be opened.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if _is_mine(os.fstat(descriptor)):
        return descriptor
    os.close(descriptor)
    return None


def _is_mine(told: os.stat_result) -> bool:
    return stat.S_ISREG(told.st_mode) and told.st_uid == os.geteuid()


def removed(path: str) -> bool:
    """Remove a file, if the store made it."""
    with contextlib.suppress(OSError):
        if is_own(path):
            os.unlink(path)
            return True
    return False


def is_own(path: str) -> bool:
    """Whether a file begins as the store writes it, or was emptied or zeroed by a crash."""
    try:
        descriptor = opened(path)
    except OSError:
        return False
    if descriptor is None:
        return False
    try:
        head = os.read(descriptor, len(MAGIC))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return MAGIC.startswith(head) or not head.strip(b"\0")
