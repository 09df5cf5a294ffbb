"""Where a file of PlanExe's rows can be cut so that each part gives what the whole gives.

No attempt may have an answer on the other side, tokens of a failed Anthropic call must not be due,
and a pause that tells of a resumed run must not fall between the parts.
"""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from usagectl.readers.core.batch import Batch, Segment
from usagectl.readers.core.decoding import DECODER
from usagectl.readers.core.format import Surroundings
from usagectl.readers.core.shape import Shape
from usagectl.readers.planexe.attempts import pair, prepared
from usagectl.readers.planexe.doubts import PAUSE_US
from usagectl.readers.planexe.matching import MAX_SHORTFALL_US, is_anthropic

_MOST_TRIED = 64
_MOST_LINES_BACK = 1000
# In a text in any of the ways in which the name is written.
_ANTHROPIC = (b"nthropic", b"NTHROPIC")


def cut(lines: Sequence[bytes], around: Surroundings, shape: Shape) -> int | None:
    """The row at which a second part may begin, near the middle of some rows; None for nowhere.

    Args:
        lines: Rows in the midst of a file.
        around: The zone of their timestamps, and what stands before them.
        shape: What a row looks like.
    """
    rows = _rows(lines, shape, around.zone)
    if rows is None:
        return None
    pairs = pair(rows)
    free = pl.col("attempt").is_null() & pl.col("has_tokens")
    told = rows.hstack(pairs).with_columns(
        start=pl.col("ended_at").cast(pl.Int64) - pl.col("duration_us"),
        end=pl.col("ended_at").cast(pl.Int64),
        free=free,
    )
    for at in _candidates(told)[:_MOST_TRIED]:
        if _apart(told, at) and not _owed(rows, at, around) and _same(rows, pairs, at):
            return at
    return None


def _rows(lines: Sequence[bytes], shape: Shape, zone: str) -> pl.DataFrame | None:
    """The rows as the reader has them, or None where one is damaged or has no time."""
    data = b"\n".join([*lines, b""])
    batch = Batch(shape, zone, strict=True).parsed([Segment(0, 1, len(lines), data)])
    if batch.rejects or sum(frame.height for frame in batch.frames) != len(lines):
        return None
    rows = prepared(pl.concat(batch.frames))
    return None if rows["ended_at"].null_count() or rows["duration_us"].null_count() else rows


def _candidates(told: pl.DataFrame) -> list[int]:
    """The rows before which no pair stands astride, those in the middle first."""
    index = pl.int_range(told.height, dtype=pl.Int64, eager=True)
    attempt = told["attempt"].cast(pl.Int64)
    astride = [0] * (told.height + 1)
    for row, of in zip(index, attempt, strict=True):
        if of is not None:
            astride[min(row, of) + 1] += 1
            astride[max(row, of) + 1] -= 1
    open_pairs = pl.Series(astride).cum_sum()
    middle = told.height // 2
    between = [at for at in range(1, told.height) if open_pairs[at] == 0]
    return sorted(between, key=lambda at: (abs(at - middle), at))


def _apart(told: pl.DataFrame, at: int) -> bool:
    """Whether no attempt behind reaches a free answer before, and no pause lies between."""
    before, behind = told.head(at), told.slice(at)
    answers = before.filter(~pl.col("merged")), behind.filter(~pl.col("merged"))
    if answers[0].is_empty() or answers[1].is_empty():
        return False
    if answers[1]["start"][0] - answers[0]["end"][-1] > PAUSE_US:
        return False
    attempts = behind.filter(~pl.col("has_tokens"))
    if attempts.is_empty():
        return True
    since = attempts["start"].sort()[0] - MAX_SHORTFALL_US
    # What is free further back than these rows is not known.
    return bool(since > told["end"][0] and not (before["free"] & (before["start"] >= since)).any())


def _owed(rows: pl.DataFrame, at: int, around: Surroundings) -> bool:
    """Whether tokens of a failed Anthropic call may still turn up in a row behind."""
    models = rows["model"].head(at)
    told = models.str.contains("(?i)anthropic").fill_null(value=False)
    if told.any():
        last = int(told.arg_true()[-1])
        return not rows["has_tokens"][last] and not rows["success"][last]
    for model, has_tokens, success in _backwards(around):
        if is_anthropic(model):
            return not has_tokens and not success
    return False


def _backwards(around: Surroundings) -> Iterator[tuple[str, bool, bool]]:
    """What Anthropic's rows before may owe, from the last on: model, tokens, success."""
    left = _MOST_LINES_BACK
    for block in around.before():
        end = len(block)
        while left and (at := max(block.rfind(name, 0, end) for name in _ANTHROPIC)) >= 0:
            end = block.rfind(b"\n", 0, at) + 1
            yield _told(block[end : block.find(b"\n", at) % (len(block) + 1)])
            left -= 1
    if not left:
        # Who searches so long does not know, and must not cut.
        yield "anthropic", False, False


def _told(line: bytes) -> tuple[str, bool, bool]:
    try:
        row: Mapping[str, object] = DECODER.decode(line.decode())
    except ValueError:
        return "anthropic", False, False
    tokens = any(row.get(f"{part}_tokens") is not None for part in ("input", "output", "thinking"))
    has_tokens = tokens or row.get("cost_usd") is not None
    return str(row.get("model")), has_tokens, row.get("success") is True


def _same(rows: pl.DataFrame, pairs: pl.DataFrame, at: int) -> bool:
    """Whether the parts are paired as the whole is."""
    before, behind = pair(rows.head(at)), pair(rows.slice(at))
    moved = behind.with_columns(pl.col("attempt", "leaked_to") + at)
    return pl.concat([before, moved.cast(before.schema)]).equals(pairs.cast(before.schema))
