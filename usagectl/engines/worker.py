"""What a worker runs: a function of ours by its name, and a look at what it has to run it with."""

import platform
import socket
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Any, NamedTuple

from usagectl._version import __version__
from usagectl.model import exceptions
from usagectl.model.exceptions import NoAnswerError, UsagectlError


class Outcome(NamedTuple):
    """What a function made, or the name and the words of the exception of ours that it raised."""

    data: bytes
    error: str | None = None
    message: str = ""


def run(function: str, work: Any) -> Outcome:
    """Run a function that is named as `module:name` on a plain value."""
    module, _, name = function.partition(":")
    try:
        return Outcome(getattr(import_module(module), name)(work))
    except UsagectlError as error:
        return Outcome(b"", type(error).__name__, f"{error} (on {socket.gethostname()})")


def data_of(outcome: Outcome) -> bytes:
    """What was made.

    Raises:
        UsagectlError: The exception that the function raised.
    """
    if outcome.error is None:
        return outcome.data
    raise getattr(exceptions, outcome.error)(outcome.message)


def versions() -> dict[str, str]:
    """What decides whether a worker gives what this program would give."""
    return {
        "usagectl": __version__,
        "Polars": metadata.version("polars"),
        "Python": ".".join(platform.python_version_tuple()[:2]),
    }


def check(found: Mapping[str, Mapping[str, str]]) -> None:
    """Refuse workers of other versions.

    Args:
        found: What `versions` says on each worker.

    Raises:
        NoAnswerError: There is no worker, or one is of another version.
    """
    if not found:
        raise NoAnswerError("the cluster has no workers")
    own = versions()
    for worker, theirs in found.items():
        for name, version in own.items():
            if theirs.get(name) != version:
                raise NoAnswerError(
                    f"the worker {worker} has {name} {theirs.get(name) or '(none)'}, this program"
                    f" {version}: install the same there, since figures could differ"
                )
