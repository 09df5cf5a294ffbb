"""Stretches of line files to one raw frame: strictly where they are good, else line by line."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.readers.core import salvage
from usagectl.readers.core.fields import FieldError, convert, doubtful, readable, schema, with_times
from usagectl.readers.core.shape import Shape

# Below this a damaged file is read line by line as a whole, so that objects may span lines.
_SALVAGE_BYTES = 1024 * 1024


class Segment(NamedTuple):
    """A stretch of whole lines of one file."""

    file: int
    first_line: int
    lines: int
    data: bytes


# So many lines in a row that are no record are no damage but another shape of file.
_MAX_LINES_APART = 1000


class Batch:
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
        return self._shape.reduced(frame).insert_column(0, pl.Series("file", [], pl.UInt32))

    def parsed(self, segments: list[Segment]) -> "Batch":
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

    def _parse_strictly(self, segments: list[Segment]) -> bool:
        # Behind an empty line, or Polars would unpack what begins as if it were compressed.
        data = b"".join([b"\n", *(segment.data for segment in segments)])
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
        self.frames.append(self._shape.reduced(timed).insert_column(0, files))

    def _accepts(self, frame: pl.DataFrame) -> bool:
        refused = [doubtful(self._shape.fields)]
        if self._shape.required:
            names = self._shape.required
            refused.append(pl.all_horizontal(pl.col(name).is_null() for name in names).any())
        return not frame.select(pl.any_horizontal(refused)).item()

    def _narrow(self, segment: Segment) -> None:
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
        self.parsed([Segment(segment.file, first, segment.lines - lines, tail)])

    def take(self, index: int, found: Iterator[salvage.Found]) -> None:
        """Keep what can be read of the records of a file, and the reasons for what cannot."""
        rows: dict[str, list[Any]] = {name: [] for name in self._shape.fields}
        kept = 0
        for each in found:
            try:
                record = self._deep(each.text) or self._record(each)
            except FieldError as error:
                self.bad[index] += 1
                self.rejects.append((index, each.line, str(error)))
                continue
            kept += 1
            for name, field in record.items():
                rows[name].append(field)
        self.good[index] += kept
        frame = pl.DataFrame(rows, schema=self._schema)
        self._keep(frame, pl.repeat(index, kept, dtype=pl.UInt32, eager=True).alias("file"))

    def _deep(self, text: str) -> dict[str, Any] | None:
        """What Polars reads of a record that may be nested too deeply for Python."""
        if not text:
            return None
        try:
            frame = pl.read_ndjson(text.encode(), schema=self._schema)
        except pl.exceptions.PolarsError:
            return None
        return frame.row(0, named=True) if frame.height == 1 and self._accepts(frame) else None

    def _record(self, found: salvage.Found) -> dict[str, Any]:
        value, required = found.value, self._shape.required
        if value is None:
            raise FieldError(found.reason)
        if required and all(value.get(name) is None for name in required):
            raise FieldError(f"no {' and no '.join(required)}: not a record of this format")
        try:
            if self._shape.relevant(value):
                return convert(self._shape.fields, value)
            needed = {name: self._shape.fields[name] for name in required}
            return readable(self._shape.fields, value) | convert(needed, value)
        except RecursionError:
            raise FieldError("nested too deeply") from None


_NOT_BLANK = re.compile(rb"\S.*")


def _lines(data: bytes) -> int:
    return sum(1 for _ in _NOT_BLANK.finditer(data))


def is_record(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}") and len(line) > len(b"{}")


def _between_records(data: bytes) -> int:
    """Where in the middle of a text a record begins that has a line of its own; 0 for nowhere."""
    at = data.find(b"\n", len(data) // 2) + 1
    for _ in range(_MAX_LINES_APART):
        end = data.find(b"\n", at)
        if not at or end < 0:
            return 0
        if is_record(data[at:end].rstrip()):
            return at
        at = end + 1
    return 0


def _file_column(segments: Sequence[Segment], counts: Sequence[int]) -> pl.Series:
    files = pl.DataFrame(
        {"file": [segment.file for segment in segments], "count": list(counts)},
        schema={"file": pl.UInt32, "count": pl.UInt32},
    )
    repeated = files.select(pl.col("file").repeat_by("count").explode(empty_as_null=False))
    return repeated.get_column("file")
