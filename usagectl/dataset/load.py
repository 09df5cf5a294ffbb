"""The walk from operands to canonical frames: find the files, give each to its reader."""

import itertools
import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import polars as pl

from usagectl.config.settings import Config, find_config
from usagectl.config.timezones import zone_of
from usagectl.dataset import conditions
from usagectl.dataset.cache.store import Cache
from usagectl.dataset.counted_twice import in_two_formats, in_two_runs
from usagectl.dataset.judged import reclassified
from usagectl.dataset.no_answer import nothing_known
from usagectl.dataset.parts import read_elsewhere, read_here
from usagectl.dataset.provenance import whole_files
from usagectl.dataset.run_names import named_by_files
from usagectl.dataset.shard import Shard, Sizes
from usagectl.dataset.shards import Dealt, Progress, dealt
from usagectl.dataset.units import UnitRead
from usagectl.dataset.unread import unread
from usagectl.dataset.usage import Usage
from usagectl.engines.engine import Engine
from usagectl.inputs.discovery import Sources, find
from usagectl.inputs.operands import Names
from usagectl.model.arguments import expect_operands
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.notices import summed, told

if TYPE_CHECKING:
    from usagectl.readers.mapped import Map

# What adding them up takes of each is some 200 bytes.
_MOST_IN_MEMORY = 2_000_000


def load(
    *operands: str | os.PathLike[str],
    timezone: str | None = None,
    progress: Progress | None = None,
    strict: bool = True,
    rules: Sequence[str] = (),
    maps: Sequence[str] = (),
    evidence: bool | None = None,
    sizes: Sizes = Sizes(),  # noqa: B008
    cache: Cache | None = None,
    engine: Engine | None = None,
) -> Usage:
    """Read what some runs consumed.

    Args:
        operands: Paths of run directories or files, globs, URLs (`s3://`, `gs://`, `az://`), `-`
            for standard input, names of runs below the root of `usagectl.yaml`, its aliases,
            `latest`, `latest~1`; `LABEL=` in front names a run, `@KEY=GLOB` behind takes a part of
            it. Each is one run.
        timezone: The zone that timestamps without an offset are read in, and in which days and
            hours are counted; by default that of `usagectl.yaml`, else the machine's.
        progress: Called with how many files were opened, out of how many.
        strict: False reads every line by itself, which is slower and must change nothing.
        rules: Files of rules for failures, in place of those that `usagectl.yaml` names.
        maps: Files of maps, which say how files are read that no reader knows; with those of
            `usagectl.yaml`. A map with `files:` is for these, whoever else knows them.
        evidence: Whether to look for the texts of failures in all files of the runs (True) or in
            none (False); by default where a label is all there is and looking costs little.
        sizes: How much is held in memory at once; it changes nothing else.
        cache: What was read before, which need not be read again; by default nothing is kept.
        engine: Who reads units of work; by default this process.

    Raises:
        WrongUsageError: Nothing is named, nothing has a name, a glob matches nothing, or there is
            no such zone.
        NoAnswerError: No file that a reader knows, or no call is of the part that is wanted.
    """
    expect_operands(operands)
    config = find_config()
    zone = zone_of(timezone or config.timezone)
    found = _found(operands, config, zone)
    cache = cache or Cache(enabled=False)
    made = _maps(maps, config) if maps or config.maps else []
    files = dealt(found, zone, sizes, cache, maps=made, strict=strict, progress=progress)
    usage = _read(found, files, zone, cache, engine)
    usage = reclassified(usage, tuple(rules) or config.failures, evidence=evidence)
    for run, part in found.parts.items():
        calls, stages = conditions.only_part(usage.calls, usage.stages, run, part, zone)
        usage = usage._replace(calls=calls, stages=stages)
    return usage


def _maps(given: Sequence[str], config: Config) -> "list[Map]":
    from usagectl.readers.mapped import Place, map_at

    places = [*map(Place, given), *(Place(file, number) for file, number in config.maps)]
    return [map_at(place) for place in places]


def files_of(operands: Sequence[str]) -> list[str]:
    """The paths of all files of some runs, whether a reader knows them or not.

    Raises:
        WrongUsageError: As `load`.
    """
    config = find_config()
    return [file.path for file in _found(operands, config, config.timezone or "UTC").files]


def _found(operands: Sequence[str | os.PathLike[str]], config: Config, zone: str) -> Sources:
    names = Names(config, lambda paths: newest(paths, zone))
    return find([run for operand in operands for run in names.named(os.fspath(operand))])


def _read(found: Sources, files: Dealt, zone: str, cache: Cache, engine: Engine | None) -> Usage:
    """Put together what all readers read.

    Raises:
        NoAnswerError: There is no file that one knows.
    """
    if not files.shards:
        raise NoAnswerError(nothing_known(files.unclaimed, files.rejects))
    runs = named_by_files(found, files.shards)
    by_format = [list(_parts(shard, cache, engine)) for shard in files.shards]
    parts = list(itertools.chain(*by_format))
    rows = sum(part.calls.select(pl.len()).collect().item() for part in parts)
    doubts = (summed(doubt for part in of for doubt in part.doubts) for of in by_format)
    calls = pl.concat([part.calls for part in parts])
    several = len(files.shards) > 1 and rows <= _MOST_IN_MEMORY
    return Usage(
        runs,
        calls,
        pl.concat([part.stages for part in parts]),
        (*files.rejects, *(reject for part in parts for reject in part.rejects)),
        (
            *told(itertools.chain.from_iterable(doubts)),
            *(notice for shard in files.shards for notice in shard.copies()),
            *unread(files.unclaimed),
            *(in_two_formats(calls) if several else ()),
            *in_two_runs(file for file in found.files if file.run not in found.parts),
        ),
        whole_files(pl.concat([part.files for part in parts])),
        files.unclaimed,
        zone,
        rows=rows,
        spilled=rows > _MOST_IN_MEMORY and len(parts) > len(files.shards),
    )


def _parts(shard: Shard, cache: Cache, engine: Engine | None) -> Iterator[UnitRead]:
    """What a reader reads, one unit after the other; beyond the first in files."""
    first = shard.read()
    if first is not None:
        yield first
    if engine is None:
        yield from read_here(shard.units(), cache)
    else:
        yield from read_elsewhere(list(shard.units()), engine)


def newest(paths: Sequence[str], zone: str) -> list[str]:
    """The paths that hold calls, by the time of their last one, the newest first.

    What has no times comes last, by its name from the end, as numbered runs are newer there.
    """
    if not paths:
        return []
    try:
        named = (f"{i}={path}" for i, path in enumerate(paths))
        usage = load(*named, timezone=zone, evidence=False)
    except NoAnswerError:
        return []
    ends = usage.calls.group_by("run").agg(pl.col("ended_at").max()).collect()
    last = {int(run): end.timestamp() if end else -math.inf for run, end in ends.iter_rows()}
    return [paths[i] for i in sorted(last, key=lambda i: (last[i], paths[i]), reverse=True)]
