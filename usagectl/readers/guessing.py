"""A map for an unknown file, guessed by the usual names of fields and said to be guessed.

Nothing is ever read by a guess: what comes of it is text, which a person looks at and keeps.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from usagectl.inputs.file import SourceFile
from usagectl.model.exceptions import NoAnswerError
from usagectl.readers.core.picking import COSTS, DURATIONS, TIMES, objects, value_at
from usagectl.readers.core.raw_records import raw_records
from usagectl.readers.core.usual_names import (
    COST_NAMES,
    DURATION_NAMES,
    FIRST_TOKEN_NAMES,
    NAMES,
    UNIT_ENDS,
)
from usagectl.readers.guessed_columns import SHOWN, Field, column_text, quoted, shown, word

_MOST_RECORDS = 1_000
_MOST_DEPTH = 5
_COUNTS = tuple(name for name in NAMES if name.endswith("_tokens"))
_PARENTS = {"usage", "tokens", "token_usage", "token", "tok", "usage_details", "tokenusage"}
_UNDER_TOKENS = {
    "input_tokens": ("input", "prompt", "in"),
    "output_tokens": ("output", "completion", "out", "candidates"),
    "cache_read_tokens": ("cached", "cache_read", "cacheread", "hit", "read"),
    "cache_write_tokens": ("cache_write", "cachewrite", "cache_creation", "write"),
    "reasoning_tokens": ("reasoning", "thinking", "thoughts"),
    "total_tokens": ("total", "sum"),
}


class _Guess(NamedTuple):
    """A column of the map, as YAML, and why."""

    column: str
    text: str
    why: str
    path: str


def suggested_map(path: str) -> str:
    """A map of a file as YAML, with what was guessed, why, and what is missing.

    Raises:
        NoAnswerError: No records were found in it.
    """
    file = SourceFile("", path, "", regular=True)
    file.head()
    taken = itertools.islice(raw_records(file), _MOST_RECORDS)
    found = [each.value for each in taken if each.value]
    place, records = _records(found)
    if not records:
        raise NoAnswerError(f"{path}: no records were found in it: JSON, CSV and Parquet are read")
    fields = _fields(records)
    guesses = list(_guesses(fields, len(records)))
    return "\n".join(_written(path, place, records, fields, guesses)) + "\n"


def _records(found: Sequence[dict[str, Any]]) -> tuple[str | None, list[dict[str, Any]]]:
    """The records, and the path of the list that holds them where one document does."""
    if len(found) != 1:
        return None, list(found)
    lists = [(path, objects(value)) for path, value in _lists(found[0], "", 0)]
    place, longest = max(lists, key=lambda each: len(each[1]), default=(None, []))
    return (place, longest) if len(longest) > 1 else (None, list(found))


def _lists(value: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, list):
            yield f"{prefix}{key}", inner
        elif isinstance(inner, dict) and depth < _MOST_DEPTH:
            yield from _lists(inner, f"{prefix}{key}.", depth + 1)


def _fields(records: Sequence[Mapping[str, Any]]) -> dict[str, Field]:
    found: dict[str, list[Any]] = {}
    for record in records:
        for path, value in _flat(record, "", 0):
            found.setdefault(path, []).append(value)
    return {path: Field(path, values) for path, values in found.items()}


def _flat(value: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        if isinstance(inner, dict) and depth < _MOST_DEPTH:
            yield from _flat(inner, f"{prefix}{key}.", depth + 1)
        elif inner is not None and not isinstance(inner, list):
            yield f"{prefix}{key}", inner


def _guesses(fields: Mapping[str, Field], records: int) -> Iterator[_Guess]:
    used: set[str] = set()
    for column in (*_COUNTS, *TIMES, *DURATIONS, *COSTS, *(n for n in NAMES if n not in _COUNTS)):
        if column in TIMES and used & {f"@{name}" for name in TIMES} and column == "started_at":
            continue
        best = _best(column, [field for path, field in fields.items() if path not in used])
        if best is None:
            continue
        used |= {best.path, f"@{column}"}
        text, more = column_text(column, best)
        seen = f"in {len(best.values):,} of {records:,} records, such as {shown(best.values[0])}"
        yield _Guess(column, text, f"{seen}{more}", best.path)


def _best(column: str, fields: Sequence[Field]) -> Field | None:
    """The field whose name says the most that it is a column, and whose values may be one."""
    ranked = [
        (rank, -len(field.values), field.path.count("."), field.path, field)
        for field in fields
        if (rank := _rank(column, field)) is not None
    ]
    return min(ranked)[-1] if ranked else None


def _rank(column: str, field: Field) -> int | None:
    """How near a name is to the usual ones, the nearest 0; null where it is not, or cannot be."""
    *above, name = [_snake(part) for part in field.path.split(".")]
    if column in _COUNTS:
        whole = field.is_numeric and all(n == int(n) and n >= 0 for n in field.numbers)
        if not whole:
            return None
        if above and above[-1] in _PARENTS and name in _UNDER_TOKENS.get(column, ()):
            return len(NAMES[column])
    if column in DURATIONS or column in COSTS:
        if not field.is_numeric:
            return None
        stems = {"duration": DURATION_NAMES, "first_token": FIRST_TOKEN_NAMES}.get(
            column, COST_NAMES
        )
        names = [f"{stem}{end}" for stem in stems for end in ("", *map(str.lower, UNIT_ENDS))]
        return names.index(name) if name in names else None
    usual = [_snake(one) for one in NAMES[column]]
    if column == "model" and name == "name" and above and above[-1] in ("model", "llm"):
        return len(usual)
    return usual.index(name) if name in usual else None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower().replace("-", "_")


def _written(
    path: str,
    place: str | None,
    records: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Field],
    guesses: Sequence[_Guess],
) -> Iterator[str]:
    yield f"# Guessed from {len(records):,} records of {path}: look at each line, then use it with"
    yield f"# --map. Fields: {', '.join(sorted(fields)[:SHOWN])}"
    if place is not None:
        yield f"records: {quoted(place)}  # the longest list in the document"
    yield from _condition(records, fields, guesses)
    yield from _counting(guesses)
    yield "columns:"
    for guess in guesses:
        yield f"  {guess.column}: {guess.text}  # {guess.why}"
    there = {guess.column for guess in guesses}
    if not there & {"input_tokens", "output_tokens"}:
        yield "  # No tokens were found, without which a map says nothing; name their fields:"
        yield "  # input_tokens: usage.input"
        yield "  # output_tokens: usage.output"
    wanted = ("input_tokens", "output_tokens", "cache_read_tokens", "model", "task", "duration",
              "ended_at", "status", "cost")  # fmt: skip
    missing = [name for name in wanted if name not in there]
    if "started_at" in there and "ended_at" in missing:
        missing.remove("ended_at")
    if missing:
        yield f"# Not found: {', '.join(missing)}. What is not mapped is unknown, never 0."


def _condition(
    records: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Field],
    guesses: Sequence[_Guess],
) -> Iterator[str]:
    """Which records are calls, where some have no tokens and one field tells these apart."""
    counts = [guess.path for guess in guesses if guess.column in _COUNTS]
    calls = [any(value_at(r, path) is not None for path in counts) for r in records]
    if all(calls) or not any(calls):
        return
    for path, field in sorted(fields.items(), key=lambda each: each[0].count(".")):
        if field.is_numeric or path in counts:
            continue
        values = [value_at(r, path) for r in records]
        of_calls = {word(v) for v, is_call in zip(values, calls, strict=True) if is_call}
        of_others = {word(v) for v, is_call in zip(values, calls, strict=True) if not is_call}
        if len(of_calls) == 1 and not of_calls & of_others:
            (only,) = of_calls
            yield f"where: {{{quoted(path)}: {quoted(only)}}}  # as all that have tokens"
            return


def _counting(guesses: Sequence[_Guess]) -> Iterator[str]:
    paths = {guess.column: guess.path for guess in guesses}
    if "total_tokens" in paths:
        yield "# Whether cached and reasoning tokens are inside, each record's own total tells."
    elif paths.keys() & {"cache_read_tokens", "cache_write_tokens", "reasoning_tokens"}:
        yield "counting: all inside  # not told; else cache apart, reasoning apart, both apart"
