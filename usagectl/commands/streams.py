"""Standard streams that never raise: what they cannot take is lost, and remembered.

A reader who has seen enough, a full disk and a closed stream change nothing of what a command
finds, of what else it writes, and of its exit code.
"""

import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

from usagectl.model import interrupts

_IN, _OUT, _ERR = 0, 1, 2


class _Stream(io.RawIOBase):
    """Writes to a descriptor until it refuses; `lost` is why it did."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.lost: OSError | None = None

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer") -> int:
        interrupts.stop_waiting()
        while self.lost is None:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.lost = error
        return memoryview(data).nbytes


_streams: dict[int, _Stream] = {}


def guard() -> None:
    """Put such streams in the place of standard output and standard error."""
    for descriptor, mode in ((_IN, os.O_WRONLY), (_OUT, os.O_RDONLY), (_ERR, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            # The next file that is opened would become this stream, and a report overwrite it. One
            # that cannot be read from or written to is as good as closed.
            os.open(os.devnull, mode)
    sys.stdout = _text(_OUT, sys.stdout)
    sys.stderr = _text(_ERR, sys.stderr)


def _text(descriptor: int, old: TextIO | None) -> io.TextIOWrapper:
    stream = _streams[descriptor] = _Stream(descriptor)
    return io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=getattr(old, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=descriptor == _ERR or stream.isatty(),
    )


def lost_output() -> OSError | None:
    """Why not all of standard output could be written; None where all was."""
    sys.stdout.flush()
    return _streams[_OUT].lost
