"""Ray: a cluster that is there or one on this machine.

Ray's token, where a cluster asks for one, is Ray's own: it reads it from its environment.
"""

import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

from usagectl.engines import worker
from usagectl.engines.engine import in_flight
from usagectl.model import interrupts
from usagectl.model.exceptions import NoAnswerError

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
# What its processes say would stand among what we say.
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy


def connected(address: str | None, retries: int) -> "Ray":
    """The nodes at an address, or one of our own."""
    return Ray(address, retries)


class Ray:
    """See `usagectl.engines.engine.Engine`."""

    def __init__(self, address: str | None, retries: int) -> None:
        self._directory = None if address else tempfile.mkdtemp(prefix="usagectl-ray-")
        if self._directory:
            interrupts.undo_at_end(self._remove)
        try:
            # Always with an address: without, Ray joins whatever cluster it finds.
            ray.init(
                address=address or "local",
                include_dashboard=None if address else False,
                logging_level=logging.CRITICAL,
                log_to_driver=False,
                **({"_temp_dir": self._directory} if self._directory else {}),
            )
            self._run = ray.remote(num_cpus=1, max_retries=retries)(worker.run)
            worker.check(dict(_versions()))
        except (OSError, RuntimeError, ray.exceptions.RayError) as error:
            self.close()
            raise NoAnswerError(
                f"the ray cluster cannot be used: {_said(error)}; where it asks for a token, Ray"
                " reads RAY_AUTH_MODE=token and RAY_AUTH_TOKEN"
            ) from None
        except BaseException:
            self.close()
            raise

    def map(self, function: str, works: Sequence[Any]) -> Iterator[tuple[int, bytes]]:
        """Run the function on each work."""
        numbered = iter(enumerate(works))
        slots = int(ray.cluster_resources().get("CPU", 1))
        indexes = {}

        def give(count: int) -> None:
            for index, work in itertools.islice(numbered, count):
                indexes[self._run.remote(function, work)] = index

        give(in_flight(slots))
        while indexes:
            (done,), _ = ray.wait(list(indexes), num_returns=1)
            try:
                outcome = ray.get(done)
            except ray.exceptions.RayError as error:
                raise NoAnswerError(f"a ray worker could not do its work: {_said(error)}") from None
            yield indexes.pop(done), worker.data_of(outcome)
            give(1)

    def close(self) -> None:
        """Leave the cluster, which ends if it is ours."""
        ray.shutdown()
        self._remove()

    def _remove(self) -> None:
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)


def _versions() -> Iterator[tuple[str, dict[str, str]]]:
    """What each node has."""
    asked = ray.remote(num_cpus=0)(worker.versions)
    for node in ray.nodes():
        if node["Alive"]:
            here = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            yield (
                node["NodeManagerHostname"],
                ray.get(asked.options(scheduling_strategy=here).remote()),
            )


def _said(error: BaseException) -> str:
    """The first line of what Ray says, whose messages are pages."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
