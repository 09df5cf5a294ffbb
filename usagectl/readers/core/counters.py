"""Counters that only grow, and what each of their readings adds."""

from collections.abc import Mapping


class Counters:
    """Some counters of one process or session, read again and again."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def added(self, now: Mapping[str, int]) -> dict[str, int] | None:
        """What they have grown by; null where nothing has.

        A counter that fell began anew with its process: all of it was added since.
        """
        if now == self._last:
            return None
        fell = any(now.get(name, 0) < value for name, value in self._last.items())
        before = {} if fell else self._last
        self._last = dict(now)
        return {name: value - before.get(name, 0) for name, value in now.items()}
