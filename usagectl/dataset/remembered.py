"""What was read of a unit, as the cache keeps it.

The key says all that it depends on: the program, the pieces and what is made of them, and the bytes
of each piece: by their digest where it is a block of a large file, by the file's identity else.
"""

from usagectl.dataset import packed
from usagectl.dataset.cache import identity
from usagectl.dataset.cache.keys import key
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.units import Piece, Unit, UnitRead


def key_of(unit: Unit, *, since_ns: int | None = None) -> str | None:
    """What a unit is kept under; null where a file cannot be trusted to stay as it is.

    Args:
        unit: The unit.
        since_ns: When its files began to be read, where that is so already.
    """
    told = [_told(piece, since_ns) for piece in unit.pieces]
    if None in told:
        return None
    return key("unit", unit.format, unit.zone, str(unit.strict), *map(str, told))


def _told(piece: Piece, since_ns: int | None) -> str | None:
    same = piece.digest or identity.by_stat(piece.location, since_ns=since_ns)
    return None if same is None else repr((*piece._replace(identity=None), same))


def remembered(cache: Cache, name: str) -> UnitRead | None:
    """What is kept under a key; null where there is nothing."""
    entry = cache.get(name)
    if entry is None:
        return None
    frames = {part: entry.more(part) for part in packed.BESIDE}
    return packed.put_together(entry.scan(), entry.meta, frames)


def keep(cache: Cache, name: str, unit: Unit, read: UnitRead) -> None:
    """Keep what was read, if its files are still what they were when the key was made."""
    if all(map(_is_same, unit.pieces)) and key_of(unit) == name:
        cache.put(name, read.calls.collect(), packed.told(read), packed.beside(read))


def _is_same(piece: Piece) -> bool:
    """Whether a block holds what it held; of a whole file its key says so."""
    if piece.digest is None or piece.span is None:
        return True
    if piece.identity is not None and identity.by_stat(piece.location) == piece.identity:
        return True
    return identity.digests(piece.location, [piece.span]) == [piece.digest]
