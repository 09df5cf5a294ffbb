"""Compressed bytes: told by how they begin, unpacked in small steps, and read to their fault.

Each kind is read as it may be written: as several members or frames one after the other, with
zeros between them, and once more compressed.
"""

import itertools
import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

BOM = b"\xef\xbb\xbf"
# In small steps: what a step that fails would have given is lost.
_STEP_IN = 4 * 1024
_STEP_OUT = 64 * 1024
# No usage file is so regular: what unpacks to more is made to fill memories.
_MOST_UNPACKED = 1 << 30
_MOST_TIMES = 250
_MOST_LAYERS = 3
_LONGEST_MAGIC = 10
_XZ_MEMORY = 512 << 20


class _Unpacker(Protocol):
    """What the standard library's decompressors have in common: one member or frame."""

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more can be given without more bytes."""

    @property
    def unused_data(self) -> bytes:
        """The bytes behind the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Some of the content, which may wait for the next call."""


class _Gzip:
    """A member of a gzip file, as the decompressors of the other kinds."""

    def __init__(self) -> None:
        import zlib

        self._inflate = zlib.decompressobj(wbits=31)
        self._left = b""
        self._full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not self._left and not self._full

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._inflate.decompress(self._left + data, max_length)
        self._left = self._inflate.unconsumed_tail
        self._full = len(out) == max_length
        return out


_Tools = tuple[Callable[[], _Unpacker], type[Exception]]


def _gzip() -> _Tools:
    import zlib

    return _Gzip, zlib.error


def _bzip2() -> _Tools:
    import bz2

    return bz2.BZ2Decompressor, OSError


def _xz() -> _Tools:
    import lzma

    return lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY), lzma.LZMAError


def _zstd() -> _Tools:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdDecompressor, zstd.ZstdError


class Kind(NamedTuple):
    """A way to compress: its name, the end of names that tell it, how a member is unpacked."""

    name: str
    suffix: str
    tools: Callable[[], _Tools]


_GZIP = Kind("gzip", ".gz", _gzip)
_BZIP2 = Kind("bzip2", ".bz2", _bzip2)
_XZ = Kind("xz", ".xz", _xz)
_ZSTD = Kind("zstd", ".zst", _zstd)
KINDS = (_GZIP, _BZIP2, _XZ, _ZSTD)

# What follows the magic bytes too: a text may begin with these.
_MAGIC = (
    (_GZIP, re.compile(rb"\x1f\x8b\x08[\x00-\x1f]")),
    (_ZSTD, re.compile(rb"\x28\xb5\x2f\xfd(?P<flags>.)|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)),
    (_XZ, re.compile(rb"\xfd7zXZ\0\0[\x00-\x0f]")),
    (_BZIP2, re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)")),
)
_ZSTD_RESERVED = 0x08


def kind_of(data: bytes) -> Kind | None:
    """How some bytes are compressed, by how they begin; None where they are not."""
    first = data[: _LONGEST_MAGIC + len(BOM)].removeprefix(BOM)
    for kind, magic in _MAGIC:
        found = magic.match(first)
        if found and not (found.lastgroup and found["flags"][0] & _ZSTD_RESERVED):
            return kind
    return None


def without_suffix(name: str) -> str:
    """A name of a file without the ends that say how it is compressed."""
    for kind in KINDS:
        name = name.removesuffix(kind.suffix)
    return name


def unpacked(
    blocks: Iterator[bytes], tell: Callable[[str], None], layers: int = 0
) -> Iterator[bytes]:
    """The content of some bytes, which may be compressed or not.

    Args:
        blocks: The bytes.
        tell: Called with what is wrong, where the content could not be read to its end.
        layers: How often they were unpacked already.
    """
    first = next(blocks, b"")
    while len(first) < _LONGEST_MAGIC + len(BOM) and (more := next(blocks, b"")):
        first += more
    kind = kind_of(first)
    if kind is None:
        yield first
        yield from blocks
    elif layers == _MOST_LAYERS:
        tell(f"compressed more than {_MOST_LAYERS} times over; it was not read")
    else:
        whole = itertools.chain([first.removeprefix(BOM)], blocks)
        yield from unpacked(_content(kind, whole, tell), tell, layers + 1)


class _Members:
    """The members of some compressed bytes, one after the other."""

    def __init__(self, kind: Kind) -> None:
        self._another, self.fault = kind.tools()
        self._member = self._another()

    @property
    def ended(self) -> bool:
        """Whether the last of them is whole."""
        return self._member.eof

    def take(self, data: bytes) -> Iterator[bytes]:
        """What these bytes add to the content."""
        while True:
            if self._member.eof:
                data = data.lstrip(b"\0")
                if not data:
                    return
                self._member = self._another()
            yield self._member.decompress(data, _STEP_OUT)
            if self._member.eof:
                data = self._member.unused_data
            elif self._member.needs_input:
                return
            else:
                data = b""


def _content(kind: Kind, blocks: Iterator[bytes], tell: Callable[[str], None]) -> Iterator[bytes]:
    """The content of all members up to the first fault."""
    members = _Members(kind)
    read = given = 0
    for step in (b[at : at + _STEP_IN] for b in blocks for at in range(0, len(b), _STEP_IN)):
        try:
            for piece in members.take(step):
                given += len(piece)
                yield piece
        except (members.fault, ValueError, EOFError) as error:
            tell(
                f"the {kind.name} data is damaged near its byte {read:,} ({error}); what came"
                " before was read"
            )
            return
        read += len(step)
        if given > max(_MOST_UNPACKED, _MOST_TIMES * read):
            tell(
                f"the {kind.name} data unpacks to more than {_MOST_UNPACKED >> 30} GiB and"
                f" {_MOST_TIMES} times its size; what came before was read"
            )
            return
    if not members.ended:
        tell(
            f"the {kind.name} data ends early, at its byte {read:,}; what came before its end was"
            " read"
        )
