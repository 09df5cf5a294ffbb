"""Forge's audit trail: which events belong together, and whether events are missing."""

import hashlib
import itertools
from collections.abc import Iterator, Sequence

import polars as pl

from usagectl.inputs.file import SourceFile
from usagectl.model.notices import Doubt

_NO_HASH = "0" * 64


def in_trails(files: Sequence[SourceFile], frame: pl.DataFrame) -> pl.DataFrame:
    """The events with the trail and the invocation that they belong to.

    The files of a directory are one trail: it may have been rotated, and a copy of a file brings
    events that are there already.
    """
    first: dict[tuple[str, str], int] = {}
    trail = [first.setdefault((file.run, file.folder), i) for i, file in enumerate(files)]
    place = pl.DataFrame(
        {"file": range(len(files)), "trail": trail},
        schema={"file": pl.UInt32, "trail": pl.UInt32},
    )
    return frame.join(place, on="file", how="left", maintain_order="left").with_columns(
        invocation=pl.concat_str("correlation_id", "task_id", separator=" ", ignore_nulls=True),
        again=pl.col("prev_hash").is_not_null()
        & ~pl.struct(pl.exclude("file")).is_first_distinct(),
    )


INVOCATION = ["trail", "invocation"]


def gaps(files: Sequence[SourceFile], frame: pl.DataFrame) -> Doubt:
    """Breaks in `seq` or in the chain of hashes: events that were written and are not there."""
    broken = _sequence_breaks(frame) | _chain_breaks(files, frame)
    return Doubt(
        "audit-gap",
        "{n} invocation{s} with a gap in the audit trail (seq or"
        " prev_hash breaks): events are missing, and calls may be among them",
        len(broken),
    )


def _sequence_breaks(frame: pl.DataFrame) -> set[tuple[int, str]]:
    """Invocations whose numbers do not run from 1 without a gap."""
    runs = (
        frame.filter(pl.col("seq").is_not_null())
        .group_by(INVOCATION)
        .agg(first=pl.col("seq").min(), last=pl.col("seq").max(), count=pl.col("seq").n_unique())
        .filter((pl.col("first") != 1) | (pl.col("last") != pl.col("count")))
    )
    return set(runs.select(INVOCATION).iter_rows())


def _chain_breaks(files: Sequence[SourceFile], frame: pl.DataFrame) -> set[tuple[int, str]]:
    """Invocations with an event whose predecessor, named by its hash, is not there.

    The hash of an event is that of the event written before it, whatever its invocation. The
    first event of a trail may continue an earlier one.
    """
    hashed = frame.filter(pl.col("prev_hash").is_not_null()).sort(
        "trail", "ts", maintain_order=True
    )
    broken: set[tuple[int, str]] = set()
    for (trail,), events in hashed.partition_by("trail", as_dict=True).items():
        members = events.get_column("file").unique().to_list()
        known = {_NO_HASH, *(digest for index in members for digest in _digests(files[index]))}
        named = events.select("prev_hash", pl.col("invocation").fill_null("")).rows()
        broken |= {(int(trail), name) for prev, name in named[1:] if prev not in known}
    return broken


def _digests(file: SourceFile) -> Iterator[str]:
    lines = itertools.chain.from_iterable(block.split(b"\n") for block in file.blocks())
    for line in lines:
        text = line.strip()
        if text.startswith(b"{") and b'"prev_hash"' in text:
            yield hashlib.sha256(text).hexdigest()
