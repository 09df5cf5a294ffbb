"""Bytes of a file in blocks."""

from collections.abc import Iterator


def as_lines(data: bytes) -> Iterator[bytes]:
    """The bytes, with a line end behind the last line; nothing where there are none."""
    if data:
        yield data if data.endswith(b"\n") else data + b"\n"


def gathered(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The same bytes in pieces of at least a size."""
    waiting: list[bytes] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)
