"""Many line files to one raw frame: strict and fast when they are good, complete when not.

Small files are joined into large buffers and parsed together, because that is several times
faster than one by one. Where Polars refuses a buffer, it is halved until the damaged part is
small, and only that part is read line by line.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import polars as pl

from usagectl.content import BLOCK_BYTES, HEAD_BYTES, SourceFile
from usagectl.notices import Reject
from usagectl.readers import salvage
from usagectl.readers.fields import FieldError, Fields, convert, out_of_range, schema, with_times

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Files: TypeAlias = Mapping[int, SourceFile]

_THREADS = 2
# Below this a damaged file is read line by line as a whole, so that objects may span lines.
_SALVAGE_BYTES = 1024 * 1024


class Records(NamedTuple):
    """The records of some files.

    `frame` has `file` (the index into the files) and the raw fields, in the order of the files
    and of their lines. `counts` has a row per file: `file`, `records` (all of them), `rejected` and
    `foreign` (lines of somebody else), counted before anything is interpreted.
    """

    frame: pl.DataFrame
    rejects: list[Reject]
    counts: pl.DataFrame


COUNTS = pl.Schema(
    {"file": pl.UInt32(), "records": pl.Int64(), "rejected": pl.Int64(), "foreign": pl.Int64()}
)


class _Segment(NamedTuple):
    """A stretch of whole lines of one file."""

    file: int
    first_line: int
    lines: int
    data: bytes


# So many lines in a row that are no record are no damage but another shape of file.
_MAX_LINES_APART = 1000


class Shape(NamedTuple):
    """What a reader expects of a line file.

    `required`: at least one of these must be there, or the record is none of this format (nothing
    is required where this is empty).
    `relevant`: whether a record is one that the reader will use; the values of others are not
    checked. `mixed`: lines that are no JSON object belong to somebody else.
    """

    fields: Fields
    required: tuple[str, ...]
    relevant: Callable[[Mapping[str, Any]], bool] = lambda _: True
    mixed: bool = False


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
        self._batch = partial(_Batch, shape, zone, strict=strict)
        self._shape = shape
        self._files: dict[int, SourceFile] = {}
        self._foreign: dict[int, int] = {}
        self._segments: list[_Segment] = []
        self._size = 0
        self._threads: ThreadPoolExecutor | None = None
        self._parsed: list[Future[_Batch]] = []

    def add(self, index: int, file: SourceFile) -> None:
        """Read a file; `index` names it in the result, where files stand as they are added."""
        self._files[index] = file
        line = 1
        for block in file.blocks() if _has_records_by_line(file) else [file.read()]:
            segment = _Segment(index, line, block.count(b"\n"), block)
            line += segment.lines
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

    def _prepared(self, segment: _Segment) -> Iterator[_Segment]:
        """Set aside what would make Polars refuse a whole buffer and is cheap to see."""
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
            yield _Segment(segment.file, line, 1, tail)

    def _without_foreign_lines(self, segment: _Segment) -> _Segment:
        """Blank out the lines of others, so that the line numbers of ours stay."""
        lines = segment.data.split(b"\n")
        foreign = 0
        for i, line in enumerate(lines):
            if line and not line.lstrip().startswith(b"{"):
                foreign += bool(line.strip())
                lines[i] = b""
        self._foreign[segment.file] = self._foreign.get(segment.file, 0) + foreign
        return segment._replace(data=b"\n".join(lines))


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
    batch = _Batch(shape, zone, strict=False)
    for index, file in files.items():
        batch.take(index, extract(file.read()))
    return _joined(files, [batch], {})


def _joined(files: Files, batches: Sequence["_Batch"], foreign: Mapping[int, int]) -> Records:
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


class _Batch:
    """Some segments, parsed: their frames in order, what was refused, and counts by file."""

    def __init__(self, shape: Shape, zone: str, *, strict: bool) -> None:
        self._shape = shape
        self._zone = zone
        self._strict = strict
        self._schema = schema(shape.fields)
        self.frames: list[pl.DataFrame] = []
        self.rejects: list[tuple[int, int, str]] = []
        self.good: Counter[int] = Counter()
        self.bad: Counter[int] = Counter()

    def empty(self) -> pl.DataFrame:
        """The columns of a frame of which nothing was read."""
        frame = with_times(pl.DataFrame(schema=self._schema), self._shape.fields, self._zone)
        return frame.insert_column(0, pl.Series("file", [], pl.UInt32))

    def parsed(self, segments: list[_Segment]) -> "_Batch":
        """Parse them together; where that fails, halve until the damage is small."""
        if not segments or (self._strict and self._parse_strictly(segments)):
            return self
        if len(segments) == 1:
            self._narrow(segments[0])
        else:
            middle = len(segments) // 2
            self.parsed(segments[:middle])
            self.parsed(segments[middle:])
        return self

    def _parse_strictly(self, segments: list[_Segment]) -> bool:
        data = b"".join([segment.data for segment in segments])
        try:
            frame = pl.read_ndjson(data, schema=self._schema)
        except pl.exceptions.PolarsError:
            return False
        counts = [segment.lines for segment in segments]
        if frame.height != sum(counts):
            counts = [_lines(segment.data) for segment in segments]
            if frame.height != sum(counts):
                return False
        if frame.height and not self._accepts(frame):
            return False
        for segment, count in zip(segments, counts, strict=True):
            self.good[segment.file] += count
        self._keep(frame, _file_column(segments, counts))
        return True

    def _keep(self, frame: pl.DataFrame, files: pl.Series) -> None:
        timed = with_times(frame, self._shape.fields, self._zone)
        self.frames.append(timed.insert_column(0, files))

    def _accepts(self, frame: pl.DataFrame) -> bool:
        refused = [out_of_range(self._shape.fields)]
        if self._shape.required:
            names = self._shape.required
            refused.append(pl.all_horizontal(pl.col(name).is_null() for name in names).any())
        return not frame.select(pl.any_horizontal(refused)).item()

    def _narrow(self, segment: _Segment) -> None:
        """Salvage a small part of a file, or halve a large one between two records."""
        middle = _between_records(segment.data)
        if not self._strict or len(segment.data) <= _SALVAGE_BYTES or not middle:
            found = salvage.records(segment.data, segment.first_line, mixed=self._shape.mixed)
            self.take(segment.file, found)
            return
        head, tail = segment.data[:middle], segment.data[middle:]
        lines = head.count(b"\n")
        first = segment.first_line + lines
        self.parsed([segment._replace(data=head, lines=lines)])
        self.parsed([_Segment(segment.file, first, segment.lines - lines, tail)])

    def take(self, index: int, found: Iterator[salvage.Found]) -> None:
        """Keep what can be read of the records of a file, and the reasons for what cannot."""
        rows: dict[str, list[Any]] = {name: [] for name in self._shape.fields}
        kept = 0
        for line, value, reason in found:
            try:
                if value is None:
                    raise FieldError(reason)  # noqa: TRY301
                record = self._record(value)
            except FieldError as error:
                self.bad[index] += 1
                self.rejects.append((index, line, str(error)))
                continue
            kept += 1
            for name, field in record.items():
                rows[name].append(field)
        self.good[index] += kept
        frame = pl.DataFrame(rows, schema=self._schema)
        self._keep(frame, pl.repeat(index, kept, dtype=pl.UInt32, eager=True).alias("file"))

    def _record(self, value: Mapping[str, Any]) -> dict[str, Any]:
        required = self._shape.required
        if required and all(value.get(name) is None for name in required):
            raise FieldError(f"no {' and no '.join(required)}: not a record of this format")
        if not self._shape.relevant(value):
            return convert(self._shape.fields, {name: value.get(name) for name in required})
        return convert(self._shape.fields, value)


def _lines(data: bytes) -> int:
    return sum(1 for line in data.split(b"\n") if line.strip())


def _has_records_by_line(file: SourceFile) -> bool:
    """Whether the file may be cut between its lines: one of the first is a record by itself."""
    head = file.beginning(HEAD_BYTES)
    # The usual file is told by its first bytes.
    if head.startswith(b'{"'):
        return True
    lines = head.split(b"\n", _FIRST_LINES)
    return len(lines) == 1 or any(_is_record(line.strip()) for line in lines)


def _is_record(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}") and len(line) > len(b"{}")


_FIRST_LINES = 20


def _between_records(data: bytes) -> int:
    """Where in the middle of a text a record begins that has a line of its own; 0 for nowhere."""
    at = data.find(b"\n", len(data) // 2) + 1
    for _ in range(_MAX_LINES_APART):
        end = data.find(b"\n", at)
        if not at or end < 0:
            return 0
        if _is_record(data[at:end].rstrip()):
            return at
        at = end + 1
    return 0


def _file_column(segments: Sequence[_Segment], counts: Sequence[int]) -> pl.Series:
    files = pl.DataFrame(
        {"file": [segment.file for segment in segments], "count": list(counts)},
        schema={"file": pl.UInt32, "count": pl.UInt32},
    )
    repeated = files.select(pl.col("file").repeat_by("count").explode(empty_as_null=False))
    return repeated.get_column("file")
