"""Ctrl-C and its kin: a command that is stopped ends at once and leaves nothing half-written.

An exception could be swallowed by whatever code it meets, and the command would go on: the handler
ends the process itself.
"""

import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))
# What a shell makes of a process that a signal ended: 130 for Ctrl-C.
_BY_SIGNAL = 128

_to_undo: list[Callable[[], object]] = []


def catch() -> None:
    """End at the next signal, whatever is going on then; what is ignored stays so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def stop_waiting() -> None:
    """Let a signal end a read that waits: Polars has such reads start again."""
    for number in _SIGNALS:
        # Only the main thread of a program may say so; a library has none of its own.
        with contextlib.suppress(ValueError):
            signal.siginterrupt(number, True)


def over() -> None:
    """All is written: a signal from now on changes nothing."""
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def undone_when_stopped(action: Callable[[], object]) -> Iterator[None]:
    """Do this where a signal ends the process within the block."""
    _to_undo.append(action)
    try:
        yield
    finally:
        _to_undo.remove(action)


def undo_at_end(action: Callable[[], object]) -> None:
    """Do this whenever a signal ends the process from now on."""
    _to_undo.append(action)


def _stop(number: int, _: FrameType | None) -> None:
    for action in _to_undo:
        with contextlib.suppress(Exception):
            action()
    os._exit(_BY_SIGNAL + number)
