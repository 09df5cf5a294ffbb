"""Which reader claimed which of many files: known again as long as none of them has changed.

Opening ten thousand files to see what they are takes longer than adding up what they hold.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.dataset.cache import identity
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache
from usagectl.inputs.file import SourceFile

# Fewer are opened sooner than the cache is asked.
_FEWEST = 200


class Claim(NamedTuple):
    """What was seen of a file: the format that claimed it and its kind, or why none did.

    `size` is that of `SourceFile.plain_size`; `beginning` is a digest of how it begins, where that
    tells copies.
    """

    format: str | None
    part: str = ""
    by_name: bool = False
    size: int | None = None
    beginning: str = ""
    why: str = ""


class Claims:
    """The claims on the files of some runs, in their order."""

    def __init__(self, files: Sequence[SourceFile], cache: Cache) -> None:
        """Ask the cache about some files, none of which was opened yet."""
        self._files = files
        self._cache = cache
        self._key = self._told() if cache.enabled and len(files) >= _FEWEST else None
        entry = cache.get(self._key) if self._key else None
        self.known = [Claim(*told) for told in entry.meta] if entry else None

    def _told(self) -> str | None:
        told = [identity.by_stat(file.location) for file in self._files]
        return None if None in told else key("claims", *map(str, told))

    def keep(self, claims: Sequence[Claim]) -> None:
        """Remember what was seen, where it is all, and all files are still what they were."""
        if self._key and len(claims) == len(self._files) and self._told() == self._key:
            self._cache.put(self._key, pl.DataFrame(), list(claims))
