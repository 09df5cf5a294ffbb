"""A baseline: a side of a comparison as one JSON document, made to be committed and reviewed.

It is sorted and has a line for each group, so that a diff of it shows what changed. Sums are exact.
Values of single calls are too where a group has at most KEPT different ones; of more, each is known
within 1 %, as `usagectl.comparison.baseline_values` says. The percentiles that these cannot tell,
of the groups and of all calls, stand beside them: the 0th to the 99th, in hundredths of a token or
of a microsecond.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl._version import __version__
from usagectl.aggregation.side import MODEL, SUMS, Side, added_up
from usagectl.aggregation.sketch import OK, of_other_groups
from usagectl.comparison.baseline_values import percentiles_written, values_written
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import Key

SCHEMA = "usagectl.baseline/2"
FIRST = "usagectl.baseline/1"
FAMILY = SCHEMA.rpartition("/")[0] + "/"
RUN_OF_SIDE = "run_of_side"


def is_baseline(path: str) -> bool:
    """Whether a file says that it is a baseline, of whatever version."""
    try:
        with open(path, "rb") as file:
            return FAMILY.encode() in file.read(200)
    except OSError:
        return False


def written(side: Side) -> str:
    """The document of a side."""
    keys = [key.value for key in side.keys]
    models = side.cells.get_column(MODEL).drop_nulls().unique().sort().to_list()
    head = {
        "schema": SCHEMA,
        "usagectl": __version__,
        "name": side.name,
        "runs": list(side.runs),
        "by": keys,
        "first": side.first and side.first.isoformat(),
        "last": side.last and side.last.isoformat(),
        "models": models,
        "conventions": sorted(map(list, side.conventions)),
        "machines": sorted(side.machines),
        "cost_sources": sorted(side.cost_sources),
        "prices_of": [day.isoformat() for day in side.priced] if side.priced else None,
        "rejected": side.rejected,
        "notices": [[*notice] for notice in side.notices],
    }
    percentiles = percentiles_written(side)
    lists: dict[str, Iterable[Mapping[str, Any]]] = {
        "failures": _rows(side.failures, [Key.FAILURE.value]),
        "sums": _rows(side.cells, [*keys, MODEL, OK], SUMS),
        "sums_by_run": _rows(side.by_run, [*keys, RUN_OF_SIDE], SUMS) if len(side.runs) > 1 else (),
        "samples": values_written(side),
        "percentiles": percentiles[0],
        "percentiles_of_all": percentiles[1],
    }
    lines = [f'  "{name}": {_one_line(value)}' for name, value in head.items()]
    for name, rows in lists.items():
        body = ",\n".join(f"    {_one_line(row)}" for row in rows)
        lines.append(f'  "{name}": [\n{body}\n  ]' if body else f'  "{name}": []')
    return "{\n" + ",\n".join(lines) + "\n}"


def _one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rows(
    frame: pl.DataFrame, keys: Sequence[str], values: Sequence[str] = ("calls",)
) -> Iterator[dict[str, Any]]:
    """A row a line, without what is not known."""
    ordered = frame.sort(keys, nulls_last=True).select(*keys, *values)
    for row in ordered.iter_rows(named=True):
        yield {name: value for name, value in row.items() if value is not None}


def regrouped(side: Side, keys: Sequence[Key]) -> Side:
    """The same side by fewer keys.

    Raises:
        WrongUsageError: One of the keys is not among those of the side.
    """
    if tuple(keys) == side.keys:
        return side
    for key in keys:
        if key not in side.keys:
            raise WrongUsageError(
                f"the baseline {side.name!r} has groups by {','.join(side.keys)}, not by {key}:"
                f" save it with --by {','.join([*side.keys, key])}"
            )
    names = [key.value for key in keys]
    return side._replace(
        keys=tuple(keys),
        cells=added_up(side.cells, [*names, MODEL, OK]),
        by_run=added_up(side.by_run, [*names, RUN_OF_SIDE]),
        samples={
            column: frame.select(*names, OK, "value", "calls", "stepped")
            for column, frame in side.samples.items()
        },
        percentiles=of_other_groups(
            side.percentiles,
            side.cells.select(key.value for key in side.keys).unique().rows(),
            lambda group: tuple(group[side.keys.index(key)] for key in keys),
        ),
    )
