"""What an entry of the cache is kept under: everything on which its content depends, as one name.

A key is made of parts: what was read (`identity`) and how (time zone, options, rules). What every
key has is `code`, without which an entry would outlive the program that made it.
"""

import functools
import hashlib
import os
import sys
import time
from collections.abc import Iterator

NAME_BYTES = 16
# A file that changed so shortly before may change again without its times telling; see `identity`.
_SETTLED_NS = 2_000_000_000

_PACKAGE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_STARTED_NS = time.time_ns()


def key(*parts: str) -> str:
    """A name for some parts and this program, which no others have; fit for a file.

    No two lists of parts are joined to the same text, whatever stands in them.
    """
    digest = hashlib.blake2b(digest_size=NAME_BYTES)
    for part in (code() or "", *parts):
        data = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


@functools.cache
def code() -> str | None:
    """The program's own source, and what it runs on: whoever edits a reader has an empty cache.

    All of it, since nobody can say from here which rooms had a part in an entry, and a version is
    not raised by those who work on it. It is null where an entry of this process could not be
    trusted: where a source file changed after the process began, so that it may run what is no
    longer there, or lies in an archive.
    """
    import polars as pl

    digest = hashlib.sha256(f"{sys.version} {pl.__version__}".encode())
    found = False
    try:
        for path in _sources(_PACKAGE):
            with open(path, "rb") as file:
                data = file.read()
                changed = os.fstat(file.fileno()).st_ctime_ns
            if changed > _STARTED_NS - _SETTLED_NS:
                return None
            found = True
            name = os.path.relpath(path, _PACKAGE).encode("utf-8", "surrogateescape")
            digest.update(b"%d:%b:%d:" % (len(name), name, len(data)))
            digest.update(data)
    except OSError:
        return None
    return digest.hexdigest() if found else None


def _sources(folder: str) -> Iterator[str]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".py"):
            yield entry.path
        elif entry.is_dir() and entry.name != "__pycache__":
            yield from _sources(entry.path)
