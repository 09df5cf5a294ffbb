"""The files of one format, dealt out in units, each of which its reader reads together.

What is small is read while files are still found, and is one unit. What is more than that is put
off until all files are known, and becomes units of about a size: whole runs or folders, as the
format wants it, and stretches of large files. What comes out does not depend on where the units
begin and end.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from usagectl.dataset.cache.store import Cache
from usagectl.dataset.claims import Claim
from usagectl.dataset.counted_twice import copies
from usagectl.dataset.layout import layout_of
from usagectl.dataset.provenance import folder_tasks
from usagectl.dataset.remembered import keep, key_of, remembered
from usagectl.dataset.units import Piece, Unit, UnitRead, finished
from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Notice
from usagectl.readers.core.format import Apart, Format
from usagectl.readers.core.lines import Lines

# Two records fit in here, of which no two files of different calls have the same.
_BEGINNING = 400


class Sizes(NamedTuple):
    """How much of a format is read while files are found, and how long a unit of the rest is.

    No file is read so that is longer than `file`. Less than `kept` is read sooner than it is looked
    for in a cache.
    """

    at_once: int = 256 * 1024 * 1024
    file: int = 64 * 1024 * 1024
    unit: int = 32 * 1024 * 1024
    kept: int = 8 * 1024 * 1024

    @classmethod
    def growing(cls) -> "Sizes":
        """For files that are read again and again while they grow: most is found in a cache."""
        return cls(at_once=0, file=0, unit=4 * 1024 * 1024, kept=0)


class Shard:
    """The files of one reader, of which the line files are read while others are still found."""

    def __init__(
        self, reader: Format, zone: str, sizes: Sizes, cache: Cache, *, strict: bool
    ) -> None:
        """Take files of a reader; see `Lines` for the zone and `strict`."""
        self.reader = reader
        self.files: list[SourceFile] = []
        self._zone = zone
        self._sizes = sizes
        self._cache = cache
        self._began_ns = time.time_ns()
        self._strict = strict
        self._beginnings: list[tuple[SourceFile, str]] = []
        self._lines = {
            part: Lines(shape, zone, strict=strict) for part, shape in reader.lines.items()
        }
        self._read: list[SourceFile] = []
        self._unopened: list[SourceFile] = []
        self._put_off: list[tuple[SourceFile, int]] = []
        self._bytes = 0

    def add(self, file: SourceFile) -> Claim:
        """Take a file, and read it if it is a line file and there is not too much already.

        Returns:
            What is to be remembered of it.
        """
        begins = file.part in self.reader.counted_twice
        beginning = _digest(file.beginning(_BEGINNING)) if begins else ""
        name = self.reader.found_by
        claim = Claim(name, file.part, file.by_name, file.plain_size(), beginning)
        if self._takes(file, claim):
            self._read_now(file)
        else:
            file.forget()
        return claim

    def add_known(self, file: SourceFile, claim: Claim) -> None:
        """Take a file that was seen before, without opening it."""
        file.part, file.by_name = claim.part, claim.by_name
        if self._takes(file, claim):
            self._unopened.append(file)

    def _takes(self, file: SourceFile, claim: Claim) -> bool:
        """Whether a file is among those that are read at once; else it is put off."""
        if claim.beginning:
            self._beginnings.append((file, claim.beginning))
        self.files.append(file)
        if claim.size is not None and self._is_full(claim.size):
            self._put_off.append((file, claim.size))
            return False
        self._bytes += claim.size or 0
        return True

    def _is_full(self, size: int) -> bool:
        # Once something was put off, what follows is too: calls stay in the order of the files.
        sizes = self._sizes
        return bool(self._put_off) or size > sizes.file or self._bytes + size > sizes.at_once

    def _read_now(self, file: SourceFile) -> None:
        if file.part in self._lines:
            self._lines[file.part].add(len(self._read), file)
        self._read.append(file)

    def read(self) -> UnitRead | None:
        """What is read at once, when the last file is there and runs have their names."""
        self._take_back()
        files = self._unopened or self._read
        if not files:
            return None
        unit = self._unit(files)
        worth = self._cache.enabled and self._bytes >= self._sizes.kept
        key = key_of(unit, since_ns=self._began_ns) if worth else None
        if self._unopened:
            if key and (found := remembered(self._cache, key)):
                return found
            for file in self._unopened:
                file.head()
                self._read_now(file)
        records = {part: lines.records() for part, lines in self._lines.items()}
        read = finished(self.reader, self._read, records, unit)
        if key:
            read = read._replace(calls=read.calls.collect().lazy())
            keep(self._cache, key, unit, read)
        return read

    def _take_back(self) -> None:
        """Read what was put off although it belongs together with what was read."""
        begun = {self._together(file) for file in (*self._read, *self._unopened)}
        put_off, self._put_off = self._put_off, []
        for file, size in put_off:
            if self._together(file) in begun and self._unopened:
                self._unopened.append(file)
            elif self._together(file) in begun:
                file.head()
                self._read_now(file)
            else:
                self._put_off.append((file, size))

    @cached_property
    def _mixed(self) -> set[str]:
        """The runs with files that cannot be read without others, once all files are there."""
        return {file.run for file in self.files if file.part not in self.reader.apart}

    def _together(self, file: SourceFile) -> Hashable:
        """What files have in common that are read together."""
        apart = None if file.run in self._mixed else self.reader.apart.get(file.part)
        if apart is Apart.FILE:
            return file
        return (file.run, file.folder) if apart is Apart.FOLDER else file.run

    def units(self) -> Iterator[Unit]:
        """What is left to be read, in units, once `read` was called."""
        together: dict[Hashable, list[tuple[SourceFile, int]]] = defaultdict(list)
        for file, size in self._put_off:
            together[self._together(file)].append((file, size))
        waiting: list[SourceFile] = []
        length = 0
        for group in together.values():
            size = sum(size for _, size in group)
            if waiting and length + size > self._sizes.unit:
                yield self._unit(waiting)
                waiting, length = [], 0
            if len(group) == 1 and size > self._sizes.unit and group[0][0].run not in self._mixed:
                yield from self._blocks(*group[0])
                continue
            waiting += [file for file, _ in group]
            length += size
        if waiting:
            yield self._unit(waiting)

    def _blocks(self, file: SourceFile, size: int) -> Iterator[Unit]:
        how = (self.reader, self._zone, self._sizes.unit, self._cache)
        whole = self._unit([file])
        for block in layout_of(file, size, *how):
            (piece,) = whole.pieces
            yield whole._replace(pieces=(piece._replace(**block._asdict()),))

    def _unit(self, files: Sequence[SourceFile]) -> Unit:
        return Unit(self.reader.found_by, self._zone, self._strict, self._pieces(files))

    def _pieces(self, files: Sequence[SourceFile]) -> tuple[Piece, ...]:
        return tuple(
            Piece(
                *(file.run, file.path, file.location, file.folder, file.part, file.by_name, None),
                folder_task=self._tasks[id(file)],
            )
            for file in files
        )

    @cached_property
    def _tasks(self) -> dict[int, str | None]:
        """The task of each file's folder, once all files are there."""
        return dict(zip(map(id, self.files), folder_tasks(self.files), strict=True))

    def copies(self) -> Iterator[Notice]:
        """The doubt that some files are copies of others."""
        return copies(self._beginnings)


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()
