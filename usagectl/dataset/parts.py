"""Units that are read one after the other, a few at once, each kept in a file when it was read."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from usagectl.dataset import packed, spill
from usagectl.dataset.units import Unit, UnitRead, read_unit

# While one is parsed, another is read or written.
_AT_ONCE = 2


def read_here(units: Iterable[Unit]) -> Iterator[UnitRead]:
    """What is read of some units, in their order."""
    waiting: deque[Future[Path]] = deque()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        try:
            for unit in units:
                waiting.append(threads.submit(_kept, unit))
                if len(waiting) > _AT_ONCE:
                    yield packed.opened(waiting.popleft().result())
            while waiting:
                yield packed.opened(waiting.popleft().result())
        finally:
            for each in waiting:
                each.cancel()


def _kept(unit: Unit) -> Path:
    path = spill.new_file()
    packed.write(read_unit(unit), path)
    return path


Mapped = Callable[[str, Sequence[Unit]], Iterator[tuple[int, bytes]]]
"""How another engine maps a function, by its importable name, over units."""


def read_elsewhere(units: Sequence[Unit], mapped: Mapped) -> list[UnitRead]:
    """The same where other processes or machines read them, in whatever order they finish."""
    paths = {}
    for index, data in mapped(f"{packed.__name__}:{packed.read_packed.__name__}", units):
        paths[index] = spill.new_file()
        paths[index].write_bytes(data)
    return [packed.opened(paths[index]) for index in range(len(units))]
