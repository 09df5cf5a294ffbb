"""Files that hold others, or tables: zip archives and SQLite databases, read where they lie."""

import contextlib
import os
import sqlite3
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from usagectl.inputs.file import MOST_AT_ONCE, SourceFile
from usagectl.model.urls import is_url

ZIP = b"PK\x03\x04"
SQLITE = b"SQLite format 3\0"

_ZSTD = 93
_LOCAL_HEADER = 30
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError,
           ValueError)  # fmt: skip


@contextlib.contextmanager
def on_disk(file: SourceFile) -> Iterator[str]:
    """Where the content of a file lies: itself, or a copy where it is fetched or unpacked."""
    if file.plain_size() is not None and file.span is None and not is_url(file.location):
        yield file.location
        return
    with tempfile.NamedTemporaryFile(prefix="usagectl-") as copy:
        for block in file.bytes_in_blocks():
            copy.write(block)
        copy.flush()
        yield copy.name


def members(
    file: SourceFile, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes | None, str]]:
    """The members of a zip archive: name, content, and why there is none.

    Args:
        file: The archive. One that is cut has lost the list of its members: nothing is read of it.
        wanted: Whether a name is of a member to be read.
    """
    with on_disk(file) as path, contextlib.ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
        except _BROKEN as error:
            yield "", None, f"the zip archive is damaged: {error}"
            return
        for member in archive.infolist():
            if not wanted(member.filename):
                continue
            try:
                data = _content(archive, member, path)
            except _BROKEN as error:
                yield member.filename, None, f"{member.filename} in the archive: {error}"
            else:
                yield member.filename, data, ""


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str) -> bytes:
    if member.file_size > MOST_AT_ONCE:
        raise ValueError(f"a document of more than {MOST_AT_ONCE >> 20} MiB")
    if member.compress_type != _ZSTD:
        with archive.open(member) as opened:
            data = opened.read(MOST_AT_ONCE + 1)
    else:
        data = _unpacked(member, path)
    if len(data) > MOST_AT_ONCE:
        raise ValueError(f"a document of more than {MOST_AT_ONCE >> 20} MiB")
    return data


def _unpacked(member: zipfile.ZipInfo, path: str) -> bytes:
    """A member that is compressed with Zstandard, which `zipfile` knows from Python 3.14 on."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    with open(path, "rb") as raw:
        raw.seek(member.header_offset)
        header = raw.read(_LOCAL_HEADER)
        skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        raw.seek(member.header_offset + _LOCAL_HEADER + skipped)
        packed = raw.read(member.compress_size)
    try:
        data: bytes = zstd.ZstdDecompressor().decompress(packed, max_length=MOST_AT_ONCE + 1)
    except zstd.ZstdError as error:
        raise ValueError(str(error)) from None
    if zlib.crc32(data) != member.CRC:
        raise ValueError("its checksum is wrong")
    return data


def rows_of(
    file: SourceFile, table: str, columns: Sequence[str], order: str = "rowid"
) -> Iterator[dict[str, Any] | str]:
    """The rows of a table of a SQLite database, and in the place of what cannot be read the reason.

    Args:
        file: The database, which is opened for reading alone.
        table: The table; where there is none there are no rows.
        columns: The columns; one that the table does not have is null.
        order: What rows are ordered by.
    """
    with on_disk(file) as path:
        try:
            with contextlib.closing(_opened(path)) as opened:
                yield from _selected(opened, table, columns, order)
        except sqlite3.Error as error:
            yield f"the SQLite database is damaged or in use: {error}"


def _opened(path: str) -> sqlite3.Connection:
    name = os.path.abspath(path).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        opened = sqlite3.connect(f"file:{name}?mode=ro", uri=True)
        opened.execute("select 1 from sqlite_master limit 1").fetchone()
    except sqlite3.Error:
        # Where its folder cannot be written, what waits in its journal cannot be read either.
        opened = sqlite3.connect(f"file:{name}?mode=ro&immutable=1", uri=True)
    opened.text_factory = lambda data: data.decode("utf-8", "replace")
    return opened


def _selected(
    opened: sqlite3.Connection, table: str, columns: Sequence[str], order: str
) -> Iterator[dict[str, Any] | str]:
    there = {row[1] for row in opened.execute(f'pragma table_info("{table}")')}
    if not there:
        return
    known = [name for name in columns if name in there]
    listed = ", ".join(f'"{name}"' for name in known) or "null"
    # The names are the reader's own.
    query = f'select {listed} from "{table}" order by {order}'  # noqa: S608
    for row in opened.execute(query):
        yield dict(zip(known, row, strict=False))
