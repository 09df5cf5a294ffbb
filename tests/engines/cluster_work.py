"""What the workers of the tests do."""

import hashlib
import os
import time
from pathlib import Path


def hashed(work):
    """A digest of the work."""
    return hashlib.sha256(work.encode()).hexdigest().encode()


def slow_at_first(work):
    """The same; the first attempt at a work named `slow` says who it is and takes its time."""
    folder, name = work.rsplit("/", 1)
    attempts = len(list(Path(folder).glob(f"{name}.*")))
    Path(folder, f"{name}.{attempts}").write_text(str(os.getpid()))
    if name.startswith("slow") and attempts == 0:
        time.sleep(60)
    return hashed(name)


def always_slow(work):
    """Whoever does it waits to be killed."""
    folder, name = work.rsplit("/", 1)
    attempts = len(list(Path(folder).glob(f"{name}.*")))
    Path(folder, f"{name}.{attempts}").write_text(str(os.getpid()))
    time.sleep(60)
    return b""


def refused(work):
    """A mistake of ours, which comes back as it is."""
    from usagectl.model.exceptions import NoAnswerError

    raise NoAnswerError(f"no answer to {work}")
