"""Where a large file is cut into blocks that are read one without the other."""

import os
from collections.abc import Iterator, Sequence
from functools import partial

from usagectl.inputs.file import SourceFile
from usagectl.readers.core.format import Format, Surroundings

_SHORTEST = 1024 * 1024
_WINDOW = 256 * 1024
_STEP_BACK = 4 * 1024 * 1024


def blocks_of(
    file: SourceFile,
    size: int,
    reader: Format,
    zone: str,
    block_bytes: int,
    begun: Sequence[int] = (0,),
) -> list[tuple[int, int]]:
    """The stretches of a file that can be read apart, each of about so many bytes.

    A place to cut is looked for around each multiple of `block_bytes` and some way behind it, by
    what stands there alone: what is appended to a file moves none.

    Args:
        file: A regular file, of a kind that can be read apart.
        size: How many bytes of it are read.
        reader: Its format.
        zone: The time zone of timestamps without an offset.
        block_bytes: How long a block is meant to be, which is a megabyte at least.
        begun: Where the first blocks begin, where that is known.

    Returns:
        The begins and ends of the blocks, of which there is one where nothing can be cut.
    """
    if reader.cut is None:
        return [(0, size)]
    block_bytes = max(block_bytes, _SHORTEST)
    cuts = list(begun)
    with open(file.location, "rb", buffering=0) as opened:
        descriptor = opened.fileno()
        first = ((cuts[-1] + block_bytes // 2) // block_bytes + 1) * block_bytes
        for target in range(first, size - block_bytes // 2, block_bytes):
            for near in range(target, min(target + block_bytes // 4, size), 2 * _WINDOW):
                start, lines = _lines(descriptor, max(near - _WINDOW, cuts[-1]), near + _WINDOW)
                before = partial(_backwards, descriptor, cuts[-1], start)
                at = reader.cut(lines, Surroundings(file.part, zone, before))
                if at is not None:
                    cuts.append(start + sum(len(line) + 1 for line in lines[:at]))
                    break
    return list(zip(cuts, [*cuts[1:], size], strict=True))


def _lines(descriptor: int, start: int, end: int) -> tuple[int, list[bytes]]:
    """The whole lines of a stretch, and where the first of them begins."""
    data = os.pread(descriptor, end - start, start)
    first = data.find(b"\n") + 1
    return start + first, data[first : data.rfind(b"\n")].split(b"\n")


def _backwards(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    """The whole lines from `end` back to `start`, in blocks from the last to the first."""
    while end > start:
        begin = max(start, end - _STEP_BACK)
        data = os.pread(descriptor, end - begin, begin)
        cut = data.find(b"\n") + 1 if begin > start else 0
        if cut == 0 and begin > start:
            return
        yield data[cut:]
        end = begin + cut
