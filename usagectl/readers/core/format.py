"""What a reader is: the one value that a module of a format offers."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from usagectl.inputs.file import SourceFile
from usagectl.inputs.head import Head
from usagectl.readers.core.reading import Reading, Taken
from usagectl.readers.core.shape import Shape


class Format(NamedTuple):
    """A format of usage files, and how it is read.

    `convention` says how it counts cached and reasoning tokens, and how they are read.

    `detect` says how many records of the head of a file are of which of its kinds of file; a kind
    is told in words that tell a user why it was chosen. `read` gets all files of the format, the
    records of those that are line files by their kind, and the time zone of timestamps without an
    offset.

    `lines` are its kinds of line file, and what a record of each must look like. `file_names` give
    the kind by the name of a file, where damage or emptiness leaves nothing else to tell it by,
    `markers` by bytes that tell it wherever they stand in a long log. `counted_twice` are the kinds
    of line file of which a copy would be counted again.

    `run_name` gives the name that a run's own files have for its directory, `machines` describes
    the computers that runs were made on, by the paths of their files.
    """

    name: str
    convention: str
    detect: Callable[[Head], Mapping[str, int]]
    read: Callable[[Sequence[SourceFile], Taken, str], Reading]
    lines: Mapping[str, Shape] = {}
    file_names: Mapping[str, str] = {}
    markers: Mapping[bytes, str] = {}
    counted_twice: tuple[str, ...] = ()
    run_name: Callable[[str], str | None] | None = None
    machines: Callable[[Sequence[str]], frozenset[str]] | None = None
