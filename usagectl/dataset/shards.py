"""The files of a format, dealt out in units, each of which its reader reads together.

What is small is read while files are still found, and is one unit. What is more than that is put
off until all files are known, and becomes units of about a size: whole runs or folders, as the
format wants it, and stretches of large files. What comes out does not depend on where the units
begin and end.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from usagectl.dataset.cache.store import Cache
from usagectl.dataset.counted_twice import copies
from usagectl.dataset.layout import layout_of
from usagectl.dataset.provenance import folder_tasks
from usagectl.dataset.units import Piece, Unit, UnitRead, finished
from usagectl.inputs.discovery import Sources, opened
from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Notice, Reject
from usagectl.readers.core.format import Apart, Format
from usagectl.readers.core.lines import Lines
from usagectl.readers.registry import claim, why_not

Progress = Callable[[int, int], None]

# Two records fit in here, of which no two files of different calls have the same.
_BEGINNING = 400


class Sizes(NamedTuple):
    """How much of a format is read while files are found, and how long a unit of the rest is.

    No file is read so that is longer than `file`.
    """

    at_once: int = 256 * 1024 * 1024
    file: int = 64 * 1024 * 1024
    unit: int = 32 * 1024 * 1024


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
        self._strict = strict
        self._beginnings: list[tuple[SourceFile, bytes]] = []
        self._lines = {
            part: Lines(shape, zone, strict=strict) for part, shape in reader.lines.items()
        }
        self._read: list[SourceFile] = []
        self._put_off: list[tuple[SourceFile, int]] = []
        self._bytes = 0

    def add(self, file: SourceFile) -> None:
        """Take a file, and read it if it is a line file and there is not too much already."""
        if file.part in self.reader.counted_twice:
            self._beginnings.append((file, file.beginning(_BEGINNING)))
        self.files.append(file)
        size = file.plain_size()
        if size is not None and self._is_full(size):
            self._put_off.append((file, size))
            file.forget()
        else:
            self._bytes += size or 0
            self._read_now(file)

    def _is_full(self, size: int) -> bool:
        # Once something was put off, what follows is too: calls stay in the order of the files.
        sizes = self._sizes
        return bool(self._put_off) or size > sizes.file or self._bytes + size > sizes.at_once

    def _read_now(self, file: SourceFile) -> None:
        if file.part in self._lines:
            self._lines[file.part].add(len(self._read), file)
        self._read.append(file)

    def read(self) -> UnitRead | None:
        """What is read already, when the last file is there and runs have their names."""
        self._take_back()
        if not self._read:
            return None
        records = {part: lines.records() for part, lines in self._lines.items()}
        unit = Unit(self.reader.name, self._zone, self._strict, self._pieces(self._read))
        return finished(self.reader, self._read, records, unit)

    def _take_back(self) -> None:
        """Read what was put off although it belongs together with what was read."""
        begun = {self._together(file) for file in self._read}
        put_off, self._put_off = self._put_off, []
        for file, size in put_off:
            if self._together(file) in begun:
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
        return Unit(self.reader.name, self._zone, self._strict, self._pieces(files))

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


class Dealt(NamedTuple):
    """The files of some runs, dealt out.

    `unclaimed` are the paths that no reader knows, each with the reason, `rejects` the files that
    could not be opened.
    """

    shards: tuple[Shard, ...]
    unclaimed: tuple[tuple[str, str], ...]
    rejects: tuple[Reject, ...]


def dealt(
    found: Sources,
    zone: str,
    sizes: Sizes,
    cache: Cache,
    *,
    strict: bool,
    progress: Progress | None,
) -> Dealt:
    """Open all files, and give each to its reader.

    Args:
        found: The files.
        zone: The time zone of timestamps without an offset.
        sizes: How much is read at once, and how long a unit is.
        cache: What was read before.
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
                shards[reader.name] = Shard(reader, zone, sizes, cache, strict=strict)
            shards[reader.name].add(file)
        elif file.trouble:
            rejects.append(Reject(file.path, 0, file.trouble))
        else:
            unclaimed.append((file.path, why_not(file)))
            file.forget()
        if progress:
            progress(done, len(found.files))
    return Dealt(tuple(shards.values()), tuple(unclaimed), tuple(rejects))
