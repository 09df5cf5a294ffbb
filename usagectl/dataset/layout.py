"""The blocks of a large file, each with the digest of its bytes where a cache is to find it."""

from typing import NamedTuple

import polars as pl

from usagectl.dataset.blocks import blocks_of
from usagectl.dataset.cache import identity, known
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache
from usagectl.inputs.file import SourceFile
from usagectl.readers.core.format import Format

Span = tuple[int, int]


class Block(NamedTuple):
    """A stretch of a file, with the digest of its bytes and what was known of the file then.

    The latter two are null where nobody keeps what is read.
    """

    span: Span
    digest: str | None = None
    identity: str | None = None


def layout_of(
    file: SourceFile, size: int, reader: Format, zone: str, block_bytes: int, cache: Cache
) -> list[Block]:
    """The blocks of a file; see `blocks_of`.

    Where a file was cut before, and its bytes are the same up to somewhere, it is cut there again
    without looking: a cut depends on what stands around it.
    """
    if not cache.enabled:
        spans = blocks_of(file, size, reader, zone, block_bytes, [0])
        return [Block(span) for span in spans]
    seen = identity.by_stat(file.location)
    name = key("layout", reader.found_by, file.part, zone, str(block_bytes), file.location)
    kept = cache.get(name)
    before = [Block((start, end), told) for start, end, told in kept.meta] if kept else []
    same = _same(file, before, size, cache)
    begun = [0, *(block.span[1] for block in same)]
    spans = blocks_of(file, size, reader, zone, block_bytes, begun)
    new = spans[len(same) :]
    told = identity.digests(file.location, new)
    if told is None:
        return [Block(span) for span in spans]
    blocks = [*same, *map(Block, new, told)]
    if blocks != before:
        cache.put(name, pl.DataFrame(), [(*block.span, block.digest) for block in blocks])
    return [block._replace(identity=seen) for block in blocks]


def _same(file: SourceFile, before: list[Block], size: int, cache: Cache) -> list[Block]:
    """The blocks that a file still has, without the last two.

    The end of the last was no cut, and the cut before it was chosen by what stood behind it too.
    """
    sure = [block for block in before if block.span[1] <= size][:-2]
    now = known.digests(cache, file.location, [block.span for block in sure]) if sure else []
    same = []
    for block, digest in zip(sure, now or (), strict=False):
        if block.digest != digest:
            break
        same.append(block)
    return same
