"""Many line files to one raw frame: strict and fast when they are good, complete when not.

Small files are joined into large buffers and parsed together, because that is several times
faster than one by one. Where Polars refuses a buffer, it is halved until the damaged part is
small, and only that part is read line by line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from usagectl.content import BLOCK_BYTES, SourceFile
from usagectl.notices import Reject
from usagectl.readers import salvage
from usagectl.readers.fields import FieldError, Fields, convert, out_of_range, schema

Files: TypeAlias = Mapping[int, SourceFile]

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


class _Segment(NamedTuple):
    """A stretch of whole lines of one file."""

    file: int
    first_line: int
    lines: int
    data: bytes


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


def read_documents(
    files: Files,
    shape: Shape,
    extract: Callable[[bytes], Iterator[salvage.Found]],
) -> Records:
    """Read records out of files that are one JSON document each.

    Args:
        files: Files of one format by their index, which names them in the result.
        shape: What a record must look like.
        extract: The records of one document, and why something in it is none.
    """
    reading = _Reading(files, shape, strict=False)
    for index, file in files.items():
        reading.take(index, extract(file.read()))
    return reading.finish()


def read(files: Files, shape: Shape, *, strict: bool = True) -> Records:
    """Read all records of line files.

    Args:
        files: Files of one format by their index, which names them in the result.
        shape: What a record must look like.
        strict: False takes the salvage path for everything, which must change nothing.
    """
    reading = _Reading(files, shape, strict=strict)
    segments: list[_Segment] = []
    size = 0
    for index, file in files.items():
        line = 1
        for block in file.blocks():
            segment = _Segment(index, line, block.count(b"\n"), block)
            line += segment.lines
            size += len(block)
            segments += reading.prepared(segment)
            if size >= BLOCK_BYTES:
                reading.add(segments)
                segments, size = [], 0
    reading.add(segments)
    return reading.finish()


class _Reading:
    def __init__(self, files: Files, shape: Shape, *, strict: bool) -> None:
        self.files = files
        self.shape = shape
        self.schema = schema(shape.fields)
        self.strict = strict
        self.frames: list[pl.DataFrame] = []
        self.rejects: list[Reject] = []
        self.records = dict.fromkeys(files, 0)
        self.rejected = dict.fromkeys(files, 0)
        self.foreign = dict.fromkeys(files, 0)

    def prepared(self, segment: _Segment) -> Iterator[_Segment]:
        """Set aside what would make Polars refuse a whole buffer and is cheap to see."""
        data = segment.data
        if self.shape.mixed:
            yield self._without_foreign_lines(segment)
        elif data.endswith((b"}\n", b"}\r\n")):
            yield segment
        else:
            # A run that is still going on: only its last line waits for the salvage.
            cut = data.rfind(b"\n", 0, len(data) - 1) + 1
            head, tail = data[:cut], data[cut:]
            if head:
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
        self.records[segment.file] += foreign
        self.foreign[segment.file] += foreign
        return segment._replace(data=b"\n".join(lines))

    def add(self, segments: list[_Segment]) -> None:
        """Parse them together; where that fails, halve until the damage is small."""
        if not segments or (self.strict and self._parse(segments)):
            return
        if len(segments) == 1:
            self._narrow(segments[0])
            return
        middle = len(segments) // 2
        self.add(segments[:middle])
        self.add(segments[middle:])

    def _parse(self, segments: list[_Segment]) -> bool:
        data = b"".join([segment.data for segment in segments])
        try:
            frame = pl.read_ndjson(data, schema=self.schema)
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
            self.records[segment.file] += count
        self.frames.append(frame.insert_column(0, _file_column(segments, counts)))
        return True

    def _accepts(self, frame: pl.DataFrame) -> bool:
        refused = [out_of_range(self.shape.fields)]
        if self.shape.required:
            names = self.shape.required
            refused.append(pl.all_horizontal(pl.col(name).is_null() for name in names).any())
        return not frame.select(pl.any_horizontal(refused)).item()

    def _narrow(self, segment: _Segment) -> None:
        if not self.strict or len(segment.data) <= _SALVAGE_BYTES or _spans_lines(segment.data):
            self._salvage(segment)
            return
        middle = segment.data.find(b"\n", len(segment.data) // 2) + 1
        if not 0 < middle < len(segment.data):
            self._salvage(segment)
            return
        head, tail = segment.data[:middle], segment.data[middle:]
        lines = head.count(b"\n")
        first = segment.first_line + lines
        self.add([segment._replace(data=head, lines=lines)])
        self.add([_Segment(segment.file, first, segment.lines - lines, tail)])

    def _salvage(self, segment: _Segment) -> None:
        found = salvage.records(segment.data, segment.first_line, mixed=self.shape.mixed)
        self.take(segment.file, found)

    def take(self, file: int, found: Iterator[salvage.Found]) -> None:
        """Keep what can be read of the records of a file, and the reasons for what cannot."""
        rows: dict[str, list[Any]] = {name: [] for name in self.shape.fields}
        path = self.files[file].path
        kept = 0
        for line, value, reason in found:
            self.records[file] += 1
            try:
                if value is None:
                    raise FieldError(reason)  # noqa: TRY301
                record = self._record(value)
            except FieldError as error:
                self.rejects.append(Reject(path, line, str(error)))
                self.rejected[file] += 1
                continue
            kept += 1
            for name, field in record.items():
                rows[name].append(field)
        frame = pl.DataFrame(rows, schema=self.schema)
        of_file = pl.repeat(file, kept, dtype=pl.UInt32, eager=True).alias("file")
        self.frames.append(frame.insert_column(0, of_file))

    def _record(self, value: Mapping[str, Any]) -> dict[str, Any]:
        required = self.shape.required
        if required and all(value.get(name) is None for name in required):
            raise FieldError(f"no {' and no '.join(required)}: not a record of this format")
        if not self.shape.relevant(value):
            return convert(self.shape.fields, {name: value.get(name) for name in required})
        return convert(self.shape.fields, value)

    def finish(self) -> Records:
        empty = pl.DataFrame(schema={"file": pl.UInt32(), **self.schema})
        frame = pl.concat([empty, *self.frames])
        for index, file in self.files.items():
            if file.trouble:
                self.records[index] += 1
                self.rejected[index] += 1
                self.rejects.append(Reject(file.path, 0, file.trouble))
        counts = pl.DataFrame(
            {
                "file": list(self.files),
                "records": list(self.records.values()),
                "rejected": list(self.rejected.values()),
                "foreign": list(self.foreign.values()),
            },
            schema={"file": pl.UInt32, "records": pl.Int64, "rejected": pl.Int64, "foreign": pl.Int64},
        )
        return Records(frame, self.rejects, counts)


def _lines(data: bytes) -> int:
    return sum(1 for line in data.split(b"\n") if line.strip())


def _spans_lines(data: bytes) -> bool:
    """Whether the first line opens something that it does not close: a pretty-printed document."""
    first = next((line.strip() for line in data.split(b"\n", 20) if line.strip()), b"")
    return first in (b"{", b"[", b"[{")


def _file_column(segments: Sequence[_Segment], counts: Sequence[int]) -> pl.Series:
    files = pl.DataFrame(
        {"file": [segment.file for segment in segments], "count": list(counts)},
        schema={"file": pl.UInt32, "count": pl.UInt32},
    )
    repeated = files.select(pl.col("file").repeat_by("count").explode(empty_as_null=False))
    return repeated.get_column("file")
