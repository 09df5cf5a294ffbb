"""Units that are read one after the other, a few at once, each kept in a file when it was read."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from usagectl.dataset import packed, spill
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.remembered import keep, key_of, remembered
from usagectl.dataset.units import Unit, UnitRead, read_unit

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
    packed.write(read, path)
    return packed.opened(path)


Mapped = Callable[[str, Sequence[Unit]], Iterator[tuple[int, bytes]]]
"""How another engine maps a function, by its importable name, over units."""


def read_elsewhere(units: Sequence[Unit], mapped: Mapped) -> list[UnitRead]:
    """The same where other processes or machines read them, in whatever order they finish."""
    paths = {}
    for index, data in mapped(f"{packed.__name__}:{packed.read_packed.__name__}", units):
        paths[index] = spill.new_file()
        paths[index].write_bytes(data)
    return [packed.opened(paths[index]) for index in range(len(units))]
