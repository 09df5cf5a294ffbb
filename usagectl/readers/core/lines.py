"""Many line files to one raw frame: strict and fast when they are good, complete when not.

Small files are joined into large buffers and parsed together, because that is several times
faster than one by one. Where Polars refuses a buffer, it is halved until the damaged part is
small, and only that part is read line by line.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import polars as pl

from usagectl.inputs.file import HEAD_BYTES, MOST_AT_ONCE, SourceFile
from usagectl.inputs.raw import BLOCK_BYTES
from usagectl.model.notices import Reject
from usagectl.readers.core import salvage
from usagectl.readers.core.batch import Batch, Segment, is_record
from usagectl.readers.core.shape import Shape

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Files: TypeAlias = Mapping[int, SourceFile]

_THREADS = 2


COUNTS = pl.Schema(
    {"file": pl.UInt32(), "records": pl.Int64(), "rejected": pl.Int64(), "foreign": pl.Int64()}
)


class Records(NamedTuple):
    """The records of some files.

    `frame` has `file` (the index into the files) and the raw fields, in the order of the files
    and of their lines. `counts` has a row per file: `file`, `records` (all of them), `rejected` and
    `foreign` (lines of somebody else), counted before anything is interpreted.
    """

    frame: pl.DataFrame
    rejects: list[Reject]
    counts: pl.DataFrame


class Lines:
    """The records of line files, which may be added one by one while they are found.

    Buffers that are full are parsed aside: Polars does not hold the interpreter while it parses,
    so the next files are opened meanwhile.
    """

    def __init__(self, shape: Shape, zone: str, *, strict: bool = True) -> None:
        """Take files of one shape.

        Args:
            shape: What a record must look like.
            zone: The time zone of timestamps without an offset.
            strict: False takes the salvage path for everything, which must change nothing.
        """
        self._batch = partial(Batch, shape, zone, strict=strict)
        self._shape = shape
        self._files: dict[int, SourceFile] = {}
        self._foreign: dict[int, int] = {}
        self._segments: list[Segment] = []
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None
        self._parsed: list[Future[Batch]] = []

    def add(self, index: int, file: SourceFile) -> None:
        """Read a file; `index` names it in the result, where files stand as they are added."""
        self._files[index] = file
        line = 1
        for block in file.blocks(BLOCK_BYTES if _has_records_by_line(file) else MOST_AT_ONCE):
            segment = Segment(index, line, block.count(b"\n"), block)
            line += segment.lines
            if block.isspace():
                continue
            self._size += len(block)
            self._segments += self._prepared(segment)
            if self._size >= BLOCK_BYTES:
                self._parse_aside()
        file.forget()

    def records(self) -> Records:
        """Everything that was read, once all files are added."""
        batches = [parsed.result() for parsed in self._parsed]
        if self._threads is not None:
            self._threads.shutdown()
        batches.append(self._batch().parsed(self._segments))
        self._segments = []
        return _joined(self._files, batches, self._foreign)

    def _parse_aside(self) -> None:
        if self._threads is None:
            from concurrent.futures import ThreadPoolExecutor

            self._threads = ThreadPoolExecutor(_THREADS)
        self._parsed.append(self._threads.submit(self._batch().parsed, self._segments))
        self._segments, self._size = [], 0

    def _prepared(self, segment: Segment) -> Iterator[Segment]:
        """Set aside what would make Polars refuse a whole buffer and is cheap to see."""
        if self._shape.only is not None:
            segment = self._without_others(segment, self._shape.only)
        data = segment.data
        if self._shape.mixed:
            yield self._without_foreign_lines(segment)
        elif data.endswith((b"}\n", b"}\r\n")):
            yield segment
        else:
            # A run that is still going on: only its last line waits for the salvage.
            cut = data.rfind(b"\n", 0, len(data) - 1) + 1
            head, tail = data[:cut], data[cut:]
            if not head.endswith((b"}\n", b"}\r\n")) or not tail.startswith(b"{"):
                # It is not one record a line; as a whole it may still be told apart.
                yield segment
                return
            yield segment._replace(data=head, lines=segment.lines - 1)
            line = segment.first_line + segment.lines - 1
            yield Segment(segment.file, line, 1, tail)

    def _without_others(self, segment: Segment, only: re.Pattern[bytes]) -> Segment:
        """Blank out records that are surely none that the reader will use."""
        data, passed = without_lines(segment.data, only)
        self._foreign[segment.file] = self._foreign.get(segment.file, 0) + passed
        return segment._replace(data=data)

    def _without_foreign_lines(self, segment: Segment) -> Segment:
        """Blank out the lines of others, so that the line numbers of ours stay."""
        if segment.data.startswith(b"{") and segment.data.count(b"\n{") == segment.lines - 1:
            # The usual block has none.
            return segment
        lines = segment.data.split(b"\n")
        foreign = 0
        for i, line in enumerate(lines):
            if line and not line.lstrip().startswith(b"{"):
                foreign += bool(line.strip())
                lines[i] = b""
        self._foreign[segment.file] = self._foreign.get(segment.file, 0) + foreign
        return segment._replace(data=b"\n".join(lines))


def without_lines(data: bytes, only: re.Pattern[bytes]) -> tuple[bytes, int]:
    """A text in which records without a mark are blank lines, and how many there were.

    What is no record stays: it is damage, which has to be told.
    """
    search = only.search
    lines = data.split(b"\n")
    passed = 0
    for i, line in enumerate(lines):
        if search(line) is None and is_record(line.rstrip()):
            lines[i] = b""
            passed += 1
    return b"\n".join(lines), passed


def read_documents(
    files: Files,
    shape: Shape,
    zone: str,
    extract: Callable[[bytes], Iterator[salvage.Found]],
) -> Records:
    """Read records out of files that are one JSON document each.

    Args:
        files: Files of one format by their index, which names them in the result.
        shape: What a record must look like.
        zone: The time zone of timestamps without an offset.
        extract: The records of one document, and why something in it is none.
    """

    def find(file: SourceFile) -> Iterator[salvage.Found]:
        data = file.read()
        if data or not file.trouble:
            yield from extract(data)

    return read_found(files, shape, zone, find)


def read_found(
    files: Files,
    shape: Shape,
    zone: str,
    find: Callable[[SourceFile], Iterator[salvage.Found]],
) -> Records:
    """Read records that are looked for in a file one by one; see `read_documents`."""
    batch = Batch(shape, zone, strict=False)
    for index, file in files.items():
        batch.take(index, find(file))
    return _joined(files, [batch], {})


def _joined(files: Files, batches: Sequence["Batch"], foreign: Mapping[int, int]) -> Records:
    rejects = [
        Reject(files[index].path, line, reason)
        for batch in batches
        for index, line, reason in batch.rejects
    ]
    good: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    for batch in batches:
        good.update(batch.good)
        bad.update(batch.bad)
    for index, file in files.items():
        if file.trouble:
            bad[index] += 1
            rejects.append(Reject(file.path, 0, file.trouble))
    counts = [(i, good[i] + bad[i] + foreign.get(i, 0), bad[i], foreign.get(i, 0)) for i in files]
    return Records(
        pl.concat([frame for batch in batches for frame in batch.frames] or [batches[0].empty()]),
        rejects,
        pl.DataFrame(counts, schema=COUNTS, orient="row"),
    )


def _has_records_by_line(file: SourceFile) -> bool:
    """Whether the file may be cut between its lines: one of the first is a record by itself."""
    head = file.beginning(HEAD_BYTES)
    # The usual file is told by its first bytes.
    if head.startswith(b'{"'):
        return True
    lines = head.split(b"\n", _FIRST_LINES)
    return len(lines) == 1 or any(is_record(line.strip()) for line in lines)


_FIRST_LINES = 20
