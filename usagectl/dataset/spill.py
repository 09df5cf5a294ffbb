"""Frames that do not fit into memory together, in a temporary directory of this process.

What is evaluated of them goes through Polars' streaming engine, one query after the other.
"""

import atexit
import contextlib
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import polars as pl

from usagectl.model import interrupts
from usagectl.model.exceptions import NoAnswerError

_NAME = "usagectl-"
# Several groups are read ahead and held at once.
_ROWS = 50_000
# Of what goes through a query, as many pieces are held as there are steps and processors.
_ROWS_AT_ONCE = 20_000
_OS_ERROR = re.compile(r"([^: ][^:]*) \(os error \d+\)")
_numbers = itertools.count()


def new_file() -> Path:
    """Where a file may be written that is removed when the process ends."""
    return _directory() / f"{next(_numbers)}.parquet"


@contextlib.contextmanager
def needing_room() -> Iterator[None]:
    """Say what it means that such a file could not be written.

    Raises:
        NoAnswerError: It could not.
    """
    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        # Polars' own words for what the system said.
        why = error.strerror if isinstance(error, OSError) else _OS_ERROR.search(str(error))
        if why is None:
            raise
        raise NoAnswerError(
            f"calls that do not fit into memory wait in {tempfile.gettempdir()!r}, which cannot be"
            f" written ({why if isinstance(why, str) else why[1]}): name another directory with"
            " TMPDIR"
        ) from None


def empty() -> None:
    """Remove all such files: nothing that was read so far is looked at any more."""
    for path in _directory().iterdir():
        path.unlink(missing_ok=True)


def evaluated(frame: pl.LazyFrame, *, large: bool) -> pl.LazyFrame:
    """The same rows, evaluated once: in memory, or in a file where they are large."""
    if not large:
        return frame.collect().lazy()
    path = new_file()
    with needing_room(), pl.Config(streaming_chunk_size=_ROWS_AT_ONCE):
        frame.sink_parquet(path, compression="lz4", statistics=False, row_group_size=_ROWS)
    return pl.scan_parquet(path)


def collected(frames: Sequence[pl.LazyFrame], *, large: bool) -> list[pl.DataFrame]:
    """Several frames of the same rows, none of which is large itself."""
    if large:
        return [frame.collect(engine="streaming") for frame in frames]
    return pl.collect_all(frames)


def row_by_row(
    frame: pl.LazyFrame, change: Callable[[pl.LazyFrame], pl.LazyFrame], *, large: bool
) -> pl.LazyFrame:
    """A frame of which each row changes by itself, though Polars cannot know that.

    Looking values up in a series is such a change: the streaming engine would hold all rows for it.
    """
    if not large:
        return change(frame)
    return frame.map_batches(
        lambda rows: change(rows.lazy()).collect(),
        schema=change(frame).collect_schema(),
        streamable=True,
    )


@cache
def _directory() -> Path:
    _remove_left_over()
    with needing_room():
        path = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    interrupts.undo_at_end(lambda: shutil.rmtree(path, ignore_errors=True))
    return path


def _remove_left_over() -> None:
    """Remove what processes left that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_NAME}*-*"):
        pid = path.name.removeprefix(_NAME).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)
