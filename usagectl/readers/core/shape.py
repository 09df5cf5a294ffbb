"""What a reader expects of a line file."""

import re
from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple

import polars as pl

from usagectl.readers.core.fields import Fields

A_DOCUMENT = 1_000_000
"""What a damaged or long document weighs beside the objects in it, which look like records."""


class Shape(NamedTuple):
    """What a reader expects of a line file.

    `required`: at least one of these must be there, or the record is none of this format (nothing
    is required where this is empty).
    `relevant`: whether a record is one that the reader will use; the values of others are not
    checked. `mixed`: lines that are no JSON object belong to somebody else. `only`: a line that is
    a record and in which this is not found is passed over unread. `reduced`: what is kept of a
    frame of raw fields once it is parsed, so that long texts do not wait in memory for the end.
    """

    fields: Fields
    required: tuple[str, ...]
    relevant: Callable[[Mapping[str, Any]], bool] = lambda _: True
    mixed: bool = False
    only: re.Pattern[bytes] | None = None
    reduced: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame


def is_one_of(value: Any, words: Container[str]) -> bool:
    """Whether a value of a record is one of some words, whatever else it may be."""
    return isinstance(value, str) and value in words
