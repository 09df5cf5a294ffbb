"""What can be read only once, such as a pipe, made readable again."""

import os
import stat
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

from usagectl.model import interrupts
from usagectl.model.exceptions import WrongUsageError

_AT_ONCE = 1024 * 1024
_IN_MEMORY = 32 * 1024 * 1024
# A pipe may have no end.
_MOST = 1 << 30


class Spool:
    """The bytes behind a descriptor, kept as far as they were read: in memory, then on disk."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._seekable = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._start = os.lseek(descriptor, 0, os.SEEK_CUR) if self._seekable else 0
        self._kept = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115
        self._size = 0
        interrupts.stop_waiting()

    def blocks(self) -> Iterator[bytes]:
        """All bytes, from the first on.

        Raises:
            OSError: They cannot be read, or kept, or are too many.
        """
        at = 0
        while block := self._block(at):
            at += len(block)
            yield block

    def _block(self, at: int) -> bytes:
        if self._seekable:
            return os.pread(self._descriptor, _AT_ONCE, self._start + at)
        if at == self._size:
            self._fetch()
        self._kept.seek(at)
        return self._kept.read(min(_AT_ONCE, self._size - at))

    def _fetch(self) -> None:
        if self._size >= _MOST:
            raise OSError(0, f"more than {_MOST >> 30} GiB: write it to a file and name that")
        block = os.read(self._descriptor, _AT_ONCE)
        self._kept.seek(self._size)
        self._kept.write(block)
        self._size += len(block)


def standard_input() -> Spool:
    """What is piped or typed into the program.

    Raises:
        WrongUsageError: It is closed, or nothing that can be read.
    """
    try:
        os.read(0, 0)
    except OSError as error:
        raise WrongUsageError(f"standard input (-) cannot be read: {error.strerror}") from None
    return Spool(0)
