"""Reading a baseline: a file that is damaged, or says what cannot be true, is refused."""

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl

from usagectl.aggregation.side import MODEL, SUMS, Side, added_up
from usagectl.aggregation.sketch import OK
from usagectl.comparison.baseline import FAMILY, FIRST, RUN_OF_SIDE, SCHEMA
from usagectl.comparison.baseline_rows import (
    DAMAGED,
    Row,
    frame_of,
    name_in,
    refuse_contradictions,
    refuse_other_sums,
    rows_of,
)
from usagectl.comparison.baseline_values import percentiles_read, values_read
from usagectl.config.node import Node
from usagectl.model.names import TAG, Key
from usagectl.model.notices import Notice

_FIELDS = (
    "schema", "usagectl", "name", "runs", "by", "first", "last", "models", "conventions",
    "machines", "cost_sources", "prices_of", "rejected", "notices", "failures", "sums",
    "sums_by_run", "samples", "percentiles", "percentiles_of_all",
)  # fmt: skip
_ADDED = ("percentiles", "percentiles_of_all")
"""What the first version did not have."""


def side_from(root: Node) -> Side:
    """The side of a document.

    Raises:
        WrongUsageError: It is no baseline, one of a later version, or damaged.
    """
    old = _schema_of(root) == FIRST
    fields = [name for name in _FIELDS if not (old and name in _ADDED)]
    found = root.mapping(fields)
    lacking = [name for name in fields if name not in found]
    if lacking:
        raise root.wrong(f"{DAMAGED}it lacks {', '.join(lacking)}")
    labels = [str(node.value) for node in found["by"].items() if str(node.value).startswith(TAG)]
    keys = tuple(Key(name) for name in _distinct(found["by"], [*Key, *labels]))
    names = [key.value for key in keys]
    runs = tuple(_distinct(found["runs"]))
    cells = rows_of(found["sums"], {**_texts([*names, MODEL]), OK: pl.Boolean()}, SUMS)
    by_run = rows_of(found["sums_by_run"], _texts([*names, RUN_OF_SIDE]), SUMS)
    failures = rows_of(found["failures"], _texts([Key.FAILURE.value]))
    _refuse_contradictions(found, cells, by_run, failures, runs)
    sums = frame_of(cells, {**_texts([*names, MODEL]), OK: pl.Boolean()}, SUMS)
    sums_of = {
        tuple(row[name] for name in (*names, OK)): row
        for row in added_up(sums, [*names, OK]).iter_rows(named=True)
    }
    values = values_read(found["samples"], names, sums_of, old=old)
    return Side(
        name_in(found["name"]),
        runs,
        keys,
        sums,
        values,
        added_up(sums, names).with_columns(pl.lit(runs[0]).alias(RUN_OF_SIDE))
        if len(runs) == 1
        else frame_of(by_run, _texts([*names, RUN_OF_SIDE]), SUMS),
        frame_of(failures, _texts([Key.FAILURE.value])),
        *_period(found["first"], found["last"]),
        frozenset(_pair(node) for node in found["conventions"].items()),
        frozenset(node.text() for node in found["machines"].items()),
        frozenset(node.text() for node in found["cost_sources"].items()),
        _days(found["prices_of"]),
        tuple(_notice(node) for node in found["notices"].items()),
        found["rejected"].whole(0),
        {}
        if old
        else percentiles_read(found["percentiles"], found["percentiles_of_all"], names, values),
    )


def _schema_of(root: Node) -> str:
    schema = root.mapping().get("schema")
    text = schema.value if schema else None
    if text in (FIRST, SCHEMA):
        return str(text)
    if isinstance(text, str) and text.startswith(FAMILY):
        raise root.wrong(
            f"the baseline is {text}, this usagectl reads up to {SCHEMA}: update usagectl, or save"
            " the baseline again"
        )
    raise root.wrong("is no baseline: make one with `usagectl baseline save OPERAND`")


def _distinct(node: Node, known: Sequence[str] | None = None) -> list[str]:
    """Some names, each once, and at least one."""
    names = [part.one_of(known) if known else name_in(part) for part in node.items()]
    if not names:
        raise node.wrong(f"{DAMAGED}there are none")
    for i, name in enumerate(names):
        if name in names[:i]:
            raise node.items()[i].wrong(f"{DAMAGED}{name!r} stands here a second time")
    return names


def _refuse_contradictions(
    found: Mapping[str, Node],
    cells: Sequence[Row],
    by_run: Sequence[Row],
    failures: Sequence[Row],
    runs: Sequence[str],
) -> None:
    """What the parts of a document say must go together.

    Raises:
        WrongUsageError: It does not.
    """
    keys = [part.text() for part in found["by"].items()]
    for node, key in zip(found["by"].items(), keys, strict=True):
        if key in (Key.RUN, Key.SOURCE):
            raise node.wrong(f"{DAMAGED}two sides cannot have a {key} in common")
    refuse_contradictions(cells)
    refuse_contradictions(by_run)
    if not cells:
        raise found["sums"].wrong(f"{DAMAGED}there are no calls")
    models = sorted({row.found[MODEL] for row in cells if MODEL in row.found})
    if sorted(name_in(node) for node in found["models"].items()) != models:
        raise found["models"].wrong(f"{DAMAGED}sums are of {', '.join(models) or 'no model'}")
    if len(runs) == 1 and by_run:
        raise found["sums_by_run"].wrong(f"{DAMAGED}there is one run: its sums are in sums")
    if len(runs) > 1:
        of_runs = {row.found.get(RUN_OF_SIDE) for row in by_run}
        if of_runs != {*runs}:
            raise found["sums_by_run"].wrong(f"{DAMAGED}the runs are {', '.join(runs)}")
        refuse_other_sums(cells, by_run, keys)
    labelled, failed = (
        sum(row.found.get(name, 0) for row in rows)
        for rows, name in ((failures, "calls"), (cells, "failed"))
    )
    if labelled != failed:
        raise found["failures"].wrong(f"{DAMAGED}{labelled} failures, but {failed} calls failed")


def _texts(names: Sequence[str]) -> dict[str, pl.DataType]:
    return dict.fromkeys(names, pl.String())


def _time(node: Node) -> dt.datetime | None:
    if node.value is None:
        return None
    try:
        return dt.datetime.fromisoformat(node.text()).astimezone(dt.UTC)
    except ValueError:
        raise node.wrong(f"expected a time, found {node.text()!r}") from None


def _pair(node: Node) -> tuple[str, str]:
    texts = node.texts()
    if len(texts) != 2:  # noqa: PLR2004
        raise node.wrong("expected a format and what it counts")
    return texts[0], texts[1]


def _period(first: Node, last: Node) -> tuple[dt.datetime | None, dt.datetime | None]:
    begin, end = _time(first), _time(last)
    if (begin is None) is not (end is None) or (begin and end and begin > end):
        raise last.wrong(f"{DAMAGED}it ends before it begins, or only one of both is known")
    return begin, end


def _days(node: Node) -> tuple[dt.date, dt.date] | None:
    if node.value is None:
        return None
    days = [part.date() for part in node.items()]
    if len(days) != 2 or days[0] > days[1]:  # noqa: PLR2004
        raise node.wrong("expected nothing, or the first and the last day in this order")
    return days[0], days[1]


def _notice(node: Node) -> Notice:
    parts = node.items()
    if len(parts) != 3:  # noqa: PLR2004
        raise node.wrong("expected a code, a text and a number")
    return Notice(parts[0].text(), parts[1].text(), parts[2].whole(0))
