"""Rows of sums in a baseline, and whether they can be true: a file is edited, and merged badly."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from usagectl.aggregation.side import PARTS, SUMS
from usagectl.aggregation.sketch import OK
from usagectl.config.node import Node
from usagectl.model.schema import LARGEST_SUM

DAMAGED = "the baseline is damaged: "
_BESIDE = {"timed_us": "timed_calls", "cached_input": "cache_calls"}
_WITHIN = {
    # What is a part of something else, and of what.
    "failed": ("calls",),
    **dict.fromkeys(PARTS.values(), ("calls",)),
    "total_calls": ("input_calls", "output_calls"),
    "timed_calls": ("output_calls", "duration_calls"),
    "cache_calls": ("input_calls",),
    "priced_calls": ("cost_calls",),
    "timed_output": ("output_tokens",),
    "timed_us": ("duration_us",),
    "cached_input": ("input_tokens",),
    "priced_tokens": ("total_tokens",),
}

Group = tuple[str | None, ...]


class Row(NamedTuple):
    """A row, where it stands, and its values by name, without what is not known."""

    node: Node
    found: Mapping[str, Any]

    def group(self, keys: Sequence[str]) -> Group:
        """Its values of some keys."""
        return tuple(self.found.get(key) for key in keys)


def rows_of(
    node: Node, keys: Mapping[str, pl.DataType], values: Sequence[str] = ("calls",)
) -> list[Row]:
    """The rows of a list, each with other keys.

    Raises:
        WrongUsageError: A value is no whole number, or a row stands there twice.
    """
    rows: list[Row] = []
    seen: set[Group] = set()
    for line in node.items():
        found = {
            name: _value(part, name, keys) for name, part in line.mapping([*keys, *values]).items()
        }
        row = Row(line, found)
        if "calls" not in found:
            raise line.wrong(f"{DAMAGED}a row without calls")
        if OK in keys and OK not in found:
            raise line.wrong(f"{DAMAGED}a row without ok")
        if (group := row.group([*keys])) in seen:
            raise line.wrong(f"{DAMAGED}a second row of the same {', '.join(keys)}")
        seen.add(group)
        rows.append(row)
    return rows


def _value(node: Node, name: str, keys: Mapping[str, pl.DataType]) -> Any:
    if name in keys:
        return node.truth() if keys[name] == pl.Boolean else name_in(node)
    return node.whole(0, LARGEST_SUM)


def name_in(node: Node) -> str:
    """The name of a group, which may be empty."""
    return "" if node.value == "" else node.text()


def frame_of(
    rows: Iterable[Row], keys: Mapping[str, pl.DataType], values: Sequence[str] = ("calls",)
) -> pl.DataFrame:
    """The rows as a frame: a count that is not there is 0, a sum is null."""
    nothing = {name: 0 for name in values if _counts(name)}
    schema = {**keys, **dict.fromkeys(values, pl.Int64())}
    return pl.DataFrame([{**nothing, **row.found} for row in rows], schema=schema, orient="row")


def _counts(name: str) -> bool:
    return name.endswith("calls") or name == "failed"


def refuse_contradictions(rows: Sequence[Row]) -> None:
    """Refuse sums that no calls can have.

    Raises:
        WrongUsageError: A row contradicts itself, or all together are too much.
    """
    together: dict[str, int] = defaultdict(int)
    for row in rows:
        for problem in _problems(row.found):
            raise row.node.wrong(f"{DAMAGED}{problem}")
        for name in SUMS:
            together[name] += row.found.get(name, 0)
            if together[name] > LARGEST_SUM:
                raise row.node.wrong(f"{DAMAGED}the sum of {name} is too large")


def _problems(found: Mapping[str, Any]) -> Iterable[str]:
    for name, rests_on in {**PARTS, **_BESIDE}.items():
        known = found.get(rests_on, 0)
        if known and name not in found:
            yield f"{rests_on} is {known}, but there is no {name}"
        if found.get(name) and not known and name != "total_tokens":
            yield f"{name} is {found[name]}, but {rests_on} says that it is known of no call"
    parts = [found[name] for name in ("input_tokens", "output_tokens") if name in found]
    if found.get("total_tokens") != (sum(parts) if parts else None):
        yield (
            f"total_tokens is {found.get('total_tokens', 'not there')}, input_tokens and"
            f" output_tokens are {sum(parts) if parts else 'not there'}"
        )
    for name, wholes in _WITHIN.items():
        for whole in wholes:
            if found.get(name, 0) > found.get(whole, 0):
                yield f"{name} ({found[name]}) is more than {whole} ({found.get(whole, 0)})"
    if found.get(OK) and found.get("failed"):
        yield f"{found['failed']} failed among the calls that are ok"


def refuse_other_sums(rows: Sequence[Row], by_run: Sequence[Row], keys: Sequence[str]) -> None:
    """Refuse sums by run that do not add up to the sums.

    Raises:
        WrongUsageError: They do not; the first row of the group says so.
    """
    sums, of_runs = _added(rows, keys), _added(by_run, keys)
    places = {row.group(keys): row.node for row in (*reversed(by_run), *reversed(rows))}
    for group, node in places.items():
        for name in SUMS:
            one, other = (of.get(group, {}).get(name, 0) for of in (sums, of_runs))
            if one != other:
                raise node.wrong(
                    f"{DAMAGED}{name} of this group is {one} in sums, {other} in sums_by_run"
                )


def _added(rows: Sequence[Row], keys: Sequence[str]) -> dict[Group, dict[str, int]]:
    found: dict[Group, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        for name in SUMS:
            found[row.group(keys)][name] += row.found.get(name, 0)
    return found
