"""The bytes of a file as they lie there, from wherever it is."""

import os
from collections.abc import Iterator

from usagectl.inputs.spool import Spool
from usagectl.model.urls import is_url

BLOCK_BYTES = 16 * 1024 * 1024


def raw_blocks(
    location: str, spool: Spool | None, span: tuple[int, int] | None = None
) -> Iterator[bytes]:
    """The bytes of a file, of an object, or of what is read once, in blocks.

    Args:
        location: Where it is.
        spool: What is read once, and kept; then it is nowhere else.
        span: The stretch of a file that is wanted.

    Raises:
        OSError: It cannot be read.
    """
    if spool is not None:
        yield from spool.blocks()
        return
    if is_url(location):
        from usagectl.inputs import fetch

        yield fetch.content(location)
        return
    with open(location, "rb", buffering=0) as file:
        # What is appended while we read belongs to the next reading.
        start, end = span or (0, os.fstat(file.fileno()).st_size)
        file.seek(start)
        left = end - start
        while left > 0:
            block = file.read(min(left, BLOCK_BYTES))
            if not block:
                break
            left -= len(block)
            yield block
