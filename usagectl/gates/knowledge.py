"""How much the two sides of a comparison tell: of which calls what is known, and of which runs."""

from collections.abc import Iterator, Mapping, Sequence

from usagectl.aggregation.side import Side, added_up
from usagectl.aggregation.sketch import OK
from usagectl.comparison.compare import Comparison
from usagectl.comparison.measures import MEASURES
from usagectl.config.gate_subject import Subject
from usagectl.model.names import Measure

_Group = tuple[str | None, ...]
_Place = tuple[int, _Group | None]
_OPEN = (True, None)
"""Outcomes of calls that did what they should, for all that is known."""

Counts = Mapping[str, int]
"""Numbers of calls, by their names in `usagectl.aggregation.side.SUMS`."""


class Tellings:
    """What is known of the calls of each group, and of all under None; taken from it once."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._outcomes: dict[tuple[int, _Group | None, bool | None], Counts] = {}
        self._runs: dict[_Place, dict[str, Counts]] = {}

    def calls(self, side: int, group: _Group | None, *, ok: bool | None) -> Counts:
        """The calls of an outcome; without such calls nothing."""
        if not self._outcomes:
            self._outcomes = dict(self._by_outcome())
        return self._outcomes.get((side, group, ok), {})

    def runs(self, side: int, group: _Group | None) -> Mapping[str, Counts]:
        """The calls of each run that has some."""
        if not self._runs:
            for i, one in enumerate(self._comparison.sides):
                self._add_runs(i, one)
        return self._runs.get((side, group), {})

    def less(self, subject: Subject, group: _Group | None) -> bool:
        """Whether a figure is known of fewer calls of the new side than of the base.

        That is a smaller share of the calls that went well, or of all calls both a smaller share
        and, by more than one, more of them a run than in any run of the base: a run without some
        failed calls does not tell less, nor does one that is like a run of the base, and one more
        failed call is no trend.
        """
        name = MEASURES[subject.measure or Measure.CALLS].rests_on
        for ok in _OPEN:
            base, new = (self.calls(i, group, ok=ok) for i in (0, 1))
            # Of none, all are known.
            share = (base[name], base["calls"]) if base.get("calls") else (1, 1)
            if new.get(name, 0) * share[1] < new.get("calls", 0) * share[0]:
                return True
        known, calls = self._of_all(1, group, name)
        count = len(self._comparison.new.runs)
        runs = self.runs(0, group) if len(self._comparison.base.runs) > 1 else {}
        before = [(counts[name], counts["calls"]) for counts in runs.values()]
        return all(
            (calls - known) > count * (calls_before - known_before) + 1
            and known * calls_before < calls * known_before
            for known_before, calls_before in before or [self._of_all(0, group, name)]
        )

    def _of_all(self, side: int, group: _Group | None, name: str) -> tuple[int, int]:
        outcomes = [self.calls(side, group, ok=ok) for ok in (*_OPEN, False)]
        return sum(o.get(name, 0) for o in outcomes), sum(o.get("calls", 0) for o in outcomes)

    def _by_outcome(self) -> Iterator[tuple[tuple[int, _Group | None, bool | None], Counts]]:
        names = self._names()
        for i, side in enumerate(self._comparison.sides):
            for keys in ([], names):
                for row in added_up(side.cells, [*keys, OK]).iter_rows(named=True):
                    group = tuple(row[key] for key in keys) if keys else None
                    yield (i, group, row[OK]), _counts(row)

    def _add_runs(self, i: int, side: Side) -> None:
        names = self._names()
        for keys in ([], names):
            for row in added_up(side.by_run, [*keys, "run_of_side"]).iter_rows(named=True):
                group = tuple(row[key] for key in keys) if keys else None
                self._runs.setdefault((i, group), {})[row["run_of_side"]] = _counts(row)

    def _names(self) -> Sequence[str]:
        return [key.value for key in self._comparison.keys]


def _counts(row: Mapping[str, int]) -> Counts:
    return {name: row[name] for name in row if name.endswith("calls") or name == "failed"}
