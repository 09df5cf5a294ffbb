"""The leaf rule of traces: a span above calls repeats their usage, so only leaves count."""

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence

import polars as pl

from usagectl.model.notices import Doubt

Span = tuple[Hashable, str, str | None]
"""The trace of a span, its own id, and that of its parent."""

_Place = tuple[Hashable, str]
_Parents = Mapping[_Place, str | None]


def with_leaves(frame: pl.DataFrame) -> pl.DataFrame:
    """Say of each record of a trace whether it repeats others.

    Args:
        frame: `run`, `trace`, `span` and `parent` of the records; whether one `is_call`, and
            whether it `wraps` others by what it is: an agent, a chain, a tool. Its tokens say
            whether its usage is known.

    Returns:
        The frame with `repeats`: true for a call with a descendant that is one, for one that wraps
        in a trace with other calls, and for one without usage below one with usage. A span of
        which the usage is known repeats nothing of spans of which it is not.
    """
    if not frame["span"].is_not_null().any():
        return frame.with_columns(repeats=pl.lit(False))
    counted = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("input_tokens", "output_tokens", "total_tokens")
    )
    rows = frame.select(
        "trace", "span", "parent", "run", "wraps", calls="is_call", counted=counted
    ).rows()
    spans = [((run, trace), span, parent) for trace, span, parent, run, *_ in rows]
    plain = [calls and not wraps for *_, wraps, calls, _ in rows]
    known = [calls and counted for *_, calls, counted in rows]
    leaves = [is_plain and is_known for is_plain, is_known in zip(plain, known, strict=True)]
    parents: dict[_Place, str | None] = {
        (trace, span): parent for trace, span, parent in spans if span is not None
    }
    above_known = _above(spans, parents, known)
    above_any = _above(spans, parents, plain)
    counted_for = {
        (trace, span) for (trace, span, _), is_leaf in zip(spans, leaves, strict=True) if is_leaf
    }
    below_known = _below(spans, parents, counted_for - above_known)
    traces = {spans[i][0] for i, is_leaf in enumerate(leaves) if is_leaf}
    repeats = []
    for row, (trace, span, _), is_known in zip(rows, spans, known, strict=True):
        place = (trace, span)
        if not row[5] or span is None:
            repeats.append(False)
        elif is_known:
            repeats.append(place in above_known or (row[4] and trace in traces))
        else:
            repeats.append(place in above_any or place in below_known or row[4])
    return frame.with_columns(pl.Series("repeats", repeats, dtype=pl.Boolean))


def _above(spans: Sequence[Span], parents: _Parents, calls: Iterable[bool]) -> set[_Place]:
    """All spans with a descendant that is a call; each is climbed to once, also in a circle."""
    above: set[_Place] = set()
    for (trace, _, parent), is_call in zip(spans, calls, strict=True):
        up = parent if is_call else None
        while up is not None and (trace, up) not in above:
            above.add((trace, up))
            up = parents.get((trace, up))
    return above


def _below(spans: Sequence[Span], parents: _Parents, tops: Container[_Place]) -> set[_Place]:
    """All spans with an ancestor among some; each is looked at once, also in a circle."""
    told: dict[_Place, bool] = {}
    for trace, span, parent in spans:
        path = [(trace, span)]
        up = parent
        while up is not None and (trace, up) not in tops and (trace, up) not in told:
            path.append((trace, up))
            told[trace, up] = False
            up = parents.get((trace, up))
        is_below = up is not None and ((trace, up) in tops or told.get((trace, up), False))
        told.update(dict.fromkeys(path, is_below))
    return {place for place, is_below in told.items() if is_below}


def doubt(spans: int) -> Doubt:
    """What a user should know of spans that were not counted."""
    return Doubt(
        "wrapper-spans",
        "spans of agents, chains or wrappers that repeat the usage of the calls below: {n:,}; only"
        " the calls are counted",
        spans,
    )
