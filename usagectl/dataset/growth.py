"""Whether the files of some operands changed since one looked last, without opening them."""

import os
from collections.abc import Sequence

from usagectl.dataset.load import files_of

_State = dict[str, tuple[int, int, int, int]]


class Files:
    """The files of some operands, found anew at every look."""

    def __init__(self, operands: Sequence[str]) -> None:
        """Take operands, which name files and directories."""
        self._operands = operands
        self._last: _State | None = None

    def have_changed(self) -> bool:
        """Whether any was made, grew, was cut, replaced or removed since this was asked last.

        Raises:
            WrongUsageError: As `load`.
        """
        now = self._state()
        changed = now != self._last
        self._last = now
        return changed

    def _state(self) -> _State:
        state: _State = {}
        for path in files_of(self._operands):
            try:
                found = os.stat(path)
            except OSError:
                continue
            state[path] = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        return state
