"""How a baseline keeps the values of single calls, and the percentiles that these cannot tell.

Of each group and outcome, a column is one of three:

- `[3, 5, 5]`: the values of up to KEPT calls;
- `{"values": [3, 5], "calls": [1, 800]}`: up to KEPT different values, and how many calls have
  each;
- `{"steps": [1000, 1010], "calls": [3, 900]}`: the begins of steps, each at most 1 % wide, and how
  many calls lie in each. Steps are the same in all groups: `usagectl.aggregation.sketch.stepped`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl.aggregation.side import Side
from usagectl.aggregation.sketch import (
    MEASURED,
    OK,
    PERCENTS,
    QUOTIENTS,
    SAMPLES,
    Percentiles,
    bounds,
    counted,
    exactly,
    stepped,
    type_of,
)
from usagectl.comparison.baseline_rows import DAMAGED, Group, name_in
from usagectl.config.node import Node

KEPT = 200
_MOST_CALLS = 10**12
_LARGEST_VALUE = 2**63 - 1


def values_written(side: Side) -> Iterator[dict[str, Any]]:
    """A row for each group and outcome, in their order."""
    keys = [key.value for key in side.keys]
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for column in SAMPLES:
        frame = counted(side.samples[column], keys, column)
        for group, of_group in frame.partition_by([*keys, OK], as_dict=True).items():
            rows.setdefault(group, {})[column] = _written(of_group, column)
    for group in sorted(rows, key=lambda g: [(k is None, k if k is not None else "") for k in g]):
        named = zip([*keys, OK], group, strict=True)
        columns = {column: rows[group][column] for column in SAMPLES if column in rows[group]}
        yield {name: value for name, value in named if value is not None} | columns


def _written(values: pl.DataFrame, column: str) -> Any:
    calls = values.get_column("calls")
    if not values.get_column("stepped").any():
        if calls.sum() <= KEPT:
            return values.select(pl.col("value").repeat_by("calls").explode()).to_series().to_list()
        if values.height <= KEPT:
            return {"values": values.get_column("value").to_list(), "calls": calls.to_list()}
    steps = values.group_by(stepped(column)).agg(pl.col("calls").sum()).sort("value")
    return {name: steps.get_column(of).to_list() for name, of in _STEPS.items()}


_STEPS = {"steps": "value", "calls": "calls"}


def percentiles_written(side: Side) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The percentiles of groups, a row each, and of all calls, as one row or none."""
    keys = [key.value for key in side.keys]
    found: dict[Group | None, dict[str, list[int]]] = {}
    for source in (side.percentiles, exactly(side.samples, keys, KEPT)):
        for column, groups in source.items():
            for group, hundredths in groups.items():
                found.setdefault(group, {})[column] = list(hundredths)
    whole = found.pop(None, None)
    rows = []
    for group in sorted(filter(None, found), key=lambda g: [(k is None, k or "") for k in g]):
        named = zip(keys, group, strict=True)
        rows.append({name: value for name, value in named if value is not None} | found[group])
    return rows, [whole] if whole else []


def values_read(
    node: Node,
    keys: Sequence[str],
    sums_of: Mapping[tuple[Any, ...], Mapping[str, Any]],
    *,
    old: bool,
) -> dict[str, pl.DataFrame]:
    """The frames of values of a side.

    Args:
        node: The rows.
        keys: What makes a group.
        sums_of: The sums of each group and outcome, by name.
        old: Whether the document is of the first version, which left out some of many values.

    Raises:
        WrongUsageError: A row is damaged, stands there twice, or does not fit its sums.
    """
    parts: dict[str, list[pl.DataFrame]] = {column: [] for column in SAMPLES}
    seen = set()
    known = [*keys, OK, *SAMPLES, *(["calls"] if old else [])]
    for line in node.items():
        found = line.mapping(known)
        if OK not in found:
            raise line.wrong(f"{DAMAGED}samples without ok")
        names = [name_in(found[key]) if key in found else None for key in keys]
        group = (*names, found[OK].truth())
        if group in seen or group not in sums_of:
            problem = "a second row of the same group" if group in seen else "no sums of this group"
            raise line.wrong(f"{DAMAGED}{problem} and ok")
        seen.add(group)
        for column in SAMPLES:
            if column not in found:
                continue
            frame = _read(found[column], column)
            _refuse_other_sum(found[column], frame, column, sums_of[group])
            if old and frame.height == KEPT < found["calls"].whole(0):
                raise line.wrong(
                    "the baseline is usagectl.baseline/1, which kept only some of the values of"
                    f" more than {KEPT} calls: save it again"
                )
            parts[column].append(_of_group(frame, [*keys, OK], group))
    return {column: _together(parts[column], keys, column) for column in SAMPLES}


def _refuse_other_sum(
    node: Node, frame: pl.DataFrame, column: str, sums: Mapping[str, Any]
) -> None:
    pairs = list(frame.select("value", "calls").iter_rows())
    count = sum(calls for _, calls in pairs)
    if count > sums["calls"]:
        raise node.wrong(f"{DAMAGED}samples of {count} calls, where sums have {sums['calls']}")
    if column in QUOTIENTS:
        return
    # Rows that stand for several calls have no samples, and a step only says where it begins.
    least, stated = sum(value * calls for value, calls in pairs), sums[column] or 0
    complete = count == sums["calls"] and not frame.get_column("stepped").any()
    if least > stated or (complete and least < stated):
        raise node.wrong(f"{DAMAGED}samples add up to {least}, {column} of sums is {stated}")


def _together(frames: list[pl.DataFrame], keys: Sequence[str], column: str) -> pl.DataFrame:
    schema = {**dict.fromkeys(keys, pl.String()), OK: pl.Boolean(), "value": type_of(column)}
    nothing = pl.DataFrame(schema={**schema, "calls": pl.Int64(), "stepped": pl.Boolean()})
    return pl.concat([nothing, *frames])


def _of_group(frame: pl.DataFrame, keys: Sequence[str], group: Sequence[Any]) -> pl.DataFrame:
    named = dict(zip(keys, group, strict=True))
    types = {name: pl.Boolean() if name == OK else pl.String() for name in keys}
    return frame.select(
        *(pl.lit(value, dtype=types[name]).alias(name) for name, value in named.items()),
        "value",
        "calls",
        "stepped",
    )


def _read(node: Node, column: str) -> pl.DataFrame:
    """`value`, `calls` and `stepped` of a column of a group."""
    stated = isinstance(node.value, dict)
    values, calls, is_stepped = node, None, False
    if stated:
        found = node.mapping(["values", "steps", "calls"])
        if len(found) != 2 or "calls" not in found:  # noqa: PLR2004
            raise node.wrong(f"{DAMAGED}expected values or steps, and calls")
        is_stepped = "steps" in found
        values = found["steps" if is_stepped else "values"]
        calls = [part.whole(1, _MOST_CALLS) for part in found["calls"].items()]
    numbers = [_number(part, column) for part in values.items()]
    if calls is not None and len(calls) != len(numbers):
        raise node.wrong(f"{DAMAGED}{len(numbers)} values, but {len(calls)} numbers of calls")
    if numbers != sorted(set(numbers) if stated else numbers):
        raise values.wrong(f"{DAMAGED}the values are not in their order")
    frame = pl.DataFrame(
        {"value": numbers, "calls": calls or [1] * len(numbers)},
        schema={"value": type_of(column), "calls": pl.Int64()},
    ).with_columns(stepped=pl.lit(is_stepped))
    if is_stepped and not frame.select((stepped(column) == pl.col("value")).all()).item():
        raise values.wrong(f"{DAMAGED}there is no such step")
    return frame


def _number(node: Node, column: str) -> int | float:
    if column in QUOTIENTS:
        return node.number(0, _LARGEST_VALUE)
    return node.whole(0, _LARGEST_VALUE)


def percentiles_read(
    groups: Node, of_all: Node, keys: Sequence[str], values: Mapping[str, pl.DataFrame]
) -> Percentiles:
    """The percentiles of groups and of all calls.

    Raises:
        WrongUsageError: They are not what the values, which were kept in steps, can have.
    """
    found: dict[str, dict[Group | None, tuple[int, ...]]] = {column: {} for column in MEASURED}
    for line in (*groups.items(), *of_all.items()):
        of_group = line.steps[0] != of_all.steps[0]
        there = line.mapping([*keys, *MEASURED] if of_group else MEASURED)
        group = tuple(name_in(there[k]) if k in there else None for k in keys) if of_group else None
        for column in MEASURED:
            if column not in there:
                continue
            if group in found[column]:
                raise line.wrong(f"{DAMAGED}a second row of the same group")
            hundredths = [part.whole(0, 100 * _LARGEST_VALUE) for part in there[column].items()]
            if not _can_be(hundredths, group, keys, values[column]):
                raise there[column].wrong(f"{DAMAGED}samples have other percentiles")
            found[column][group] = tuple(hundredths)
    return {column: of_column for column, of_column in found.items() if of_column}


def _can_be(
    hundredths: Sequence[int], group: Group | None, keys: Sequence[str], values: pl.DataFrame
) -> bool:
    if group is not None:
        values = values.filter(
            pl.col(key).eq_missing(pl.lit(name, dtype=pl.String))
            for key, name in zip(keys, group, strict=True)
        )
    if len(hundredths) != len(PERCENTS) or values.is_empty():
        return False
    low, high = bounds(values)
    return all(
        least <= value <= most for least, value, most in zip(low, hundredths, high, strict=True)
    )
