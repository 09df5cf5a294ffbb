"""An entry of the cache as one file: a Parquet file that holds what is told of it in its metadata.

So a frame and what is told of it can never be apart, and the frame is scanned where it lies.
The metadata has the name of the entry and a sum over every byte of the file: an entry that lost an
end or a bit, or lies under another's name, is none. Polars would find the former late and only
where it reads, the latter never.
"""

import base64
import io
import json
import os
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

MAGIC = b"PAR1"

# In the metadata: the mark, the name, the sum, what is told (text without a dot), a dot.
_KEY = "usagectl"
_MARK = b"usagectl-entry"
_NO_SUM = b"00000000"
_END_BYTES = 8
_AT_ONCE = 1024 * 1024


class Entry(NamedTuple):
    """What the cache kept: where its frame lies, what was told of it, and smaller frames.

    The file may be gone at any time, as when another process needs its room: whoever scans it
    must be ready to read the source instead. What was opened before stays readable.
    """

    path: str
    meta: Any
    packed: Mapping[str, str]

    def scan(self) -> pl.LazyFrame:
        """The frame, of which only what is asked for is read."""
        return pl.scan_parquet(self.path, glob=False, hive_partitioning=False)

    def more(self, name: str) -> pl.DataFrame:
        """One of the frames that were kept beside it."""
        return pl.read_ipc(io.BytesIO(base64.b64decode(self.packed[name])))


def sealed(name: str, frame: pl.DataFrame, meta: Any, more: Mapping[str, pl.DataFrame]) -> bytes:
    """An entry as bytes.

    Args:
        name: What it is kept under.
        frame: Its frame.
        meta: What JSON can say of it.
        more: Frames that are much smaller, which are read whole.
    """
    packed = {}
    for part, beside in more.items():
        written = io.BytesIO()
        beside.write_ipc(written, compression="zstd")
        packed[part] = base64.b64encode(written.getvalue()).decode()
    told = zlib.compress(json.dumps({"meta": meta, "more": packed}).encode(), 1)
    head = b"%b:%b:" % (_MARK, name.encode())
    value = b"%b%b:%b." % (head, _NO_SUM, base64.b64encode(told))
    file = io.BytesIO()
    frame.write_parquet(
        file,
        compression="zstd",
        compression_level=1,
        statistics=False,
        metadata={_KEY: value.decode()},
    )
    data = file.getvalue()
    at = data.rindex(head) + len(head)
    return b"%b%08x%b" % (data[:at], zlib.crc32(data), data[at + len(_NO_SUM) :])


def unsealed(name: str, path: str, descriptor: int) -> Entry | None:
    """The entry in an open file; null where it is not whole, or no entry of this name."""
    size = os.fstat(descriptor).st_size
    end = os.pread(descriptor, _END_BYTES, max(size - _END_BYTES, 0))
    start = size - _END_BYTES - int.from_bytes(end[:4], "little")
    if end[4:] != MAGIC or start < len(MAGIC):
        return None
    footer = os.pread(descriptor, size - start, start)
    head = b"%b:%b:" % (_MARK, name.encode())
    at = footer.rfind(head) + len(head)
    after = at + len(_NO_SUM)
    if at < len(head):
        return None
    without_sum = b"%b%b%b" % (footer[:at], _NO_SUM, footer[after:])
    if footer[at:after] != b"%08x" % zlib.crc32(without_sum, _sum_of(descriptor, start)):
        return None
    told = base64.b64decode(footer[after + 1 : footer.index(b".", after)])
    parts = json.loads(zlib.decompress(told))
    return Entry(path, parts["meta"], parts["more"])


def _sum_of(descriptor: int, size: int) -> int:
    """The sum over the beginning of a file; of a file that ends before it, over what there is."""
    found = at = 0
    while at < size and (block := os.pread(descriptor, min(_AT_ONCE, size - at), at)):
        found = zlib.crc32(block, found)
        at += len(block)
    return found
