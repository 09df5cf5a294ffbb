"""Which answers of PlanExe an attempt consists of, by their times, durations and names."""

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

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


class Row(NamedTuple):
    row: int
    end: int
    duration: int
    model: str
    success: bool
    has_tokens: bool

    @property
    def start(self) -> int:
        return self.end - self.duration


def answers_of(attempt: Row, waiting: Sequence[Row]) -> list[Row]:
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
        and same_model(attempt.model, answer.model)
    ]
    if attempt.success or any(attempt.end - answer.end < MAX_REFUSAL_US for answer in inside):
        return _path(attempt, inside)
    return []


def _path(attempt: Row, inside: Sequence[Row]) -> list[Row]:
    """Answers one after the other from the beginning of an attempt to its end."""
    if all(a.end <= b.start + MAX_SHORTFALL_US for a, b in itertools.pairwise(inside)):
        return list(inside)
    for last in sorted(inside, key=lambda answer: -answer.end):
        path = [last]
        while before := [answer for answer in inside if _precedes(answer, path[0])]:
            path.insert(0, max(before, key=lambda answer: (answer.end, answer.start)))
        if path[0].start - attempt.start < MAX_GAP_US and attempt.end - last.end < MAX_GAP_US:
            return path
    return []


def _precedes(answer: Row, other: Row) -> bool:
    """Whether an answer was there before another was asked for.

    The order of the rows decides too: one shorter than the tolerance would precede itself.
    """
    return answer.row < other.row and answer.end <= other.start + MAX_SHORTFALL_US


def _covers(attempt: Row, answers: Sequence[Row]) -> bool:
    if any(answer.duration == 0 for answer in answers):
        # The start of such an answer was not seen; its end must do.
        return all(answer.end >= attempt.start for answer in answers)
    overhead = attempt.duration - sum(answer.duration for answer in answers)
    return -MAX_SHORTFALL_US * len(answers) <= overhead < MAX_OVERHEAD_US


def _chain(attempt: Row, last: Row, waiting: Sequence[Row]) -> list[Row]:
    """Answers of one model, one after the other, that end with `last` and fill the attempt."""
    chain = [last]
    for answer in reversed(waiting):
        if (
            answer.model.rpartition(":")[2] == last.model.rpartition(":")[2]
            and _precedes(answer, chain[0])
            and answer.start >= attempt.start - MAX_SHORTFALL_US
        ):
            chain.insert(0, answer)
    return chain if len(chain) > 1 and _covers(attempt, chain) else []


def _misfit(attempt: Row, answers: Sequence[Row]) -> tuple[int, int, int]:
    overhead = attempt.duration - sum(answer.duration for answer in answers)
    foreign = 0 if same_model(attempt.model, answers[-1].model) else 1
    return foreign, abs(overhead), attempt.end - answers[-1].end


def answers_of_leak(row: Row, waiting: Sequence[Row]) -> list[Row]:
    """The answers of an attempt row that has tokens, which then are those of another call.

    PlanExe hands the tokens of an Anthropic answer over on success only; those of one that could
    not be parsed stay behind and end up in the next attempt that succeeds.
    """
    if ":" in row.model or "/" in row.model or is_anthropic(row.model):
        return []
    answers = answers_of(row, waiting)
    if answers and all(same_model(row.model, answer.model) for answer in answers):
        return answers
    return []


def is_anthropic(model: str) -> bool:
    return "anthropic" in model.lower()


@lru_cache(maxsize=16_384)
def same_model(key: str, model: str) -> bool:
    """Whether a configuration key can be the name of a model: its words all occur in it."""
    words = [word for word in _words(key) if word not in _PROVIDER_WORDS]
    return bool(words) and set(words) <= set(_words(model))


def _words(name: str) -> list[str]:
    cleaned = "".join(c if c.isalnum() else " " for c in name.lower())
    return cleaned.split()
