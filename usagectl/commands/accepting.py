"""What somebody accepts although it broke: the entries of `usagectl.ack.yaml`, read and written."""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from usagectl.commands import output
from usagectl.model.exceptions import NoAnswerError, WrongUsageError

if TYPE_CHECKING:
    from usagectl.gates.acknowledgements import Acknowledgement
    from usagectl.gates.verdict import GateVerdict
    from usagectl.reports.regress import RegressReport

_MOST = 5
_ENOUGH = "; --min-coverage says how many are enough"


def acknowledged() -> "tuple[Acknowledgement, ...]":
    """The entries of the nearest `usagectl.ack.yaml`."""
    from usagectl.config.settings import find_file
    from usagectl.gates.acknowledgements import FILE_NAME, read

    path = find_file(FILE_NAME)
    return read(os.path.relpath(path), _today()) if path else ()


def acceptance(reason: str | None, until: str | None) -> tuple[str, dt.date] | None:
    """The reason and the last day of `--ack`, where it is asked for.

    Raises:
        WrongUsageError: One of them is missing or no day to come.
    """
    if reason is None and until is None:
        return None
    if not (reason or "").strip() or until is None:
        raise WrongUsageError("write both --ack REASON and --until DATE")
    try:
        day = dt.date.fromisoformat(until)
    except ValueError:
        raise WrongUsageError(f"--until {until!r}: expected a date such as 2026-03-20") from None
    if day < _today():
        raise WrongUsageError(f"--until {until!r} is over: name a day to come")
    return reason or "", day


def accept(report: "RegressReport", reason: str, until: dt.date) -> str:
    """Write what broke to `usagectl.ack.yaml`; what was written, in a line.

    Raises:
        WrongUsageError: The file cannot be added to.
        NoAnswerError: Nothing broke that could be accepted.
    """
    from usagectl.config.settings import FILE_NAME as CONFIG
    from usagectl.config.settings import find_file
    from usagectl.gates.acknowledgements import FILE_NAME, with_entries
    from usagectl.model.names import GateStatus

    broken = [v for v in report.checked.of(GateStatus.BROKEN) if v.limit is not None]
    if not broken:
        error = NoAnswerError("nothing broke that --ack could accept")
        error.excerpt = "\n".join(remaining(report))
        raise error
    config = find_file(CONFIG)
    beside = os.path.join(os.path.dirname(config), FILE_NAME) if config else None
    place = find_file(FILE_NAME) or beside
    path = os.path.relpath(place) if place else FILE_NAME
    entries = {
        (verdict.group, verdict.metric): _entry(report, verdict, reason, until)
        for verdict in broken
    }
    try:
        with open(path, encoding="utf-8") as file:
            before = file.read()
    except FileNotFoundError:
        before = ""
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsageError(f"{path}: cannot be added to: {error}") from None
    text = with_entries(before, list(entries.values()), path, _today())
    output.replace(Path(path), text.encode())
    return f"{path}: {len(entries):,} acknowledged until {until}"


def remaining(report: "RegressReport") -> "Iterator[str]":
    """What cannot be told, which nobody can accept by `--ack`, and what clears it: lines of text.

    None where there is nothing.
    """
    from usagectl.model.names import GateStatus
    from usagectl.render.words.regress_words import sentence

    open_ = report.of(GateStatus.UNKNOWN)
    if open_:
        yield f"still without an answer, so the exit code stays 3 ({len(open_):,}):"
    for found in open_[:_MOST]:
        told = found.verdict.complete
        yield f"  {sentence(found, report.keys)}" + ("" if told else _ENOUGH)
    if len(open_) > _MOST:
        yield f"  and {len(open_) - _MOST:,} more"


def _entry(
    report: "RegressReport", verdict: "GateVerdict", reason: str, until: dt.date
) -> Mapping[str, str | None]:
    from usagectl.config.gate import amount

    group = verdict.group or ()
    value = amount(verdict.subject, verdict.new or 0, up=not verdict.least)
    return {
        **{key.value: name for key, name in zip(report.keys, group, strict=False)},
        "metric": verdict.metric,
        "limit": f"{'>=' if verdict.least else '<='}{value}",
        "reason": reason,
        "until": until.isoformat(),
    }


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()
