"""The bytes of one file: opened once, decompressed, cut into blocks at line ends."""

import contextlib
import os
import stat
from collections.abc import Iterator

from usagectl.inputs.blocks import as_lines, gathered
from usagectl.inputs.compression import BOM, KINDS, kind_of, unpacked
from usagectl.inputs.head import Head
from usagectl.inputs.raw import BLOCK_BYTES, raw_blocks
from usagectl.inputs.spool import Spool
from usagectl.model.urls import is_url

HEAD_BYTES = 64 * 1024
# A line, a document: more of one is never held in memory.
MOST_AT_ONCE = 128 * 1024 * 1024

# How far into what is compressed, or may never end, a marker is looked for.
_MOST_SEARCHED = 64 * 1024 * 1024

# Contents that can hold no usage records: they are listed, never opened.
_BINARY_SUFFIXES = frozenset(
    ".png .jpg .jpeg .gif .webp .ico .pdf .zip .7z .tar .tgz .parquet .arrow .feather "
    ".npy .npz .pt .pth .safetensors .gguf .bin .so .pyc .mp3 .mp4 .wav".split()
)


def printable(text: str) -> str:
    """A name as text that can be written: bytes that are no UTF-8 are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class SourceFile:
    """One file of a run.

    `path` is how it is shown (`-` for standard input), `location` where it is, `folder` the
    directory that holds it, below the operand and with `/` between its parts (empty at the top).
    `regular` is whether it is known to be no pipe. `trouble` says why its content could not be
    read to the end, once that is known.
    `part` is set by the reader that claims the file: which of its kinds of file this is; `by_name`
    is whether only its name told. `span` is the stretch of bytes that is read, where that is not
    the whole file: such a stretch begins and ends at line ends.
    """

    __slots__ = (
        "_head",
        "_packed",
        "_spool",
        "_whole",
        "by_name",
        "folder",
        "location",
        "part",
        "path",
        "regular",
        "run",
        "span",
        "trouble",
    )

    def __init__(
        self,
        run: str,
        path: str,
        folder: str,
        spool: Spool | None = None,
        *,
        regular: bool = False,
        span: tuple[int, int] | None = None,
    ) -> None:
        self.run = printable(run)
        self.path = printable(path)
        self.folder = printable(folder)
        self.location = path
        self.part = ""
        self.by_name = False
        self.regular = regular
        self.span = span
        self.trouble: str | None = None
        self._head: bytes | None = None
        self._whole = False
        self._packed = False
        self._spool = spool

    @property
    def name(self) -> str:
        """The last component of the path."""
        return os.path.basename(self.path)

    def plain_size(self) -> int | None:
        """How many bytes a file has that can be read from any place on, and was opened; or None."""
        if self._packed or self._spool is not None or is_url(self.location):
            return None
        with contextlib.suppress(OSError):
            return os.stat(self.location).st_size
        return None

    def head(self) -> "Head":
        """Open the file and look at its first 64 KiB; an unreadable file has an empty head."""
        if self._head is None:
            if os.path.splitext(self.path)[1].lower() in _BINARY_SUFFIXES:
                return Head(self.name, b"", whole=False)
            self._open()
        return Head(self.name, self._head or b"", whole=self._whole)

    def further(self) -> Iterator[Head]:
        """As much as the head from the middle and from the end of a long file, from a line's start.

        What can only be read from its beginning on has none.
        """
        if self._whole or self._packed or not self._head:
            return
        with contextlib.suppress(OSError), open(self.location, "rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            for at in sorted({max(size // 2, HEAD_BYTES), max(size - HEAD_BYTES, HEAD_BYTES)}):
                data = os.pread(file.fileno(), HEAD_BYTES, at)
                yield Head(self.name, data[data.find(b"\n") + 1 :], whole=False)

    def beginning(self, size: int) -> bytes:
        """The first bytes of a file whose head was looked at."""
        return (self._head or b"").removeprefix(BOM)[:size]

    def _open(self) -> None:
        self._head, self._whole = b"", True
        try:
            if self._spool is None and not is_url(self.location):
                self._look()
            else:
                self._unpack_head()
        except OSError as error:
            self.trouble = f"cannot be read: {error.strerror}"

    def _look(self) -> None:
        """Read the head of a file, or begin to read what is none."""
        descriptor = os.open(self.location, os.O_RDONLY)
        try:
            if not self.regular and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                self._spool = Spool(os.dup(descriptor))
                self._unpack_head()
                return
            start, end = self.span or (0, HEAD_BYTES)
            head = os.pread(descriptor, min(HEAD_BYTES, end - start), start)
        finally:
            os.close(descriptor)
        if kind_of(head) and not self.span:
            self._unpack_head()
        else:
            self._head, self._whole = head, len(head) < HEAD_BYTES
            self._misses_magic(head)

    def _unpack_head(self) -> None:
        self._packed = True
        pieces: list[bytes] = []
        size = 0
        self._whole = False
        for piece in unpacked(raw_blocks(self.location, self._spool, self.span), self._tell):
            pieces.append(piece)
            size += len(piece)
            if size >= HEAD_BYTES:
                break
        else:
            self._whole = True
        self._head = b"".join(pieces)

    def _misses_magic(self, head: bytes) -> None:
        """What is named as compressed, is not, and holds zeros has lost its beginning."""
        if b"\0" not in head:
            return
        kind = next((kind for kind in KINDS if self.path.lower().endswith(kind.suffix)), None)
        if kind:
            self._tell(f"named {kind.suffix}, but does not begin as {kind.name} data")

    def _tell(self, trouble: str) -> None:
        if trouble not in (self.trouble or ""):
            self.trouble = f"{self.trouble}; {trouble}" if self.trouble else trouble

    def forget(self) -> None:
        """Let go of the bytes of a file that nobody claims."""
        self._head, self._whole = None, False

    def read(self) -> bytes:
        """All bytes, decompressed, without a byte order mark; of a document too large none."""
        if self._whole:
            return (self._head or b"").removeprefix(BOM)
        pieces: list[bytes] = []
        size = 0
        for piece in self._streamed():
            pieces.append(piece)
            size += len(piece)
            if size > MOST_AT_ONCE:
                self._tell(f"a document of more than {MOST_AT_ONCE >> 20} MiB; it was not read")
                return b""
        return b"".join(pieces).removeprefix(BOM)

    def blocks(self, size: int = BLOCK_BYTES) -> Iterator[bytes]:
        """The content in blocks of about a size that end at line ends; a line is never cut.

        In the place of a line that is too long to be held in memory is an empty one.
        """
        if self._whole:
            yield from as_lines(self.read())
            return
        # The last block goes together with the rest of its last line, which may be all that closes
        # what was opened in it.
        waiting = b""
        rest: list[bytes] = []
        too_long = False
        for block in gathered(self._streamed(), size):
            if too_long and b"\n" not in block:
                continue
            at = block.find(b"\n") + 1 if too_long else 0
            too_long = False
            cut = block.rfind(b"\n") + 1
            if cut > at:
                yield from filter(None, [waiting])
                waiting, rest = b"".join([*rest, block[at:cut]]), []
            rest.append(block[cut:])
            if sum(map(len, rest)) > MOST_AT_ONCE:
                self._tell(f"a line of more than {MOST_AT_ONCE >> 20} MiB; it was passed over")
                yield from filter(None, [waiting])
                waiting, rest, too_long = b"\n", [], True
        yield from as_lines(b"".join([waiting, *rest]))

    def bytes_in_blocks(self) -> Iterator[bytes]:
        """All bytes, decompressed, in blocks that end anywhere."""
        yield from gathered(self._streamed(), BLOCK_BYTES)

    def contains(self, marker: bytes) -> bool:
        """Whether the content holds these bytes; what is compressed is not searched to its end."""
        searched = 0
        for block in self.blocks():
            if marker in block:
                return True
            searched += len(block)
            if self._packed and searched > _MOST_SEARCHED:
                break
        return False

    def _streamed(self) -> Iterator[bytes]:
        try:
            if self.span and self.span[0]:
                yield from raw_blocks(self.location, self._spool, self.span)
                return
            pieces = unpacked(raw_blocks(self.location, self._spool, self.span), self._tell)
            yield next(pieces, b"").removeprefix(BOM)
            yield from pieces
        except OSError as error:
            self._tell(f"cannot be read to its end: {error.strerror}")
