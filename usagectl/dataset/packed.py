"""What was read of a unit as one Parquet file: its calls, and the rest as metadata of the file.

So what belongs together cannot come apart: in a cache, on its way from another machine.
"""

import base64
import io
import json
from pathlib import Path
from typing import Any

import polars as pl

from usagectl.dataset.units import Unit, UnitRead, read_unit
from usagectl.model.notices import Doubt, Reject

_KEY = "usagectl.unit/1"


def read_packed(unit: Unit) -> bytes:
    """Read a unit where this runs, and pack what was read.

    Raises:
        NoAnswerError: A file of the unit is not there.
    """
    out = io.BytesIO()
    write(read_unit(unit), out)
    return out.getvalue()


def write(read: UnitRead, to: io.BytesIO | Path) -> None:
    """Write what was read as a Parquet file."""
    rest = {
        "stages": _frame_text(read.stages.collect()),
        "files": _frame_text(read.files),
        "rejects": list(read.rejects),
        "doubts": list(read.doubts),
    }
    metadata = {_KEY: json.dumps(rest)}
    read.calls.sink_parquet(to, compression="lz4", statistics=False, metadata=metadata)


def opened(path: Path) -> UnitRead:
    """What such a file holds; its calls are read when they are needed.

    Raises:
        ValueError: It is no such file, or a damaged one.
        OSError: It cannot be read.
    """
    try:
        rest = json.loads(pl.read_parquet_metadata(path)[_KEY])
        return UnitRead(
            pl.scan_parquet(path),
            _frame(rest["stages"]).lazy(),
            _frame(rest["files"]),
            [Reject(*reject) for reject in rest["rejects"]],
            [_doubt(*doubt) for doubt in rest["doubts"]],
        )
    except (KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path}: not what was read of a unit: {error}") from error


def _doubt(code: str, text: str, affected: int, others: Any, names: Any) -> Doubt:
    return Doubt(code, text, affected, others, tuple(names))


def _frame_text(frame: pl.DataFrame) -> str:
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return base64.b64encode(out.getvalue()).decode()


def _frame(text: str) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(base64.b64decode(text)))
