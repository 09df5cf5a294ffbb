"""What an engine is, and the one place that knows which there are."""

import socket
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

from usagectl.model.exceptions import NoAnswerError, WrongUsageError

_PACKAGES = {"ray": "ray", "dask": "distributed"}
_PATIENCE_SECONDS = 10
_IN_FLIGHT = 2


class Engine(Protocol):
    """Workers that run a function of ours.

    `map` gives the index of each work with what the function made of it, in whatever order works
    are done; a work whose worker dies is tried again. It raises NoAnswerError where one cannot be
    done, so that nothing is ever put together of a part. `close` ends what the engine started, and
    leaves alone what was there.
    """

    def map(self, function: str, works: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
        """Run a function, named as `module:name`, on each of some plain values."""
        ...

    def close(self) -> None:
        """End what was started."""
        ...


def connected(name: str, address: str | None, retries: int) -> Engine:
    """An engine by its name, whose workers were found to be fit.

    Args:
        name: `ray` or `dask`.
        address: Of a cluster that is there; None starts one on this machine.
        retries: How often a work is tried again of which the worker died.

    Raises:
        WrongUsageError: The package of the engine is not installed.
        NoAnswerError: Nobody answers at the address, or a worker is not fit.
    """
    try:
        import_module(_PACKAGES[name])
    except ImportError:
        raise WrongUsageError(
            f'--engine {name} needs a package: pip install "usagectl[{name}]"'
        ) from None
    if address is not None:
        _knock(name, address)
    module = import_module(f"usagectl.engines.{name}")
    engine: Engine = module.connected(address, retries)
    return engine


def in_flight(slots: int) -> int:
    """How many works are given out at once: enough that no worker waits, and not all."""
    return max(1, slots) * _IN_FLIGHT


def _knock(name: str, address: str) -> None:
    """Ask whether anybody listens, since clusters wait long for one that does not."""
    place = urlsplit(address if "//" in address else f"//{address}")
    try:
        host, port = place.hostname, place.port
    except ValueError:
        host = port = None
    if not host or not port:
        raise WrongUsageError(f"--address {address!r}: expected HOST:PORT of a {name} cluster")
    try:
        socket.create_connection((host, port), _PATIENCE_SECONDS).close()
    except OSError as error:
        raise NoAnswerError(
            f"--address {address}: no {name} cluster answers there ({error.strerror or error})"
        ) from None
