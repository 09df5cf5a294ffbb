"""The digests of blocks of a file, remembered as long as nothing has touched the file.

So there are two ways to a block: of a file that is as it was (`identity`), its digests are known
and nothing is read; of one that was appended to, or copied, or touched, all bytes are hashed, which
is several times faster than reading what they say. Anything between the two would guess.
"""

from collections.abc import Sequence

import polars as pl

from usagectl.dataset.cache import identity
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache


def digests(cache: Cache, path: str, ranges: Sequence[identity.Range]) -> list[str] | None:
    """What `identity.digests` says, without reading a file that did not change.

    Returns:
        One for each range; null where the file cannot be read, or ends before one of them does.
    """
    file = identity.identity(path) if cache.enabled else None
    name = key("digests", file or "", *(f"{start}-{end}" for start, end in ranges))
    known = cache.get(name) if file is not None else None
    if known is not None:
        return list(known.meta)
    found = identity.digests(path, ranges)
    if found is not None and file is not None and identity.identity(path) == file:
        cache.put(name, pl.DataFrame(), found)
    return found
