"""What a file is, so that it can be told whether it is still the same: by its times, or its bytes.

By its times (`by_stat`, `identity`): device, inode, size, mtime, ctime and the path. Whoever
rewrites a file in place with the same size can set its mtime back; its ctime only the system sets.
But the clock behind it moves in ticks: a file that is read in the tick in which it was written may
be written once more in the same tick, and nothing of it tells. Git calls such files racily clean.
So a file that changed less than two seconds ago, or in the future, has no identity: it is neither
looked up nor kept. Identities are taken before a file is read, and taken again before what was read
is kept: a file that changed meanwhile has another.

By its bytes (`digests`): a hash of all of them. Nothing less will do for a part of a file that was
appended to: its times are others, and a rewrite in the middle of a part keeps the hashes of its
head and tail. SHA-256, since processors have instructions for it: 1.7 GB/s, twice what BLAKE2b
does; sums such as CRC-32 are twice as fast again, but one in four billion changes has the same.

What no time tells: a mapped file that is written through memory, whose ctime moves when the system
gets to it (within half a minute), and file systems whose ctime is something else.
"""

import hashlib
import os
import stat
import time
from collections.abc import Sequence

_SETTLED_NS = 2_000_000_000
_END_BYTES = 64 * 1024
_AT_ONCE = 1024 * 1024
_MOST_THREADS = 4

Range = tuple[int, int]
"""From which byte of a file on, and up to which."""


def by_stat(
    path: str, found: os.stat_result | None = None, *, since_ns: int | None = None
) -> str | None:
    """The identity of a file by what its directory entry tells, for very many small files.

    The path in it is absolute but not resolved: what a link leads to, device and inode tell.

    Args:
        path: The file.
        found: What `os.stat` said of it, where the caller asked already.
        since_ns: When the caller began to read it, where that was before it asks here: what
            changed since then, or just before, has no identity.

    Returns:
        A text, or null for what is no regular file, cannot be asked, or changed just now.
    """
    try:
        found = found or os.stat(path)
        place = os.path.abspath(path)
    except (OSError, ValueError):
        return None
    age = (since_ns or time.time_ns()) - found.st_ctime_ns
    if not stat.S_ISREG(found.st_mode) or age < _SETTLED_NS:
        return None
    told = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return ":".join([*map(str, told), place])


def identity(path: str) -> str | None:
    """The same with a hash of the first and the last 64 KiB, for few and large files.

    Opening a file also makes a network's file system ask whether what it knows of it still holds.
    """
    try:
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            found = os.fstat(file.fileno())
            told = by_stat(path, found)
            if told is None:
                return None
            digest = hashlib.blake2b(digest_size=16)
            for at in (0, max(found.st_size - _END_BYTES, 0)):
                digest.update(os.pread(file.fileno(), _END_BYTES, at))
            same = by_stat(path, os.fstat(file.fileno())) == told
    except (OSError, ValueError):
        return None
    return f"{digest.hexdigest()}:{told}" if same else None


def digest(data: bytes | memoryview) -> str:
    """What `digests` says of a range that holds these bytes.

    What is kept for a block must be kept under the digest of the bytes that were parsed, not of
    those that stand in the file by then.
    """
    return hashlib.sha256(data).hexdigest()


def digests(path: str, ranges: Sequence[Range]) -> list[str] | None:
    """The digest of each range of a file, read and hashed on several processors.

    Returns:
        One for each range; null where the file cannot be read, or ends before one of them does.
    """
    from concurrent.futures import ThreadPoolExecutor

    try:
        with open(path, "rb", buffering=0, opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            threads = min(len(ranges), os.cpu_count() or 1, _MOST_THREADS)
            with ThreadPoolExecutor(max(threads, 1)) as pool:
                found = list(pool.map(lambda part: _digest(file.fileno(), *part), ranges))
    except (OSError, ValueError):
        return None
    told = [one for one in found if one is not None]
    return told if len(told) == len(found) else None


def _digest(descriptor: int, start: int, end: int) -> str | None:
    digest = hashlib.sha256()
    while start < end:
        block = os.pread(descriptor, min(_AT_ONCE, end - start), start)
        if not block:
            return None
        digest.update(block)
        start += len(block)
    return digest.hexdigest()


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, and of a pipe not wait for its other end."""
    return os.open(path, flags | os.O_NONBLOCK)
