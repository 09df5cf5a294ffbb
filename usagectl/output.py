"""Where a report goes: a file written whole, or standard output as wide as its terminal."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from usagectl.escaping import logged, shown
from usagectl.exceptions import WrongUsageError

_STANDARD_OUTPUT = "-"
_PIPE_WIDTH = 100
_MIN_WIDTH = 40


def width() -> int:
    """Columns of the terminal; COLUMNS decides where it is set."""
    if "COLUMNS" not in os.environ and not (sys.stdout and sys.stdout.isatty()):
        return _PIPE_WIDTH
    return max(shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns, _MIN_WIDTH)


def coloured(stream: object = None) -> bool:
    """Whether to colour what is written to a stream: only on a terminal, and not with NO_COLOR."""
    target = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(getattr(target, "isatty", lambda: False)())


def check_target(path: Path | None) -> None:
    """Refuse a place that cannot be written before any work is done.

    Raises:
        WrongUsageError: The directory of the file does not exist or cannot be written.
    """
    if path is None or str(path) == _STANDARD_OUTPUT:
        return
    folder = path.parent
    if not folder.is_dir():
        raise WrongUsageError(f"cannot write {str(path)!r}: there is no directory {str(folder)!r}")
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise WrongUsageError(f"cannot write {str(path)!r}")


def replace(path: Path, data: bytes) -> None:
    """Write a file so that nobody ever sees half of it; what is no regular file is written to.

    Raises:
        WrongUsageError: It cannot be written.
    """
    target = os.path.realpath(path)
    try:
        if os.path.lexists(target) and not os.path.isfile(target):
            with open(target, "wb") as file:
                file.write(data)
            return
        handle, name = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".usagectl-")
        try:
            with open(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise WrongUsageError(f"cannot write {str(path)!r}: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write(text: str, path: Path | None) -> None:
    """Write a report to a file, or to standard output.

    Raises:
        WrongUsageError: It cannot be written, as on a full disk.
    """
    data = (logged(text) + "\n").encode("utf-8", "replace")
    if path is not None and str(path) != _STANDARD_OUTPUT:
        replace(path, data)
        return
    try:
        os.write(1, b"")
        with open(1, "wb", closefd=False) as out:
            out.write(data)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise WrongUsageError(f"cannot write to standard output: {error.strerror}") from None


def note(text: str) -> None:
    """Write a sentence beside a report to standard error, where there is one."""
    note_lines(logged(shown(text)))


def note_lines(text: str) -> None:
    """Write lines that are made for it to standard error, where there is one."""
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
