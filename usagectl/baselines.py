"""A baseline: a side of a comparison as one JSON document, made to be committed and reviewed.

It is sorted and has a line for each group, so that a diff of it shows what changed. Sums are exact.
Of each group's samples at most KEPT are kept: the smallest, the largest, and others at even
distances in their order, so that neither chance nor the order of files has a say.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from usagectl._version import __version__
from usagectl.exceptions import WrongUsageError
from usagectl.names import Key
from usagectl.nodes import Node
from usagectl.notices import Notice
from usagectl.sides import MODEL, OK, SAMPLES, SUMS, Side, added_up

SCHEMA = "usagectl.baseline/1"
_FAMILY = SCHEMA.rpartition("/")[0] + "/"
KEPT = 200
_RUN = "run_of_side"
_FIELDS = (
    "schema", "usagectl", "name", "runs", "by", "first", "last", "models", "conventions",
    "machines", "cost_sources", "prices_of", "rejected", "notices", "failures", "sums",
    "sums_by_run", "samples",
)  # fmt: skip
_FLOATS = ("tokens_per_second", "cache_share")


def is_baseline(path: str) -> bool:
    """Whether a file says that it is a baseline, of whatever version."""
    try:
        with open(path, "rb") as file:
            return _FAMILY.encode() in file.read(200)
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
    lists: dict[str, Iterable[Mapping[str, Any]]] = {
        "failures": _rows(side.failures, [Key.FAILURE.value]),
        "sums": _rows(side.cells, [*keys, MODEL, OK], SUMS),
        "sums_by_run": _rows(side.by_run, [*keys, _RUN], SUMS) if len(side.runs) > 1 else (),
        "samples": _samples(side, keys),
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


def _samples(side: Side, keys: Sequence[str]) -> Iterator[dict[str, Any]]:
    groups = side.samples.partition_by([*keys, OK], as_dict=True)
    for group in sorted(groups, key=lambda g: [(k is None, k if k is not None else "") for k in g]):
        frame = groups[group]
        row = dict(zip([*keys, OK], group, strict=True))
        row["calls"] = frame.height
        for column in SAMPLES:
            values = frame.get_column(column).drop_nulls().sort().to_list()
            if values:
                row[column] = thinned(values)
        yield {name: value for name, value in row.items() if value is not None}


def thinned(values: Sequence[Any], kept: int = KEPT) -> list[Any]:
    """At most `kept` of some sorted values, at even distances, both ends among them."""
    if len(values) <= kept:
        return list(values)
    return [values[i * (len(values) - 1) // (kept - 1)] for i in range(kept)]


def side_from(root: Node) -> Side:
    """The side of a document.

    Raises:
        WrongUsageError: It is no baseline, one of a later version, or damaged.
    """
    _check_schema(root)
    found = root.mapping(_FIELDS)
    lacking = [name for name in _FIELDS if name not in found]
    if lacking:
        raise root.wrong(f"the baseline is damaged: it lacks {', '.join(lacking)}")
    keys = tuple(Key(node.one_of(list(Key))) for node in found["by"].items())
    names = [key.value for key in keys]
    runs = tuple(node.text() for node in found["runs"].items())
    cells = _frame(found["sums"], {**_texts([*names, MODEL]), OK: pl.Boolean()}, SUMS)
    by_run = _frame(found["sums_by_run"], _texts([*names, _RUN]), SUMS)
    if len(runs) == 1:
        by_run = added_up(cells, names).with_columns(pl.lit(runs[0]).alias(_RUN))
    samples, is_thinned = _samples_from(found["samples"], names)
    days = found["prices_of"]
    return Side(
        found["name"].text(),
        runs,
        keys,
        cells,
        samples,
        by_run,
        _frame(found["failures"], _texts([Key.FAILURE.value]), ("calls",)),
        _time(found["first"]),
        _time(found["last"]),
        frozenset(_pair(node) for node in found["conventions"].items()),
        frozenset(_optional_texts(found["machines"])),
        frozenset(_optional_texts(found["cost_sources"])),
        None if days.value is None else (days.items()[0].date(), days.items()[-1].date()),
        tuple(_notice(node) for node in found["notices"].items()),
        found["rejected"].whole(0),
        is_thinned,
    )


def _check_schema(root: Node) -> None:
    schema = root.mapping().get("schema")
    text = schema.value if schema else None
    if text == SCHEMA:
        return
    if isinstance(text, str) and text.startswith(_FAMILY):
        raise root.wrong(
            f"the baseline is {text}, this usagectl reads {SCHEMA}: update usagectl, or save the"
            " baseline again"
        )
    raise root.wrong("is no baseline: make one with `usagectl baseline save OPERAND`")


def _texts(names: Sequence[str]) -> dict[str, pl.DataType]:
    return dict.fromkeys(names, pl.String())


def _frame(node: Node, keys: Mapping[str, pl.DataType], values: Sequence[str]) -> pl.DataFrame:
    """Rows of sums; what is not known is not there."""
    rows = []
    for line in node.items():
        found = line.mapping([*keys, *values])
        row: dict[str, Any] = {}
        for name, part in found.items():
            if name in values:
                row[name] = part.whole(0)
            else:
                row[name] = part.truth() if keys[name] == pl.Boolean else part.text()
        calls = row.get("calls")
        if calls is None or any(row.get(n, 0) > calls for n in values if n.endswith("_calls")):
            raise line.wrong("the baseline is damaged: more calls are known than there are")
        rows.append({**{name: 0 for name in values if _counts(name)}, **row})
    schema = {**keys, **dict.fromkeys(values, pl.Int64())}
    try:
        return pl.DataFrame(rows, schema=schema, orient="row")
    except (pl.exceptions.PolarsError, OverflowError):
        raise node.wrong("the baseline is damaged: a number is too large") from None


def _counts(name: str) -> bool:
    return name.endswith("_calls") or name in ("calls", "failed")


def _samples_from(node: Node, keys: Sequence[str]) -> tuple[pl.DataFrame, bool]:
    """The samples, a column beside the other: what stands in one row is not of one call."""
    types = {name: pl.Float64() if name in _FLOATS else pl.Int64() for name in SAMPLES}
    schema = {**_texts(keys), OK: pl.Boolean(), **types}
    frames, is_thinned = [pl.DataFrame(schema=schema)], False
    for line in node.items():
        found = line.mapping([*keys, OK, "calls", *SAMPLES])
        if OK not in found or "calls" not in found:
            raise line.wrong("the baseline is damaged: samples without ok or calls")
        columns = {
            name: [value.number(0) for value in found[name].items()]
            for name in SAMPLES
            if name in found
        }
        longest = max(map(len, columns.values()), default=0)
        is_thinned |= longest < found["calls"].whole(0) and longest >= KEPT
        of_group = {name: found[name].text() if name in found else None for name in keys}
        try:
            frame = pl.DataFrame(
                {
                    **{name: [value] * longest for name, value in of_group.items()},
                    OK: [found[OK].truth()] * longest,
                    **{n: [*v, *[None] * (longest - len(v))] for n, v in columns.items()},
                    **{n: [None] * longest for n in SAMPLES if n not in columns},
                },
                schema=schema,
            )
        except (pl.exceptions.PolarsError, TypeError, OverflowError):
            raise line.wrong("the baseline is damaged: a sample is no whole number") from None
        frames.append(frame)
    return pl.concat(frames), is_thinned


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


def _optional_texts(node: Node) -> list[str]:
    return [part.text() for part in node.items()]


def _notice(node: Node) -> Notice:
    parts = node.items()
    if len(parts) != 3:  # noqa: PLR2004
        raise node.wrong("expected a code, a text and a number")
    return Notice(parts[0].text(), parts[1].text(), parts[2].whole(0))


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
        by_run=added_up(side.by_run, [*names, _RUN]),
        samples=side.samples.select(*names, OK, *SAMPLES),
    )
