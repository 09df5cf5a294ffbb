"""Loading for a command: the configured time zone, and a progress bar when it takes long."""

import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Self

from usagectl.commands.reading import Reading
from usagectl.model.names import EngineName

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from usagectl.dataset.usage import Usage
    from usagectl.engines.engine import Engine

_PATIENCE_SECONDS = 0.5
_EVERY = 64
_CLEAR_LINE, _SHOW_CURSOR = b"\r\x1b[2K", b"\x1b[?25h"


def load(
    operands: Sequence[str],
    reading: Reading,
    rules: Sequence[str] = (),
    *,
    evidence: bool | None = None,
    require: bool = True,
) -> "Usage":
    """Load the operands as the command line and `usagectl.yaml` say; see `usagectl.load`.

    `require` is for commands that have nothing to say where no call could be read.
    """
    from usagectl.dataset import load as dataset
    from usagectl.dataset.cache.store import Cache
    from usagectl.dataset.no_answer import require_calls
    from usagectl.model import interrupts

    interrupts.stop_waiting()
    sizes = reading.sizes()
    with _Bar() as bar, interrupts.undone_when_stopped(bar.clear), _engine(reading) as engine:
        loaded = dataset.load(
            *operands,
            timezone=reading.timezone,
            progress=bar.step if bar.wanted else None,
            rules=rules,
            maps=reading.maps or (),
            evidence=evidence,
            sizes=sizes,
            # What is read elsewhere is kept by nobody.
            cache=Cache(enabled=engine is None and not reading.no_cache),
            engine=engine,
        )
    if require:
        require_calls(loaded)
    return loaded


@contextlib.contextmanager
def _engine(reading: Reading) -> "Iterator[Engine | None]":
    """The workers that were asked for, until all is read."""
    if reading.engine is EngineName.LOCAL:
        yield None
        return
    from usagectl.engines.engine import connected

    engine = connected(reading.engine, reading.address, reading.retries)
    try:
        yield engine
    finally:
        engine.close()


class _Bar:
    """A progress bar on standard error, which appears only where one has to wait."""

    def __init__(self) -> None:
        self.wanted = sys.stderr.isatty()
        self.timer = threading.Timer(_PATIENCE_SECONDS, self._appear)
        self.timer.daemon = True
        self.lock = threading.Lock()
        self.done, self.total = 0, 0
        self.bar: Progress | None = None
        self.task: TaskID | None = None
        self.over = False

    def __enter__(self) -> Self:
        if self.wanted:
            self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()
        with self.lock:
            self.over = True
            if self.bar is not None:
                self.bar.stop()

    def step(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        if self.bar is not None and self.task is not None and not done % _EVERY:
            self.bar.update(self.task, completed=done, total=total)

    def clear(self) -> None:
        # Not by its own means, which may wait for a lock that whoever is stopped holds.
        if self.bar is not None:
            os.write(sys.stderr.fileno(), _CLEAR_LINE + _SHOW_CURSOR)

    def _appear(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        with self.lock:
            if self.over:
                return
            self.bar = Progress(
                TextColumn("reading"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("files"),
                console=Console(stderr=True),
                transient=True,
            )
            # Before a file is read to its end, all one can say is that it goes on.
            total = self.total if self.done else None
            self.task = self.bar.add_task("reading", total=total, completed=self.done)
            self.bar.start()
