"""Tasks that are the same in two trees, though the folders above them or their dates differ.

A task that is a folder is named by its path where its name occurs twice, and then no task of one
tree is a task of another. Only tasks that one side alone has are looked at:

1. Where the trees have no path of several folders in common, tasks whose paths end alike, in whole
   folders, are one task, by the longest ending that a task of the other side has too:
   `runA/outputs/x` and `runB/x` are `x`, and so are all `.../x` of a side. Trees with a common path
   have the same layout, and what only one of them has is another task.
2. Those that are alike but for a date in front are one task, where there is only one on each side:
   `20260204_tidal_farm` and `20260211_tidal_farm` are `tidal_farm`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.aggregation.sketch import of_other_groups
from usagectl.model.names import Key
from usagectl.model.notices import Notice
from usagectl.model.wording import plural

_DATE = re.compile(
    r"^(19|20)\d\d(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])([T_-]?\d{6})?[_ -]+(?=.)"
)
_TASK = Key.TASK.value


class SameTask(NamedTuple):
    """A task under one name, and what each side calls it."""

    task: str
    base: tuple[str, ...]
    new: tuple[str, ...]


def with_same_tasks(base: Side, new: Side) -> tuple[Side, Side, tuple[SameTask, ...]]:
    """Give the tasks that are the same one name on both sides, and say so in a notice.

    Sides that are not grouped by task are left as they are.
    """
    if Key.TASK not in base.keys:
        return base, new, ()
    before, after = _tasks(base), _tasks(new)
    same_layout = any("/" in name for name in before & after)
    alone = sorted(before - after), sorted(after - before)
    taken = before & after
    same: list[SameTask] = []
    for rule in (_by_date,) if same_layout else (_by_ending, _by_date):
        found = [task for task in rule(*alone) if task.task not in taken]
        taken |= {task.task for task in found}
        same += found
        alone = (
            [name for name in alone[0] if all(name not in task.base for task in found)],
            [name for name in alone[1] if all(name not in task.new for task in found)],
        )
    if not same:
        return base, new, ()
    notice = _notice(same)
    renamed = (
        _renamed(base, {name: task.task for task in same for name in task.base}, notice),
        _renamed(new, {name: task.task for task in same for name in task.new}, notice),
    )
    return *renamed, tuple(same)


def _tasks(side: Side) -> set[str]:
    return {*side.cells.get_column(_TASK).drop_nulls()}


def _by_ending(base: Sequence[str], new: Sequence[str]) -> list[SameTask]:
    endings = [{end for name in side for end in _endings(name)} for side in (base, new)]
    common = endings[0] & endings[1]
    found = _same(*(_grouped(side, lambda name: _longest(name, common)) for side in (base, new)))
    folders = {task.task.partition("/")[0] if "/" in task.task else "" for task in found}
    above = folders.pop() if len(folders) == 1 else ""
    return [task._replace(task=task.task.removeprefix(f"{above}/")) for task in found]


def _endings(name: str) -> Iterator[str]:
    folders = name.split("/")
    return ("/".join(folders[i:]) for i in range(len(folders)))


def _longest(name: str, common: set[str]) -> str | None:
    return next((end for end in _endings(name) if end in common), None)


def _by_date(base: Sequence[str], new: Sequence[str]) -> list[SameTask]:
    sides = (_grouped(side, _undated) for side in (base, new))
    return [task for task in _same(*sides) if len(task.base) == len(task.new) == 1]


def _undated(name: str) -> str:
    above, slash, folder = name.rpartition("/")
    return above + slash + _DATE.sub("", folder)


def _grouped(names: Sequence[str], shortened: Callable[[str], str | None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in names:
        short = shortened(name)
        if short:
            found.setdefault(short, []).append(name)
    return found


def _same(base: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> list[SameTask]:
    return [
        SameTask(task, tuple(names), tuple(new[task]))
        for task, names in base.items()
        if task in new
    ]


def _renamed(side: Side, names: Mapping[str, str], notice: Notice) -> Side:
    task = pl.col(_TASK).replace(names)
    return side._replace(
        cells=side.cells.with_columns(task),
        samples={name: frame.with_columns(task) for name, frame in side.samples.items()},
        percentiles=of_other_groups(
            side.percentiles,
            side.cells.select(key.value for key in side.keys).unique().rows(),
            lambda group: tuple(
                names.get(name or "", name) if key is Key.TASK else name
                for key, name in zip(side.keys, group, strict=True)
            ),
        ),
        by_run=side.by_run.with_columns(task),
        notices=(*side.notices, notice),
    )


def _notice(same: Sequence[SameTask]) -> Notice:
    count = len(same)
    first = same[0]
    also = ", and so on" if count > 1 else ""
    return Notice(
        "matched-tasks",
        f"{count:,} task{plural(count)} of other folders or dates taken for the same: {first.task}"
        f" is {_listed(first.base)} and {_listed(first.new)}{also}",
        count,
    )


def _listed(names: Sequence[str]) -> str:
    more = f" (and {len(names) - 1:,} more)" if len(names) > 1 else ""
    return names[0] + more
