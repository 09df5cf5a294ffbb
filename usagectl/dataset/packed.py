"""What was read of a unit as one Parquet file: its calls, and the rest as metadata of the file.

So what belongs together cannot come apart on its way from another process or machine.
"""

import base64
import io
import json
from collections.abc import Mapping, Sequence
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
    frames = {name: _as_text(frame) for name, frame in beside(read).items()}
    metadata = {_KEY: json.dumps({**told(read), "frames": frames})}
    read.calls.sink_parquet(to, compression="lz4", statistics=False, metadata=metadata)


def opened(path: Path) -> UnitRead:
    """What such a file holds; its calls are read when they are needed.

    Raises:
        ValueError: It is no such file.
        OSError: It cannot be read.
    """
    try:
        rest = json.loads(pl.read_parquet_metadata(path)[_KEY])
        frames = {name: _frame(text) for name, text in rest["frames"].items()}
        return put_together(pl.scan_parquet(path), rest, frames)
    except (KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"{path}: not what was read of a unit: {error}") from error


def told(read: UnitRead) -> dict[str, Any]:
    """What of it is no frame, as JSON can say it."""
    return {"rejects": list(read.rejects), "doubts": list(read.doubts)}


BESIDE = ("stages", "files")


def beside(read: UnitRead) -> dict[str, pl.DataFrame]:
    """Its frames besides that of the calls."""
    return {"stages": read.stages.collect(), "files": read.files}


def put_together(
    calls: pl.LazyFrame, rest: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]
) -> UnitRead:
    """The calls with what `told` and `beside` said of the rest."""
    return UnitRead(
        calls,
        frames["stages"].lazy(),
        frames["files"],
        [Reject(*reject) for reject in rest["rejects"]],
        [_doubt(*doubt) for doubt in rest["doubts"]],
    )


def _doubt(
    code: str, text: str, affected: int, others: Mapping[str, int], names: Sequence[str]
) -> Doubt:
    return Doubt(code, text, affected, others, tuple(names))


def _as_text(frame: pl.DataFrame) -> str:
    out = io.BytesIO()
    frame.write_ipc(out, compression="zstd")
    return base64.b64encode(out.getvalue()).decode()


def _frame(text: str) -> pl.DataFrame:
    return pl.read_ipc(io.BytesIO(base64.b64decode(text)))
