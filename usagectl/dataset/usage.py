"""What was loaded: the calls and stages of some runs, with all that is doubtful about them."""

from typing import NamedTuple

import polars as pl

from usagectl.dataset.consumed import consumed
from usagectl.model import portrait
from usagectl.model.notices import Notice, Reject
from usagectl.model.wording import some_of

MOST_ONE_BY_ONE = 1 << 20
"""Of so many calls percentiles are exact."""


class Usage(NamedTuple):
    """What some runs consumed.

    `calls` and `stages` are lazy frames in the columns of `usagectl.model.schema`; the calls have
    those of `FAILURE_COLUMNS` too. `rejects` are the records that could not be read, `notices` the
    doubts about those that were. `files` has a row per file that a reader claimed, `unclaimed` the
    other paths, each with the reason.
    `zone` is the time zone that timestamps without an offset were read in. `evidence` says where
    the texts of failures were found (`usagectl.dataset.evidence`); it is None where nobody looked.
    `rows` is how many calls have a row, `spilled` whether they wait in files, since they may not
    fit into memory.
    """

    runs: tuple[str, ...]
    calls: pl.LazyFrame
    stages: pl.LazyFrame
    rejects: tuple[Reject, ...]
    notices: tuple[Notice, ...]
    files: pl.DataFrame
    unclaimed: tuple[tuple[str, str], ...]
    zone: str
    evidence: pl.DataFrame | None = None
    rows: int = 0
    spilled: bool = False

    @property
    def is_large(self) -> bool:
        """Whether single values are so many that they are counted in steps (`sketch.stepped`).

        That depends on the rows alone: where these are read, and in how many parts, changes no
        figure.
        """
        return self.rows > MOST_ONE_BY_ONE

    def __repr__(self) -> str:
        """What was consumed, in eight lines at most."""
        return portrait.text(*self._portrait())

    def _repr_html_(self) -> str:
        return portrait.table(*self._portrait())

    def _portrait(self) -> tuple[str, portrait.Rows]:
        told = (self.files.height, len(self.rejects), len(self.notices))
        return f"Usage of {some_of(self.runs)}", consumed(self.calls, *told)
