"""Dask: `dask.distributed`, a cluster that is there or one of processes on this machine."""

import itertools
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import dask
from distributed import Client, LocalCluster, as_completed

from usagectl.engines import worker
from usagectl.engines.engine import in_flight
from usagectl.model import interrupts
from usagectl.model.exceptions import NoAnswerError

_PATIENCE_SECONDS = 20


def connected(address: str | None, retries: int) -> "Dask":
    """The workers at an address, or some of our own."""
    return Dask(address, retries)


class Dask:
    """See `usagectl.engines.engine.Engine`."""

    def __init__(self, address: str | None, retries: int) -> None:
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        dask.config.set({"distributed.scheduler.allowed-failures": retries})
        self._retries = retries
        self._own = None if address else _Own()
        try:
            place = self._own.cluster if self._own else address
            self._client = Client(place, timeout=_PATIENCE_SECONDS, set_as_default=False)
            worker.check(self._client.run(worker.versions))
        except (OSError, ImportError, AttributeError) as error:
            self.close()
            raise NoAnswerError(f"the dask workers cannot be used: {error}") from None
        except BaseException:
            self.close()
            raise

    def map(self, function: str, works: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
        """Run the function on each work."""
        numbered = iter(enumerate(works))
        slots = sum(self._client.nthreads().values())
        indexes = {}

        def given(count: int) -> Iterator[Any]:
            for index, work in itertools.islice(numbered, count):
                future = self._client.submit(
                    worker.run, function, work, pure=False, retries=self._retries
                )
                indexes[future.key] = index
                yield future

        done = as_completed(given(in_flight(slots)), loop=self._client.loop)
        for future in done:
            error = future.exception()
            if error is not None:
                raise NoAnswerError(f"a dask worker could not do its work: {error}")
            yield indexes.pop(future.key), worker.data_of(future.result())
            done.update(given(1))

    def close(self) -> None:
        """End our workers; those at an address stay."""
        client = getattr(self, "_client", None)
        if client is not None:
            client.close(timeout=_PATIENCE_SECONDS)
        if self._own is not None:
            self._own.close()


class _Own:
    """A cluster on this machine, with a directory that goes with it."""

    def __init__(self) -> None:
        # Before Polars is imported there: each worker has a processor, and no more.
        os.environ["POLARS_MAX_THREADS"] = "1"
        self._directory = tempfile.mkdtemp(prefix="usagectl-dask-")
        interrupts.undo_at_end(self._kill)
        self.cluster = LocalCluster(
            processes=True,
            n_workers=os.cpu_count(),
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=self._directory,
            silence_logs=logging.CRITICAL,
        )

    def close(self) -> None:
        self.cluster.close(timeout=_PATIENCE_SECONDS)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _kill(self) -> None:
        for nanny in self.cluster.workers.values():
            if nanny.process is not None and nanny.process.pid:
                os.kill(nanny.process.pid, signal.SIGKILL)
        shutil.rmtree(self._directory, ignore_errors=True)
