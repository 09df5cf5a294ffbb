"""Units that are read one after the other, a few at once, each kept in a file when it was read."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from usagectl.dataset import packed, spill
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.remembered import keep, key_of, remembered
from usagectl.dataset.units import Unit, UnitRead, read_unit
from usagectl.engines.engine import Engine

# While one is parsed, another is read or written.
_AT_ONCE = 2


def read_here(units: Iterable[Unit], cache: Cache) -> Iterator[UnitRead]:
    """What is read of some units, or was before, in their order."""
    waiting: deque[Future[UnitRead]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            for unit in units:
                waiting.append(threads.submit(_read, unit, cache))
                if len(waiting) > _AT_ONCE:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for each in waiting:
                each.cancel()


def _read(unit: Unit, cache: Cache) -> UnitRead:
    key = key_of(unit) if cache.enabled else None
    if key and (found := remembered(cache, key)):
        return found
    read = read_unit(unit)
    if key:
        read = read._replace(calls=read.calls.collect().lazy())
        keep(cache, key, unit, read)
        if found := remembered(cache, key):
            return found
    path = spill.new_file()
    with spill.needing_room():
        packed.write(read, path)
    return packed.opened(path)


def read_elsewhere(units: Sequence[Unit], engine: Engine) -> list[UnitRead]:
    """The same where other processes or machines read them, in whatever order they finish.

    Raises:
        NoAnswerError: One could not be read; nothing is put together of the others.
    """
    paths = {}
    work = [_from_anywhere(unit) for unit in units]
    for index, data in engine.map(f"{packed.__name__}:{packed.read_packed.__name__}", work):
        paths[index] = spill.new_file()
        with spill.needing_room():
            paths[index].write_bytes(data)
    return [packed.opened(paths[index]) for index in range(len(units))]


def _from_anywhere(unit: Unit) -> Unit:
    """The unit with paths that do not depend on a working directory."""
    return unit._replace(
        pieces=tuple(p._replace(location=os.path.abspath(p.location)) for p in unit.pieces)
    )
