"""The files of a format, which its reader reads together, each dealt out when it is opened."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import polars as pl

from usagectl.dataset.counted_twice import copies
from usagectl.dataset.provenance import completed, files_table
from usagectl.inputs.discovery import Sources, opened
from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Doubt, Notice, Reject
from usagectl.model.schema import CALLS, STAGES
from usagectl.readers.core.format import Format
from usagectl.readers.core.lines import Lines
from usagectl.readers.registry import claim, why_not

Progress = Callable[[int, int], None]

# Two records fit in here, of which no two files of different calls have the same.
_BEGINNING = 400


class ShardRead(NamedTuple):
    """What was read of a shard: canonical frames, what each file gave, and what is doubtful."""

    calls: pl.LazyFrame
    stages: pl.LazyFrame
    files: pl.DataFrame
    rejects: Sequence[Reject]
    doubts: Sequence[Doubt]


class Shard:
    """The files of one reader, of which the line files are read while others are still found."""

    def __init__(self, reader: Format, zone: str, *, strict: bool) -> None:
        """Take files of a reader; see `Lines` for the zone and `strict`."""
        self.reader = reader
        self.files: list[SourceFile] = []
        self._zone = zone
        self._beginnings: list[tuple[SourceFile, bytes]] = []
        self._lines = {
            part: Lines(shape, zone, strict=strict) for part, shape in reader.lines.items()
        }

    def add(self, file: SourceFile) -> None:
        """Take a file, and read it if it is a line file."""
        if file.part in self._lines:
            if file.part in self.reader.counted_twice:
                self._beginnings.append((file, file.beginning(_BEGINNING)))
            self._lines[file.part].add(len(self.files), file)
        self.files.append(file)

    def read(self) -> ShardRead:
        """Read what is left to read, when the last file is there and runs have their names."""
        records = {part: lines.records() for part, lines in self._lines.items()}
        reading = self.reader.read(self.files, records, self._zone)
        return ShardRead(
            completed(reading.calls, self.reader, self.files, CALLS),
            completed(reading.stages, self.reader, self.files, STAGES),
            files_table(self.reader, self.files, reading),
            reading.rejects,
            reading.doubts,
        )

    def copies(self) -> Iterator[Notice]:
        """The doubt that some files are copies of others."""
        return copies(self._beginnings)


class Dealt(NamedTuple):
    """The files of some runs, dealt out.

    `unclaimed` are the paths that no reader knows, each with the reason, `rejects` the files that
    could not be opened.
    """

    shards: tuple[Shard, ...]
    unclaimed: tuple[tuple[str, str], ...]
    rejects: tuple[Reject, ...]


def dealt(found: Sources, zone: str, *, strict: bool, progress: Progress | None) -> Dealt:
    """Open all files, and give each to its reader.

    Args:
        found: The files.
        zone: The time zone of timestamps without an offset.
        strict: False reads every line by itself.
        progress: Called with how many files were opened, out of how many.
    """
    shards: dict[str, Shard] = {}
    unclaimed = list(found.skipped)
    rejects = list(found.rejects)
    for done, file in enumerate(opened(found.files), 1):
        reader = claim(file)
        if reader is not None:
            if reader.name not in shards:
                shards[reader.name] = Shard(reader, zone, strict=strict)
            shards[reader.name].add(file)
        elif file.trouble:
            rejects.append(Reject(file.path, 0, file.trouble))
        else:
            unclaimed.append((file.path, why_not(file)))
            file.forget()
        if progress:
            progress(done, len(found.files))
    return Dealt(tuple(shards.values()), tuple(unclaimed), tuple(rejects))
