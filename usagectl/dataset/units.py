"""A unit of work: the files, or the stretch of one, that a reader reads together.

A unit is plain data, so that it can be read here or by another process, and what was read of all
units can be put together in any order.
"""

import os
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.dataset.provenance import completed, files_table
from usagectl.inputs.file import SourceFile
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.notices import Doubt, Reject
from usagectl.model.schema import CALLS, STAGES
from usagectl.readers import registry
from usagectl.readers.core.format import Format
from usagectl.readers.core.lines import Lines, Records

_COUNTED_AT_ONCE = 16 * 1024 * 1024


class Piece(NamedTuple):
    """A file of a unit, or a stretch of it; see `SourceFile` for the fields of the same name.

    `location` is where it is, `folder_task` the task of calls of which none is stated. Of what a
    cache is to find, `digest` is that of the bytes of a stretch, and `identity` what was known of
    its file when that was made.
    """

    run: str
    path: str
    location: str
    folder: str
    part: str
    by_name: bool
    span: tuple[int, int] | None
    folder_task: str | None
    digest: str | None = None
    identity: str | None = None


class Unit(NamedTuple):
    """Pieces of one format, and how timestamps without an offset are read.

    `strict` is False where every line is to be read by itself, which changes nothing.
    """

    format: str
    zone: str
    strict: bool
    pieces: tuple[Piece, ...]


class UnitRead(NamedTuple):
    """What was read of a unit: canonical frames, what each file gave, and what is doubtful."""

    calls: pl.LazyFrame
    stages: pl.LazyFrame
    files: pl.DataFrame
    rejects: Sequence[Reject]
    doubts: Sequence[Doubt]


def read_unit(unit: Unit) -> UnitRead:
    """Read the pieces of a unit.

    Raises:
        NoAnswerError: A file is not there, where whoever reads this runs.
    """
    reader = registry.reader(unit.format)
    lines = {
        part: Lines(shape, unit.zone, strict=unit.strict) for part, shape in reader.lines.items()
    }
    files = [_opened(piece) for piece in unit.pieces]
    for index, file in enumerate(files):
        if file.part in lines:
            lines[file.part].add(index, file)
    records = {part: of_part.records() for part, of_part in lines.items()}
    return finished(reader, files, records, unit)


def finished(
    reader: Format, files: Sequence[SourceFile], records: dict[str, Records], unit: Unit
) -> UnitRead:
    """What a reader makes of the records of a unit's files.

    Args:
        reader: The format of the unit.
        files: Its files, in the order of its pieces.
        records: The records of the line files, by their part.
        unit: The unit.
    """
    reading = reader.read(files, records, unit.zone)
    tasks = [piece.folder_task for piece in unit.pieces]
    return UnitRead(
        completed(reading.calls, reader, files, tasks, CALLS),
        completed(reading.stages, reader, files, tasks, STAGES),
        files_table(reader, files, reading),
        _placed(reading.rejects, files),
        reading.doubts,
    )


def _opened(piece: Piece) -> SourceFile:
    file = SourceFile(piece.run, piece.location, piece.folder, regular=True, span=piece.span)
    if not os.path.exists(piece.location):
        raise NoAnswerError(f"{piece.path}: it is not there any more, or not on this machine")
    file.path, file.part, file.by_name = piece.path, piece.part, piece.by_name
    file.head()
    return file


def _placed(rejects: Sequence[Reject], files: Sequence[SourceFile]) -> list[Reject]:
    """The rejects, of which those of a stretch of a file get their line in the whole file."""
    starts = {file.path: (file.location, file.span[0]) for file in files if file.span}
    if not starts:
        return list(rejects)
    before = {
        path: _lines_before(*starts[path])
        for path in {reject.source for reject in rejects if reject.line} & starts.keys()
    }
    return [
        reject._replace(line=reject.line + before.get(reject.source, 0)) if reject.line else reject
        for reject in rejects
    ]


def _lines_before(location: str, end: int) -> int:
    count = 0
    with open(location, "rb", buffering=0) as file:
        while end > 0:
            block = file.read(min(end, _COUNTED_AT_ONCE))
            if not block:
                break
            count += block.count(b"\n")
            end -= len(block)
    return count
