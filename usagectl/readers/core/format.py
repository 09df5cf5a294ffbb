"""What a reader is: the one value that a module of a format offers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.batch import is_record
from usagectl.readers.core.reading import Reading, Taken
from usagectl.readers.core.shape import Shape

MAP = "map:"
"""How the key of a format begins that a user's map makes."""


class Apart(Enum):
    """What a file of a kind can be read without: all other files, or those of other folders."""

    FILE = "file"
    FOLDER = "folder"


class Surroundings(NamedTuple):
    """What is known of some lines besides themselves, when a place to cut is looked for.

    `kind` is that of their file, `zone` the time zone of timestamps without an offset. `before`
    gives what stands before them in the part that would end among them, in blocks from the last.
    """

    kind: str
    zone: str
    before: Callable[[], Iterator[bytes]]


def between_lines(lines: Sequence[bytes], around: Surroundings) -> int | None:
    """Where to cut a file in which no line needs another: in the middle."""
    del around
    return len(lines) // 2 or None


def between_records(lines: Sequence[bytes], around: Surroundings) -> int | None:
    """The same where records are JSON: between two that have a line each."""
    at = between_lines(lines, around)
    return at if at and is_record(lines[at - 1]) and is_record(lines[at]) else None


class About(NamedTuple):
    """What a user should know of a format: its files, what is special, what is unknown."""

    files: str
    special: str
    unknown: str


class Format(NamedTuple):
    """A format of usage files, and how it is read.

    `about` is its row in `docs/formats.md`. `convention` says how it counts cached and reasoning
    tokens, and how they are read.

    `detect` says how many records of the head of a file are of which of its kinds of file; a kind
    is told in words that tell a user why it was chosen. `read` gets all files of the format, the
    records of those that are line files by their kind, and the time zone of timestamps without an
    offset.

    `lines` are its kinds of line file, and what a record of each must look like. `file_names` give
    the kind by the name of a file, where damage or emptiness leaves nothing else to tell it by,
    `markers` by bytes that tell it wherever they stand in a long log. `counted_twice` are the kinds
    of line file of which a copy would be counted again.

    `apart` are the kinds of file that can be read without others of their run, where it holds no
    files of a kind that is not among them. `cut` says where a long file of one of them may be cut
    in two, which are then read one without the other: of some whole lines in the midst of it, it
    names the first of the second part, or None where there is no such place among them.

    `run_name` gives the name that a run's own files have for its directory, `machines` describes
    the computers that runs were made on, by the paths of their files. `key` is what it is found
    again by, where that is not its name.
    """

    name: str
    about: About
    convention: str
    detect: Callable[[Head], Mapping[str, int]]
    read: Callable[[Sequence[SourceFile], Taken, str], Reading]
    lines: Mapping[str, Shape] = {}
    file_names: Mapping[str, str] = {}
    markers: Mapping[bytes, str] = {}
    counted_twice: tuple[str, ...] = ()
    apart: Mapping[str, Apart] = {}
    cut: Callable[[Sequence[bytes], "Surroundings"], int | None] | None = None
    run_name: Callable[[str], str | None] | None = None
    machines: Callable[[Sequence[str]], frozenset[str]] | None = None
    key: str = ""

    @property
    def found_by(self) -> str:
        """The name by which the registry finds it again."""
        return self.key or self.name
