"""Try many damaged inputs: `python tests/fuzz/deep.py NAME COUNT`, a name gives always the same.

Prints each fault with the seed that makes it happen again, and at the end how many there were.
`python tests/fuzz/deep.py --keep FOLDER SEED` writes the input of one seed, to look at it.
"""

import collections
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from fuzz_rules import AT_ONCE, fuzz, made  # noqa: E402 - found on the path above

_PART = 8 * AT_ONCE


def main(arguments):
    """Run what is asked for; exit code 1 where a fault was found."""
    if arguments[0] == "--keep":
        print(made(arguments[2], arguments[1]))
        return 0
    name, count = arguments[0], int(arguments[1])
    parts = range(-(-count // _PART))
    kinds = collections.Counter()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(fuzz, f"{name}.{i}", min(_PART, count - i * _PART)) for i in parts]
        for job in jobs:
            for fault in job.result():
                kinds[fault.kind] += 1
                print(
                    fault.kind, fault.seed, fault.case, fault.detail.strip(), sep="\n  ", flush=True
                )
    print(f"{count:,} inputs, {kinds.total()} faults", dict(kinds))
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
