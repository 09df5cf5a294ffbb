"""Where a report goes: a file written whole, or standard output as wide as its terminal."""

import contextlib
import os
import shutil
import stat
import sys
from pathlib import Path

from usagectl.model import interrupts
from usagectl.model.exceptions import WrongUsageError

_STANDARD_OUTPUT = "-"
_PIPE_WIDTH = 100
_MIN_WIDTH = 40
_MAX_WIDTH = 1000


def width() -> int:
    """Columns of the terminal; COLUMNS decides where it is set."""
    if "COLUMNS" not in os.environ and not (sys.stdout and sys.stdout.isatty()):
        return _PIPE_WIDTH
    columns = shutil.get_terminal_size((_PIPE_WIDTH, 24)).columns
    return min(max(columns, _MIN_WIDTH), _MAX_WIDTH)


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
    try:
        is_folder = stat.S_ISDIR(os.stat(path).st_mode)
    except FileNotFoundError:
        is_folder = False
    except OSError as error:
        raise _refused(path, error) from None
    if not os.path.isdir(folder):
        raise WrongUsageError(f"cannot write {str(path)!r}: there is no directory {str(folder)!r}")
    if is_folder or not os.access(folder, os.W_OK):
        raise WrongUsageError(f"cannot write {str(path)!r}")


def replace(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file so that nobody ever sees half of it; what is no regular file is written to.

    A file that is replaced keeps its mode and, where the system allows, its owner.

    Args:
        path: The file; of a link its target.
        data: What shall be in it.
        private: Whether a new file is for its owner alone.

    Raises:
        WrongUsageError: It cannot be written.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            with contextlib.suppress(BrokenPipeError), open(path, "wb") as file:
                file.write(data)
            return
        _replace(os.path.realpath(path), data, private=private)
    except OSError as error:
        raise _refused(path, error) from None


def keep(path: Path, data: bytes) -> None:
    """Replace a file, in a directory that is made where it is missing.

    Raises:
        WrongUsageError: It cannot be written.
    """
    try:
        os.makedirs(path.parent, exist_ok=True)
    except OSError as error:
        raise _refused(path, error) from None
    replace(path, data)


def remove(path: Path) -> None:
    """Remove a file; of a link the link.

    Raises:
        WrongUsageError: It cannot be removed.
    """
    try:
        os.unlink(path)
    except OSError as error:
        raise WrongUsageError(f"cannot remove {str(path)!r}: {error.strerror}") from None


def _replace(target: str, data: bytes, *, private: bool) -> None:
    old = os.stat(target) if os.path.exists(target) else None
    # Nobody else may read it before it has the mode of what it replaces.
    mode = 0o600 if private or old else 0o666
    name = os.path.join(os.path.dirname(target), f".usagectl-{os.urandom(6).hex()}")
    with interrupts.undone_when_stopped(lambda: os.unlink(name)):
        descriptor = os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
        try:
            with open(descriptor, "wb") as file:
                file.write(data)
                if old is not None:
                    with contextlib.suppress(OSError):
                        os.fchown(descriptor, old.st_uid, old.st_gid)
                    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise


def _refused(path: Path, error: OSError) -> WrongUsageError:
    return WrongUsageError(f"cannot write {str(path)!r}: {error.strerror}")


def write(text: str, path: Path | None) -> None:
    """Write a report to a file, or to standard output.

    Raises:
        WrongUsageError: The file cannot be written, as on a full disk.
    """
    from usagectl.model.escaping import logged

    data = (logged(text) + "\n").encode("utf-8", "replace")
    if path is not None and str(path) != _STANDARD_OUTPUT:
        replace(path, data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()


def note(text: str) -> None:
    """Write a sentence beside a report to standard error."""
    from usagectl.model.escaping import logged, shown

    note_lines(logged(shown(text)))


def note_lines(text: str) -> None:
    """Write lines that are made for it to standard error."""
    sys.stderr.write(text + "\n")
