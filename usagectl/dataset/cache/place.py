"""Where the cache lies and how large it may be, as the environment has it."""

import contextlib
import os

from usagectl.model.sizes import bytes_of

FOLDER = "USAGECTL_CACHE_DIR"
SIZE = "USAGECTL_CACHE_SIZE"
_DEFAULT_BYTES = 5_000_000_000


def folder() -> str:
    """The directory, absolute; by default a part of what the system has for caches of users."""
    named = os.environ.get(FOLDER)
    if not named:
        import platformdirs

        named = os.path.join(platformdirs.user_cache_dir("usagectl", appauthor=False), "read")
    # Where there is no working directory any more, nothing can be put either.
    with contextlib.suppress(OSError):
        named = os.path.abspath(os.path.expanduser(named))
    return named


def limit_bytes() -> int | None:
    """How much may lie there; null where what the environment says is no size.

    It is written as bytes or with a unit: `500 MB`, `2GiB`; 0 switches the cache off.
    """
    text = os.environ.get(SIZE, "").strip()
    if not text:
        return _DEFAULT_BYTES
    return bytes_of(text)
