"""Loading for a command: the configured time zone, and a progress bar when it takes long."""

import contextlib
import signal
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from usagectl.config import find_config

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from usagectl.usage import Usage

_PATIENCE_SECONDS = 0.5
_EVERY = 64


def load(operands: Sequence[str], timezone: str | None) -> "Usage":
    """Load the operands as the command line and `usagectl.yaml` say."""
    from usagectl import usage

    # Polars lets a read that waits for a pipe go on after Ctrl-C; a user does not.
    with contextlib.suppress(ValueError):
        signal.siginterrupt(signal.SIGINT, True)
    zone = timezone or find_config().timezone
    with _Bar() as bar:
        return usage.load(*operands, timezone=zone, progress=bar.step if bar.wanted else None)


class _Bar:
    """A progress bar on standard error, which appears only where one has to wait."""

    def __init__(self) -> None:
        self.wanted = sys.stderr is not None and sys.stderr.isatty()
        self.began = time.monotonic()
        self.bar: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, done: int, total: int) -> None:
        if done % _EVERY and done != total:
            return
        if self.bar is None:
            if time.monotonic() - self.began < _PATIENCE_SECONDS:
                return
            self._appear(total)
        if self.bar is not None and self.task is not None:
            self.bar.update(self.task, completed=done)

    def _appear(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self.bar = Progress(
            TextColumn("reading"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files"),
            console=Console(stderr=True),
            transient=True,
        )
        self.task = self.bar.add_task("reading", total=total)
        self.bar.start()
