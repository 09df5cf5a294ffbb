"""Attempts that can be about several answers choose one after the other, in the order of rows."""

from collections.abc import Sequence

import polars as pl

from usagectl.readers.planexe.adjacent import PAIRS
from usagectl.readers.planexe.candidates import Candidates
from usagectl.readers.planexe.matching import Row, answers_of, answers_of_leak

_CHOOSING = (
    *("row", "file", "end", "duration", "model", "success", "owes", "may_leak", "last_own", "to"),
    *("singles", "within", "several"),
)


def in_turn(found: Candidates) -> tuple[pl.DataFrame, dict[int, int]]:
    """Let each attempt take what fits best of what is left.

    Returns:
        The pairs, and for rows that carry the tokens of a failed call the row of that call.
    """
    answers = _answers(found)
    taken: set[int] = set()
    pairs: list[tuple[int, int, bool]] = []
    leaks: dict[int, int] = {}
    owing = (-1, -1)
    choosing = found.attempts.filter(
        pl.col("owes") | pl.col("singles").is_not_null() | pl.col("within").is_not_null()
    )
    for (
        row,
        file,
        end,
        duration,
        model,
        success,
        owes,
        may_leak,
        own,
        at,
        *lists,
    ) in choosing.select(_CHOOSING).iter_rows():
        singles, within, several = lists
        chosen: Sequence[int] = ()
        if singles and not (several or may_leak):
            chosen = next(((one,) for one in singles if one not in taken), ())
        if within and not chosen and (not may_leak or (owing[0] == file and owing[1] > own)):
            attempt = Row(row, end, duration, model, success, may_leak)
            waiting = [answers[i] for i in within if i not in taken]
            rule = answers_of_leak if may_leak else answers_of
            chosen = [answer.row for answer in rule(attempt, waiting)]
        if not chosen:
            owing = (file, row) if owes else owing
            continue
        taken.update(chosen)
        pairs += [(one, row, one == chosen[-1]) for one in chosen]
        if may_leak:
            leaks[row] = owing[1]
            taken.add(at)
            owing = (-1, -1)
    return _of_rows(found, pairs), leaks


def _answers(found: Candidates) -> dict[int, Row]:
    """The answers that have to be looked at, by their numbers, which stand for their rows."""
    numbers = found.attempts["within"].drop_nulls().explode().unique()
    looked_at = found.answers.select(
        pl.col("to", "end", "duration", "model", "success", "has_tokens").gather(numbers)
    )
    return {values[0]: Row(*values) for values in looked_at.iter_rows()}


def _of_rows(found: Candidates, pairs: Sequence[tuple[int, int, bool]]) -> pl.DataFrame:
    frame = pl.DataFrame(pairs, schema={**PAIRS, "answer": pl.UInt32}, orient="row")
    return frame.with_columns(answer=found.answers["row"].gather(frame["answer"]))
