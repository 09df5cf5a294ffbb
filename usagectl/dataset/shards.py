"""All files of some runs, each given to the shard of its format."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from usagectl.dataset.cache.store import Cache
from usagectl.dataset.claims import Claim, Claims
from usagectl.dataset.shard import Shard, Sizes
from usagectl.inputs.discovery import Sources, opened
from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Reject
from usagectl.readers.core.format import Format
from usagectl.readers.registry import claim, why_not
from usagectl.readers.registry import reader as reader_named

if TYPE_CHECKING:
    from usagectl.readers.mapped import Map

Progress = Callable[[int, int], None]


class Dealt(NamedTuple):
    """The files of some runs, dealt out.

    `unclaimed` are the paths that no reader knows, each with the reason, `rejects` the files that
    could not be opened.
    """

    shards: tuple[Shard, ...]
    unclaimed: tuple[tuple[str, str], ...]
    rejects: tuple[Reject, ...]


def dealt(
    found: Sources,
    zone: str,
    sizes: Sizes,
    cache: Cache,
    *,
    maps: "Sequence[Map]",
    strict: bool,
    progress: Progress | None,
) -> Dealt:
    """Open all files, and give each to its reader.

    Args:
        found: The files.
        zone: The time zone of timestamps without an offset.
        sizes: How much is read at once, and how long a unit is.
        cache: What was read before.
        maps: How files are read that they name, or that no reader knows.
        strict: False reads every line by itself.
        progress: Called with how many files were opened, out of how many.
    """
    deal = _Deal(found, lambda reader: Shard(reader, zone, sizes, cache, strict=strict), maps)
    claims = Claims(found.files, cache if not maps else Cache(enabled=False))
    if claims.known is not None:
        for file, told in zip(found.files, claims.known, strict=True):
            deal.again(file, told)
        return deal.done()
    seen = []
    for done, file in enumerate(opened(found.files), 1):
        seen.append(deal.first(file))
        if progress:
            progress(done, len(found.files))
    claims.keep([told for told in seen if told is not None])
    return deal.done()


class _Deal:
    """The files that were dealt so far."""

    def __init__(
        self, found: Sources, shard: Callable[[Format], Shard], maps: "Sequence[Map]"
    ) -> None:
        self._new = shard
        self._maps = maps
        self._shards: dict[str, Shard] = {}
        self._unclaimed = list(found.skipped)
        self._rejects = list(found.rejects)

    def first(self, file: SourceFile) -> Claim | None:
        """Deal a file that was opened; null where it could not be read."""
        reader = self._mapped(file) or claim(file)
        if reader is None and not file.trouble:
            # A map without a glob is for what nobody knows.
            reader = next((m.claimed(file) for m in self._maps if m.files is None), None)
        if reader is not None:
            return self._of(reader).add(file)
        if file.trouble:
            self._rejects.append(Reject(file.path, 0, file.trouble))
            return None
        told = Claim(None, why=why_not(file))
        self._unclaimed.append((file.path, told.why))
        file.forget()
        return told

    def _mapped(self, file: SourceFile) -> Format | None:
        """The format that a map makes of a file that it names."""
        return next((m.claimed(file) for m in self._maps if m.is_for(file.path)), None)

    def again(self, file: SourceFile, told: Claim) -> None:
        """Deal a file as before."""
        if told.format is None:
            self._unclaimed.append((file.path, told.why))
        else:
            self._of(reader_named(told.format)).add_known(file, told)

    def _of(self, reader: Format) -> Shard:
        key = reader.found_by
        if key not in self._shards:
            self._shards[key] = self._new(reader)
        return self._shards[key]

    def done(self) -> Dealt:
        return Dealt(tuple(self._shards.values()), tuple(self._unclaimed), tuple(self._rejects))
