"""The walk from operands to canonical frames: find the files, give each to its reader."""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence

import polars as pl

from usagectl.config.settings import Config, find_config
from usagectl.config.timezones import zone_of
from usagectl.dataset import conditions
from usagectl.dataset.judged import reclassified
from usagectl.dataset.provenance import completed, files_table
from usagectl.dataset.unread import unread
from usagectl.dataset.usage import Usage
from usagectl.inputs.discovery import Sources, find, opened
from usagectl.inputs.file import SourceFile
from usagectl.inputs.operands import STANDARD_INPUT, Names
from usagectl.model.arguments import expect_operands
from usagectl.model.exceptions import NoAnswerError
from usagectl.model.notices import Notice, Reject
from usagectl.model.schema import CALLS, STAGES
from usagectl.model.wording import plural
from usagectl.readers.core.format import Format
from usagectl.readers.core.lines import Lines
from usagectl.readers.core.reading import Reading
from usagectl.readers.registry import READERS, claim, hint, why_not

Progress = Callable[[int, int], None]

# Two records fit in here, of which no two files of different calls have the same.
_BEGINNING = 400


def load(
    *operands: str | os.PathLike[str],
    timezone: str | None = None,
    progress: Progress | None = None,
    strict: bool = True,
    rules: Sequence[str] = (),
    evidence: bool | None = None,
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
        evidence: Whether to look for the texts of failures in all files of the runs (True) or in
            none (False); by default where a label is all there is and looking costs little.

    Raises:
        WrongUsageError: Nothing is named, nothing has a name, a glob matches nothing, or there is
            no such zone.
        NoAnswerError: No file that a reader knows, or no call is of the part that is wanted.
    """
    expect_operands(operands)
    config = find_config()
    zone = zone_of(timezone or config.timezone)
    found = _found(operands, config, zone)
    shares: dict[str, _Share] = {}
    unclaimed: list[tuple[str, str]] = list(found.skipped)
    rejects: list[Reject] = list(found.rejects)
    for done, file in enumerate(opened(found.files), 1):
        reader = claim(file)
        if reader is not None:
            if reader.name not in shares:
                shares[reader.name] = _Share(reader, zone, strict=strict)
            shares[reader.name].add(file)
        elif file.trouble:
            rejects.append(Reject(file.path, 0, file.trouble))
        else:
            unclaimed.append((file.path, why_not(file)))
            file.forget()
        if progress:
            progress(done, len(found.files))
    runs = _named(found, shares.values())
    readings = [(share.reader, share.files, share.read()) for share in shares.values()]
    if not readings:
        raise NoAnswerError(_nothing_known(unclaimed, rejects))
    calls = pl.concat([completed(r.calls, reader, files, CALLS) for reader, files, r in readings])
    stages = pl.concat(
        [completed(r.stages, reader, files, STAGES) for reader, files, r in readings]
    )
    usage = Usage(
        runs,
        calls,
        stages,
        (*rejects, *(reject for *_, r in readings for reject in r.rejects)),
        (
            *(notice for *_, r in readings for notice in r.notices),
            *(notice for share in shares.values() for notice in share.copies()),
            *unread(unclaimed),
            *_read_twice(file for file in found.files if file.run not in found.parts),
        ),
        pl.concat([files_table(reader, files, r) for reader, files, r in readings]),
        tuple(unclaimed),
        zone,
        machines=_machines(shares.values()),
    )
    usage = reclassified(usage, tuple(rules) or config.failures, evidence=evidence)
    for run, part in found.parts.items():
        calls, stages = conditions.only_part(usage.calls, usage.stages, run, part, zone)
        usage = usage._replace(calls=calls, stages=stages)
    return usage


def require_calls(usage: Usage) -> None:
    """See to it that there is something to answer with.

    Raises:
        NoAnswerError: No call could be read, and some records were refused.
    """
    others = pl.sum_horizontal("merged", "ignored", "rejected")
    calls = usage.files.select((pl.col("records") - others).sum()).item()
    if not calls and usage.rejects:
        first = usage.rejects[0]
        line = f", line {first.line}" if first.line else ""
        raise NoAnswerError(
            f"no call could be read, and {len(usage.rejects)} record{plural(len(usage.rejects))}"
            f" could not: {first.source}{line}: {first.reason} (`usagectl doctor` lists them)"
        )


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


class _Share:
    """The files of one reader, of which the line files are read while others are still found."""

    def __init__(self, reader: Format, zone: str, *, strict: bool) -> None:
        self.reader = reader
        self.zone = zone
        self.files: list[SourceFile] = []
        self.beginnings: list[tuple[SourceFile, bytes]] = []
        self.lines = {
            part: Lines(shape, zone, strict=strict) for part, shape in reader.lines.items()
        }

    def add(self, file: SourceFile) -> None:
        if file.part in self.lines:
            if file.part in self.reader.counted_twice:
                self.beginnings.append((file, file.beginning(_BEGINNING)))
            self.lines[file.part].add(len(self.files), file)
        self.files.append(file)

    def copies(self) -> Iterator[Notice]:
        """Line files of one run that begin alike to the last microsecond: one is a copy."""
        seen: dict[tuple[str, bytes], str] = {}
        pairs = []
        for file, beginning in self.beginnings:
            first = seen.setdefault((file.run, beginning), file.path)
            if first != file.path:
                pairs.append((first, file.path))
        if pairs:
            more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
            yield Notice(
                "copied-file",
                f"{pairs[0][1]}{more} begins like {pairs[0][0]}: if it is a copy, its calls are"
                " counted twice",
                len(pairs),
            )

    def read(self) -> Reading:
        taken = {part: lines.records() for part, lines in self.lines.items()}
        return self.reader.read(self.files, taken, self.zone)


def _named(found: Sources, shares: Iterable[_Share]) -> tuple[str, ...]:
    """Give runs the names that their own files have for them, where the user gave them none."""
    new: dict[str, str] = {}
    for share in shares:
        if share.reader.run_name is not None:
            new |= _own_names(found, share.files, share.reader.run_name)
    if len(set(new.values())) < len(new):
        return found.runs
    for file in found.files:
        file.run = new.get(file.run, file.run)
    return tuple(new.get(run, run) for run in found.runs)


def _own_names(
    found: Sources, files: Sequence[SourceFile], name_of: Callable[[str], str | None]
) -> dict[str, str]:
    folders: dict[str, set[str]] = {}
    for file in files:
        if file.run not in found.labelled and file.path != STANDARD_INPUT:
            folders.setdefault(file.run, set()).add(os.path.dirname(file.path))
    names = {run: name_of(places.pop()) for run, places in folders.items() if len(places) == 1}
    return {
        run: name for run, name in names.items() if name and (name == run or name not in found.runs)
    }


def _machines(shares: Iterable[_Share]) -> frozenset[str]:
    found: set[str] = set()
    for share in shares:
        if share.reader.machines is not None:
            found |= share.reader.machines([file.path for file in share.files])
    return frozenset(found)


def _read_twice(files: Iterable[SourceFile]) -> Iterator[Notice]:
    """Files that belong to two runs of one report, whose total then holds their calls twice."""
    runs: dict[str, set[str]] = {}
    for file in files:
        runs.setdefault(file.path, set()).add(file.run)
    shared = sum(len(of) > 1 for of in runs.values())
    if shared:
        yield Notice(
            "file-in-two-runs",
            f"files that belong to more than one run: {shared}; their calls are counted in each,"
            " and in the total more than once",
            shared,
        )


def _nothing_known(unclaimed: Sequence[tuple[str, str]], rejects: Sequence[Reject]) -> str:
    looked_for = ", ".join(module.replace("_", "-") for module in READERS)
    message = f"no usage files of any known format ({looked_for})"
    if rejects:
        message += f"; {rejects[0].source}: {rejects[0].reason}"
    if unclaimed:
        names = ", ".join(
            f"{os.path.basename(path)} ({why})" if "archive" in why else os.path.basename(path)
            for path, why in unclaimed[:5]
        )
        more = f" and {len(unclaimed) - 5} more" if len(unclaimed) > 5 else ""  # noqa: PLR2004
        message += f"; found {names}{more}"
        message += hint(os.path.basename(path) for path, _ in unclaimed)
    elif not rejects:
        message += "; found no files at all"
    return message
