"""Frames that do not fit into memory together, in a temporary directory of this process."""

import atexit
import itertools
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import polars as pl

_NAME = "usagectl-"
_numbers = itertools.count()


def spilled(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows, evaluated once and read from a file whenever they are needed.

    The file is removed when the process ends.
    """
    path = _directory() / f"{next(_numbers)}.parquet"
    frame.sink_parquet(path, compression="lz4", statistics=False)
    return pl.scan_parquet(path)


@cache
def _directory() -> Path:
    _remove_left_over()
    path = Path(tempfile.mkdtemp(prefix=f"{_NAME}{os.getpid()}-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _remove_left_over() -> None:
    """Remove what processes left that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_NAME}*-*"):
        pid = path.name.removeprefix(_NAME).partition("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            shutil.rmtree(path, ignore_errors=True)
