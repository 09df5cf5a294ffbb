"""Verdicts about messages that a user asks about, instead of about calls."""

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, NamedTuple

import polars as pl

from usagectl.failures.matching import EVIDENCE, candidates, verdicts
from usagectl.failures.rules import Rules
from usagectl.failures.secrets import masked, masked_text
from usagectl.model.categories import UNKNOWN
from usagectl.model.exceptions import WrongUsageError


class Verdict(NamedTuple):
    """What a message is; `rule` and `evidence` are None where no rule matched.

    `others` are categories that other rules see in it, `message` has its secrets masked.
    """

    message: str
    category: str
    rule: str | None
    evidence: str | None
    others: tuple[str, ...]


def about(message: str, rules: Rules) -> Verdict:
    """The verdict about one message, with what else it could be."""
    clean = message.encode("utf-8", "replace").decode("utf-8")
    (row,) = _judged(pl.DataFrame({"message": [clean]}), rules).iter_rows(named=True)
    others = (name for name in candidates(clean, rules) if name != row["category"])
    return Verdict(row["message"], row["category"], row["rule"], row["evidence"], tuple(others))


def about_lines(messages: Sequence[str], rules: Rules) -> pl.DataFrame:
    """`line`, `message`, `category`, `rule` and `evidence` of each message that is not blank.

    `line` counts from 1 with the blank ones, so that a verdict can be joined to what was asked.
    """
    known = [(line, text) for line, text in enumerate(messages, 1) if text.strip()]
    said = pl.DataFrame(known, schema={"line": pl.Int64, "message": pl.String}, orient="row")
    return _judged(said, rules)


def _judged(said: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    evidence = said.select("message").match_to_schema(EVIDENCE, missing_columns="insert")
    return pl.concat([said, verdicts(evidence, rules)], how="horizontal").with_columns(
        masked(pl.col("message")), pl.col("category").fill_null(UNKNOWN)
    )


def about_objects(lines: Sequence[str], rules: Rules) -> list[dict[str, Any]]:
    """The objects of some lines, each with its verdict; blank lines are passed over.

    Raises:
        WrongUsageError: A line is no object, or has no text as `message`.
    """
    objects = [_object(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    said = pl.DataFrame([_said(value) for value in objects], schema=EVIDENCE, orient="row")
    found = verdicts(said, rules).with_columns(pl.col("category").fill_null(UNKNOWN))
    messages = said.select(masked(pl.col("message"))).to_series()
    return [
        {**value, "message": message, **verdict}
        for value, message, verdict in zip(
            _masked(objects), messages, found.iter_rows(named=True), strict=True
        )
    ]


def _masked(objects: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The objects with the secrets in every field masked."""
    told = pl.Series([json.dumps(value) for value in objects], dtype=pl.String)
    for value, before, after in zip(
        objects, told, told.to_frame("told").select(masked(pl.col("told"))).to_series(), strict=True
    ):
        yield value if before == after else _read_again(value, after)


def _read_again(value: dict[str, Any], text: str) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError:  # The mask took more than a value.
        return {name: _masked_part(part) for name, part in value.items()}


def _masked_part(part: Any) -> Any:
    if isinstance(part, dict | list):
        part = json.dumps(part)
    return masked_text(part) if isinstance(part, str) else part


def _object(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_null, parse_float=_finite)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise WrongUsageError(f"line {number} of standard input is no JSON object")
    if not isinstance(value.get("message"), str | None):
        raise WrongUsageError(f"line {number} of standard input: 'message' is no text")
    return value


def _null(_: str) -> None:
    """NaN and Infinity, which Python writes and JSON does not have."""


def _finite(text: str) -> float | None:
    number = float(text)
    return number if isfinite(number) else None


def _said(value: dict[str, Any]) -> tuple[Any, ...]:
    status = value.get("http_status")
    texts = {
        name: part.encode("utf-8", "replace").decode("utf-8")
        for name in EVIDENCE
        if isinstance(part := value.get(name), str)
    }
    known = isinstance(status, int) and not isinstance(status, bool) and 0 <= status < 1000  # noqa: PLR2004
    if isinstance(status, float) and status.is_integer() and 0 <= status < 1000:  # noqa: PLR2004
        status, known = int(status), True
    if isinstance(status, str) and status.isdecimal() and len(status) == 3:  # noqa: PLR2004
        status, known = int(status), True
    texts.pop("http_status", None)
    row = {**texts, "http_status": status if known else None}
    return tuple(row.get(name) for name in EVIDENCE)
