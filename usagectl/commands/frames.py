"""What is shown again and again: in place on a terminal, a line for each change elsewhere."""

import shutil
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from usagectl.model.names import Metric

_UP_AND_CLEAR = "\x1b[{}F\x1b[J"


class Frames:
    """Frames on standard output, of which the last stays."""

    def __init__(self) -> None:
        self.on_screen = sys.stdout.isatty()
        self._height = 0
        self._said: str | None = None
        self._before: Mapping[str, Any] = {}

    def show(self, text: str) -> None:
        """Put a text in the place of the one before, cut where the screen ends."""
        lines = text.splitlines()
        room = max(shutil.get_terminal_size().lines - 2, 1)
        if len(lines) > room:
            more = len(lines) - room + 1
            lines = [*lines[: room - 1], f"... {more} more lines: enlarge the screen, or use --top"]
        up = _UP_AND_CLEAR.format(self._height) if self._height else ""
        self._height = len(lines)
        sys.stdout.write(up + "\n".join(lines) + "\n")
        sys.stdout.flush()

    def wait(self, why: str) -> None:
        """Say why there is nothing to show yet, once for each reason."""
        if why == self._said:
            return
        self._said = why
        if self.on_screen:
            self.show(f"waiting: {why}")
        else:
            self._write(f"waiting: {why}")

    def line(self, totals: Mapping[str, Any]) -> None:
        """Write what there is now, and by how much more than before."""
        from usagectl.render.words.values import usd

        calls, failed = totals[Metric.CALLS], totals[Metric.FAILED]
        tokens, cost = totals[Metric.TOTAL_TOKENS], totals[Metric.COST_USD]
        told = f"{calls:,} calls{self._more(Metric.CALLS, totals)}, {failed:,} failed"
        told += ", tokens unknown" if tokens is None else f", {tokens:,} tokens"
        told += "" if tokens is None else self._more(Metric.TOTAL_TOKENS, totals)
        told += "" if cost is None else f", {usd(cost)}"
        self._write(told)
        self._before = dict(totals)

    def _more(self, metric: Metric, totals: Mapping[str, Any]) -> str:
        before = self._before.get(metric)
        return "" if before is None else f" ({totals[metric] - before:+,})"

    def _write(self, text: str) -> None:
        sys.stdout.write(f"{datetime.now().astimezone():%H:%M:%S}  {text}\n")
        sys.stdout.flush()
