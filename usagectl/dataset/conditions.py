"""Conditions on the keys of calls and stages: `model=*qwen*`, `failure!=timeout`."""

import fnmatch
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from usagectl.dataset.keys import key_expression
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import Key
from usagectl.model.wording import key_named

ABSENT = "-"
_OF_STAGES = {Key.RUN, Key.TASK, Key.SESSION, Key.SOURCE, Key.FORMAT}


class Condition(NamedTuple):
    """`key=glob`, or `key!=glob` where `negated`. The glob `-` is for what has no value."""

    key: Key
    glob: str
    negated: bool


def parse_condition(text: str, said: str = "--where ") -> Condition:
    """Read `KEY=GLOB` or `KEY!=GLOB`.

    Args:
        text: What the user wrote.
        said: Where they wrote it, in front of the message.

    Raises:
        WrongUsageError: It has another form or names no key.
    """
    name, equals, glob = text.partition("=")
    if not equals:
        raise WrongUsageError(f"{said}{text!r}: expected KEY=GLOB or KEY!=GLOB")
    negated = name.endswith("!")
    name = name.removesuffix("!").strip()
    return Condition(key_named(name, f"{said}{text!r}: "), glob, negated)


def of_calls(frame: pl.LazyFrame, conditions: Sequence[Condition], zone: str) -> pl.LazyFrame:
    """The calls that meet all conditions, of which those of one key are alternatives."""
    for key in dict.fromkeys(condition.key for condition in conditions):
        value = key_expression(key, zone)
        wanted = [c.glob for c in conditions if c.key is key and not c.negated]
        unwanted = [c.glob for c in conditions if c.key is key and c.negated]
        kept = [
            text
            for text in values_of(frame, key, zone)
            if (not wanted or _matches(text, wanted)) and not _matches(text, unwanted)
        ]
        frame = frame.filter(value.is_in(kept, nulls_equal=True))
    return frame


def values_of(frame: pl.LazyFrame, key: Key, zone: str) -> list[str | None]:
    """What the calls have for a key, each value once."""
    value = key_expression(key, zone).alias("value")
    return frame.select(value).unique().collect().get_column("value").to_list()


def of_stages(frame: pl.LazyFrame, conditions: Sequence[Condition], zone: str) -> pl.LazyFrame:
    """As of_calls, on the keys that a stage has; a condition on another key leaves no stage."""
    if any(condition.key not in _OF_STAGES for condition in conditions):
        return frame.clear()
    return of_calls(frame, conditions, zone)


def only_part(
    calls: pl.LazyFrame, stages: pl.LazyFrame, run: str, part: Sequence[str], zone: str
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """The same frames, in which of one run only what meets some conditions is left.

    Raises:
        WrongUsageError: A condition cannot be read.
        NoAnswerError: No call of the run meets them; the message says what there is.
    """
    wanted = [parse_condition(text, f"{run}: ") for text in part]
    of_run = pl.col("run") == run
    kept = of_calls(calls.filter(of_run), wanted, zone).collect()
    if kept.is_empty():
        there = [
            f"{key}: {', '.join(sorted(value or ABSENT for value in values))}"
            for key in dict.fromkeys(condition.key for condition in wanted)
            if (values := values_of(calls.filter(of_run), key, zone))
        ]
        raise NoAnswerError(f"{run}: no call meets it; there are {'; '.join(there) or 'none'}")
    return (
        pl.concat([calls.filter(~of_run), kept.lazy()]),
        pl.concat([stages.filter(~of_run), of_stages(stages.filter(of_run), wanted, zone)]),
    )


def _matches(text: str | None, globs: Sequence[str]) -> bool:
    if text is None:
        return ABSENT in globs
    return any(fnmatch.fnmatchcase(text, glob) for glob in globs)
