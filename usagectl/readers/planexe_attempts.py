"""PlanExe writes one call as two rows; this finds which rows belong together.

A response leaves a row with tokens under the provider's model name (here: an *answer*). The
executor then writes a row for the attempt under the name of its configuration (an *attempt*),
usually without tokens. An attempt may hold several answers, and workers may interleave.

An attempt belongs to the answers inside its own time window: the last one ends less than a second
before it, and their durations add up to its own. Files whose rows simply alternate are paired
with Polars; files where that leaves a doubt are looked at row by row.
"""

import itertools
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

# How long the executor may take between the last answer and its own row.
MAX_GAP_US = 1_000_000
# How much longer than its answers an attempt may last, and how much shorter (both are rounded).
MAX_OVERHEAD_US = 1_500_000
MAX_SHORTFALL_US = 50_000
# More answers than workers can have open at once.
MAX_WAITING = 256
# A request that is refused takes longer than this.
MAX_REFUSAL_US = 100_000

_PROVIDER_WORDS = {
    "openai", "openrouter", "anthropic", "ollama", "lmstudio", "groq", "mistral", "google",
    "gemini", "together", "fireworks", "deepseek", "azure", "bedrock", "vllm", "jan", "llamacpp",
    "free", "latest", "pinned",
}  # fmt: skip


def pair(rows: pl.DataFrame) -> pl.DataFrame:
    """Find the attempt of each answer.

    Args:
        rows: In file order, with `file`, `ended_at`, `success`, `model`, `duration_us` and
            `has_tokens`.

    Returns:
        A row per row: `attempt` (index of the attempt row that an answer belongs to),
        `closes` (whether it is the last answer of that attempt, which takes its outcome),
        `merged` (whether the row is an attempt that has its answers) and `leaked_to` (index of
        the failed call whose tokens a row carries besides its own meaning).
    """
    if rows["has_tokens"].all():
        return _nothing(rows.height)
    simple = _alternating(rows)
    paired = simple.select("attempt", "closes", "merged", "leaked_to")
    doubtful = (
        simple.select("file", "doubt", "leaky")
        .with_row_index("row")
        .filter((pl.col("doubt") | pl.col("leaky")).any().over("file"))
    )
    if doubtful.is_empty():
        return paired
    numbered = rows.with_row_index("row").join(
        doubtful, on=["row", "file"], how="semi", maintain_order="left"
    )
    hard = _stretches(numbered.hstack(doubtful.select("doubt", "leaky")))
    looked_at = _row_by_row(hard)
    clear = paired.with_row_index("row").join(hard, on="row", how="anti", maintain_order="left")
    return pl.concat([clear, looked_at]).sort("row").drop("row")


def _stretches(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that have to be looked at, each with the stretch of its file that it belongs to.

    A stretch is what overlaps in time: no attempt of one can hold answers of another. Tokens that
    leaked may turn up much later, so a file in which they can is one stretch.
    """
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    latest_end = pl.col("ended_at").cum_max().shift(1).over("file")
    earliest_start = began.cum_min(reverse=True).over("file")
    slack = pl.duration(microseconds=MAX_SHORTFALL_US)
    apart = (earliest_start >= latest_end - slack).fill_null(False)
    leaky = pl.col("leaky").any().over("file")
    first = (pl.col("file") != pl.col("file").shift(1)).fill_null(True)
    return rows.with_columns(stretch=(first | (apart & ~leaky)).cum_sum()).filter(
        (pl.col("doubt") | pl.col("leaky")).any().over("stretch")
    )


def _nothing(height: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "attempt": pl.repeat(None, height, dtype=pl.UInt32, eager=True),
            "closes": pl.repeat(False, height, dtype=pl.Boolean, eager=True),
            "merged": pl.repeat(False, height, dtype=pl.Boolean, eager=True),
            "leaked_to": pl.repeat(None, height, dtype=pl.UInt32, eager=True),
        }
    )


def _alternating(rows: pl.DataFrame) -> pl.DataFrame:
    same_file = pl.col("file") == pl.col("file").shift(1)
    gap = pl.col("ended_at") - pl.col("ended_at").shift(1)
    overhead = pl.col("duration_us") - pl.col("duration_us").shift(1)
    fits = (
        same_file
        & ~pl.col("has_tokens")
        & pl.col("has_tokens").shift(1)
        & pl.col("success").shift(1)
        & (
            gap.is_between(pl.duration(), pl.duration(microseconds=MAX_GAP_US), closed="left")
            | (pl.col("ended_at").is_null() & pl.col("ended_at").shift(1).is_null())
        )
        & overhead.is_between(-MAX_SHORTFALL_US, MAX_OVERHEAD_US, closed="left")
        & (pl.col("model") != pl.col("model").shift(1))
    ).fill_null(False)
    began = pl.col("ended_at") - pl.duration(microseconds="duration_us")
    frame = rows.lazy().select(
        "file", "ended_at", "has_tokens", "model", "success", merged=fits, began=began
    )
    frame = frame.with_columns(answered=pl.col("merged").shift(-1, fill_value=False))
    lone = pl.col("has_tokens") & ~pl.col("answered")
    # The nearest earlier answer without an attempt: if it lies inside the window of an attempt
    # that is paired otherwise, or not at all, the rows need a closer look.
    frame = frame.with_columns(
        lone_end=pl.when(lone).then("ended_at").forward_fill().shift(1),
        lone_file=pl.when(lone).then("file").forward_fill().shift(1),
        lone_start=pl.when(lone).then("began").forward_fill().shift(1),
    )
    inside = (
        ~pl.col("has_tokens")
        & (pl.col("lone_file") == pl.col("file"))
        & (pl.col("lone_end") > pl.col("began"))
        & (pl.col("lone_start") >= pl.col("began") - pl.duration(microseconds=MAX_SHORTFALL_US))
    ).fill_null(False)
    leaky = (
        ~pl.col("has_tokens") & ~pl.col("success") & pl.col("model").str.contains("anthropic")
    ).fill_null(False)
    return frame.select(
        "file",
        attempt=pl.when("answered").then(pl.row_index() + 1).cast(pl.UInt32),
        closes="answered",
        merged="merged",
        leaked_to=pl.lit(None, pl.UInt32),
        doubt=inside,
        leaky=leaky,
    ).collect()


class _Row(NamedTuple):
    row: int
    end: int
    duration: int
    model: str
    success: bool
    has_tokens: bool

    @property
    def start(self) -> int:
        return self.end - self.duration


def _row_by_row(hard: pl.DataFrame) -> pl.DataFrame:
    attempts: dict[int, list[int]] = {}
    leaks: dict[int, int] = {}
    known = hard.filter(
        pl.col("ended_at").is_not_null() & pl.col("duration_us").is_not_null()
    ).select(
        "stretch",
        "row",
        pl.col("ended_at").to_physical(),
        "duration_us",
        pl.col("model").fill_null(""),
        pl.col("success").fill_null(False),
        "has_tokens",
    )
    for _, rows in itertools.groupby(known.iter_rows(), key=operator.itemgetter(0)):
        _one_stretch((_Row(*values[1:]) for values in rows), attempts, leaks)
    return _columns(hard.get_column("row").to_list(), attempts, leaks)


def _one_stretch(
    rows: Iterable[_Row], attempts: dict[int, list[int]], leaks: dict[int, int]
) -> None:
    """Add the answers of each attempt, and where an attempt's own tokens belong."""
    waiting: list[_Row] = []
    owed: list[_Row] = []
    for row in rows:
        if row.has_tokens:
            answers = _leak(row, waiting) if owed and row.success else []
            if not answers:
                waiting = [*waiting[-MAX_WAITING:], row]
                if _is_anthropic(row.model):
                    # It reports its own tokens, so nothing of an earlier one is left over.
                    owed.clear()
                continue
            leaks[row.row] = owed[-1].row
            owed.clear()
        else:
            answers = _answers(row, waiting)
            if not answers and not row.success and _is_anthropic(row.model):
                owed.append(row)
        if answers:
            attempts[row.row] = [answer.row for answer in answers]
            waiting = [answer for answer in waiting if answer not in answers]


def _answers(attempt: _Row, waiting: Sequence[_Row]) -> list[_Row]:
    """The answers of an attempt: the one that fits best, else a chain that fills its window."""
    recent = [
        answer
        for answer in waiting
        if 0 <= attempt.end - answer.end < MAX_GAP_US and answer.model != attempt.model
    ]
    single = [answer for answer in recent if _covers(attempt, [answer])]
    chains = [chain for last in recent if (chain := _chain(attempt, last, waiting))]
    candidates = [*([answer] for answer in single), *chains]
    if candidates:
        return min(candidates, key=lambda answers: _misfit(attempt, answers))
    # A success without tokens is no call of its own where its answers stand in its window; nor is
    # a failure that came so soon after an answer that no other request fits in between.
    inside = [
        answer
        for answer in waiting
        if answer.start >= attempt.start - MAX_SHORTFALL_US
        and answer.end <= attempt.end
        and answer.model != attempt.model
        and _same_model(attempt.model, answer.model)
    ]
    if attempt.success or any(attempt.end - answer.end < MAX_REFUSAL_US for answer in inside):
        return _path(attempt, inside)
    return []


def _path(attempt: _Row, inside: Sequence[_Row]) -> list[_Row]:
    """Answers one after the other from the beginning of an attempt to its end."""
    if all(a.end <= b.start + MAX_SHORTFALL_US for a, b in itertools.pairwise(inside)):
        return list(inside)
    for last in sorted(inside, key=lambda answer: -answer.end):
        path = [last]
        while before := [a for a in inside if a.end <= path[0].start + MAX_SHORTFALL_US]:
            path.insert(0, max(before, key=lambda answer: (answer.end, answer.start)))
        if path[0].start - attempt.start < MAX_GAP_US and attempt.end - last.end < MAX_GAP_US:
            return path
    return []


def _covers(attempt: _Row, answers: Sequence[_Row]) -> bool:
    if any(answer.duration == 0 for answer in answers):
        # The start of such an answer was not seen; its end must do.
        return all(answer.end >= attempt.start for answer in answers)
    overhead = attempt.duration - sum(answer.duration for answer in answers)
    return -MAX_SHORTFALL_US * len(answers) <= overhead < MAX_OVERHEAD_US


def _chain(attempt: _Row, last: _Row, waiting: Sequence[_Row]) -> list[_Row]:
    """Answers of one model, one after the other, that end with `last` and fill the attempt."""
    chain = [last]
    for answer in reversed(waiting):
        if (
            answer.model.rpartition(":")[2] == last.model.rpartition(":")[2]
            and answer.end <= chain[0].start + MAX_SHORTFALL_US
            and answer.start >= attempt.start - MAX_SHORTFALL_US
        ):
            chain.insert(0, answer)
    return chain if len(chain) > 1 and _covers(attempt, chain) else []


def _misfit(attempt: _Row, answers: Sequence[_Row]) -> tuple[int, int, int]:
    overhead = attempt.duration - sum(answer.duration for answer in answers)
    foreign = 0 if _same_model(attempt.model, answers[-1].model) else 1
    return foreign, abs(overhead), attempt.end - answers[-1].end


def _leak(row: _Row, waiting: Sequence[_Row]) -> list[_Row]:
    """The answers of an attempt row that has tokens, which then are those of another call.

    PlanExe hands the tokens of an Anthropic answer over on success only; those of one that could
    not be parsed stay behind and end up in the next attempt that succeeds.
    """
    if ":" in row.model or "/" in row.model or _is_anthropic(row.model):
        return []
    answers = _answers(row, waiting)
    if answers and all(_same_model(row.model, answer.model) for answer in answers):
        return answers
    return []


def _is_anthropic(model: str) -> bool:
    return "anthropic" in model.lower()


def _same_model(key: str, model: str) -> bool:
    """Whether a configuration key can be the name of a model: its words all occur in it."""
    words = [word for word in _words(key) if word not in _PROVIDER_WORDS]
    return bool(words) and set(words) <= set(_words(model))


def _words(name: str) -> list[str]:
    cleaned = "".join(c if c.isalnum() else " " for c in name.lower())
    return cleaned.split()


def _columns(
    rows: Sequence[int], attempts: Mapping[int, Sequence[int]], leaks: Mapping[int, int]
) -> pl.DataFrame:
    attempt_of = {answer: row for row, answers in attempts.items() for answer in answers}
    closing = {answers[-1] for answers in attempts.values()}
    columns: dict[str, Any] = {
        "row": rows,
        "attempt": [attempt_of.get(row) for row in rows],
        "closes": [row in closing for row in rows],
        "merged": [row in attempts for row in rows],
        "leaked_to": [leaks.get(row) for row in rows],
    }
    index = pl.UInt32
    return pl.DataFrame(
        columns,
        schema={
            "row": index,
            "attempt": index,
            "closes": pl.Boolean,
            "merged": pl.Boolean,
            "leaked_to": index,
        },
    )
