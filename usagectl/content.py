"""The bytes of one file: opened once, decompressed, cut into blocks at line ends."""

import io
import itertools
import json
import os
import stat
import zlib
from collections.abc import Iterator
from typing import Any

from usagectl.urls import is_url

HEAD_BYTES = 64 * 1024
BLOCK_BYTES = 16 * 1024 * 1024

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"
_GZIP_STEP = 4 * 1024
_MAX_BRACES = 2000

# Contents that can hold no usage records: they are listed, never opened.
_BINARY_SUFFIXES = frozenset(
    ".png .jpg .jpeg .gif .webp .ico .pdf .zip .7z .tar .tgz .xz .bz2 .parquet .arrow .feather "
    ".npy .npz .pt .pth .safetensors .gguf .bin .so .pyc .sqlite .db .mp3 .mp4 .wav".split()
)


def printable(text: str) -> str:
    """A name as text that can be written: bytes that are no UTF-8 are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class SourceFile:
    """One file of a run.

    `path` is how it is shown (`-` for standard input), `folder` the directory that holds it, below
    the operand and with `/` between its parts (empty at the top). `regular` is whether it is known
    to be no pipe. `trouble` says why its content could not be read to the end, once that is known.
    `part` is set by the reader that claims the file: which of its kinds of file this is; `by_name`
    is whether only its name told.
    """

    __slots__ = (
        "_head",
        "_location",
        "_whole",
        "by_name",
        "folder",
        "part",
        "path",
        "regular",
        "run",
        "trouble",
    )

    def __init__(
        self, run: str, path: str, folder: str, data: bytes | None = None, *, regular: bool = False
    ) -> None:
        self.run = printable(run)
        self.path = printable(path)
        self.folder = printable(folder)
        self._location = path
        self.part = ""
        self.by_name = False
        self.regular = regular
        self.trouble: str | None = None
        self._head: bytes | None = None
        self._whole = data is not None
        if data is not None:
            self._head = b"".join(_decompressed(iter([data]), self)) if data else data

    @property
    def name(self) -> str:
        """The last component of the path."""
        return os.path.basename(self.path)

    def head(self) -> "Head":
        """Open the file and look at its first 64 KiB; an unreadable file has an empty head."""
        if self._head is None:
            if os.path.splitext(self.path)[1].lower() in _BINARY_SUFFIXES:
                return Head(self.name, b"", whole=False)
            self._open()
        return Head(self.name, self._head or b"", whole=self._whole)

    def beginning(self, size: int) -> bytes:
        """The first bytes of a file whose head was looked at."""
        return (self._head or b"").removeprefix(_BOM)[:size]

    def _open(self) -> None:
        self._head, self._whole = b"", True
        try:
            if is_url(self._location):
                self._head = b"".join(_decompressed(self._raw_blocks(), self))
                return
            descriptor = os.open(self._location, os.O_RDONLY)
        except OSError as error:
            self.trouble = f"cannot be read: {error.strerror}"
            return
        try:
            head = os.read(descriptor, HEAD_BYTES)
            if not self.regular and not stat.S_ISREG(os.fstat(descriptor).st_mode):
                with open(descriptor, "rb", closefd=False) as pipe:
                    data = head + pipe.read()
                self._head = b"".join(_decompressed(iter([data]), self))
            elif head.startswith((_GZIP, _ZSTD)):
                self._head = b""
                for block in _decompressed(self._raw_blocks(), self):
                    self._head += block
                    if len(self._head) >= HEAD_BYTES:
                        self._whole = False
                        break
            else:
                self._head, self._whole = head, len(head) < HEAD_BYTES
        except OSError as error:
            self.trouble = f"cannot be read: {error.strerror}"
        finally:
            os.close(descriptor)

    def forget(self) -> None:
        """Let go of the bytes of a file that nobody claims."""
        if self.path != "-":
            self._head, self._whole = None, False

    def read(self) -> bytes:
        """All bytes, decompressed, without a byte order mark."""
        if not self._whole:
            return b"".join(self._streamed()).removeprefix(_BOM)
        return (self._head or b"").removeprefix(_BOM)

    def blocks(self) -> Iterator[bytes]:
        """The content in blocks that end at line ends; a line is never cut, however long."""
        if self._whole:
            data = self.read()
            if data:
                yield data if data.endswith(b"\n") else data + b"\n"
            return
        # The last block goes together with the rest of its last line, which may be all that closes
        # what was opened in it.
        waiting = b""
        rest: list[bytes] = []
        for number, piece in enumerate(self._streamed()):
            block = piece if number else piece.removeprefix(_BOM)
            cut = block.rfind(b"\n") + 1
            if cut:
                if waiting:
                    yield waiting
                waiting = b"".join([*rest, block[:cut]])
                rest = [block[cut:]] if cut < len(block) else []
            else:
                rest.append(block)
        if waiting or rest:
            yield b"".join([waiting, *rest, b"\n" if rest else b""])

    def contains(self, marker: bytes) -> bool:
        """Whether the content holds these bytes, wherever in the file."""
        return any(marker in block for block in self.blocks())

    def _streamed(self) -> Iterator[bytes]:
        try:
            yield from _decompressed(self._raw_blocks(), self)
        except OSError as error:
            self.trouble = f"cannot be read to its end: {error.strerror}"

    def _raw_blocks(self) -> Iterator[bytes]:
        if is_url(self._location):
            from usagectl import object_store

            yield object_store.content(self._location)
            return
        with open(self._location, "rb", buffering=0) as file:
            # What is appended while we read belongs to the next reading.
            left = os.fstat(file.fileno()).st_size
            while left > 0 and (block := file.read(min(BLOCK_BYTES, left))):
                left -= len(block)
                yield block


def _decompressed(blocks: Iterator[bytes], file: SourceFile) -> Iterator[bytes]:
    first = next(blocks, b"")
    if first.startswith(_GZIP):
        yield from _gunzip(first, blocks, file)
    elif first.startswith(_ZSTD):
        yield _unzstd(b"".join([first, *blocks]), file)
    else:
        yield first
        yield from blocks


def _gunzip(first: bytes, blocks: Iterator[bytes], file: SourceFile) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    try:
        for block in itertools.chain([first], blocks):
            # In small steps: what a step that fails would have given is lost.
            for at in range(0, len(block), _GZIP_STEP):
                data = block[at : at + _GZIP_STEP]
                while data:
                    if inflate.eof:
                        # A gzip file may hold several members, and zeros between and after them.
                        data = data.lstrip(b"\0")
                        if not data:
                            break
                        inflate = zlib.decompressobj(wbits=31)
                    yield inflate.decompress(data, BLOCK_BYTES)
                    data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        if not inflate.eof:
            file.trouble = "the gzip data ends early; what came before its end was read"
    except zlib.error as error:
        file.trouble = f"the gzip data is damaged ({error}); what came before was read"


_BAD_ZSTD = "the zstd data is damaged or ends early; nothing of it could be read"


def _unzstd(data: bytes, file: SourceFile) -> bytes:
    # The standard library has no zstd before Python 3.14, Polars has: as lines of text.
    import polars as pl

    from usagectl import line_bytes

    try:
        return line_bytes.read(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError):
        file.trouble = _BAD_ZSTD
        return b""


class Head:
    """The beginning of a file, which is all that the detection of a format may look at.

    `objects` are its JSON objects: a sample of three lines where each of these is one, else all,
    wherever they stand. `begins_unwhole` is whether it begins with an object that is damaged, or
    longer than the head, once all objects were looked for.
    """

    def __init__(self, name: str, data: bytes, *, whole: bool) -> None:
        self.name = name
        self.data = data.removeprefix(_BOM)
        self.whole = whole
        self.begins_unwhole = False
        self.objects: list[dict[str, Any]] = self._sample() if self.is_text else []
        self.sampled = bool(self.objects)
        if self.is_text and not self.sampled:
            self.look_for_all_objects()

    @property
    def is_text(self) -> bool:
        """Whether it can hold records at all: not empty and not mostly binary."""
        start = self.data[:4096]
        return bool(start) and (b"\0" not in start or start.count(b"\0") * 20 <= len(start))

    def _sample(self) -> list[dict[str, Any]]:
        """The objects of the first line, one in the middle and the last, if all these are some."""
        data = self.data
        first = data.find(b"\n") + 1
        end = data.rfind(b"\n")
        lines = [data[:first]]
        if end >= first > 0:
            last = data.rfind(b"\n", 0, end) + 1
            lines.append(data[last:end])
            middle = data.find(b"\n", end // 2) + 1
            if first < middle < last:
                lines.append(data[middle : data.find(b"\n", middle)])
        objects = [_object(line) for line in lines]
        return [] if None in objects else [value for value in objects if value is not None]

    def look_for_all_objects(self) -> None:
        """Have all JSON objects of the head, wherever they stand: lines, an array, a document."""
        text = self.data.decode("utf-8", "replace")
        decoder = json.JSONDecoder()
        found: list[dict[str, Any]] = []
        at = text.find("{")
        self.begins_unwhole = at >= 0 and not text[:at].strip()
        for _ in range(_MAX_BRACES):
            if at < 0:
                break
            try:
                value, end = decoder.raw_decode(text, at)
            except (ValueError, RecursionError):
                end = at + 1
            else:
                if not found and not text[:at].strip():
                    self.begins_unwhole = False
                found.append(value)
            at = text.find("{", end)
        self.objects, self.sampled = found, False


def _object(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        value = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
