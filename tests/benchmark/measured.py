"""What a command costs: wall and processor time, and the most memory that it had."""

import os
import statistics
import subprocess
import sys
import time
from typing import NamedTuple


def environment():
    """An installed program has its bytecode; one in a checkout compiles itself if none is kept."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


class Cost(NamedTuple):
    """Seconds of the clock and of processors, and megabytes."""

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


def cost(command):
    """Run a command to its end; a failure is an error."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment())
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 3):
        raise RuntimeError(f"{command} ends with {process.returncode}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1000)


def in_turn(ours, peer, rounds):
    """The costs of two commands that run one after the other, so many times; a first is not counted."""
    cost(ours), cost(peer)
    return zip(*((cost(ours), cost(peer)) for _ in range(rounds)), strict=True)


def medians(costs):
    """The median of each cost."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def usagectl(*arguments):
    """A command of this checkout."""
    return (sys.executable, "-m", "usagectl", *map(str, arguments))
