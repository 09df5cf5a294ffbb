"""From the options of `usagectl regress` to what was found."""

import datetime as dt
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from usagectl.commands.comparing import Asked
from usagectl.names import NewGroups

if TYPE_CHECKING:
    from usagectl.acknowledgements import Acknowledgement
    from usagectl.calibration import Calibration
    from usagectl.gate_verdicts import GateVerdict
    from usagectl.gates import Gate
    from usagectl.limits import Floors
    from usagectl.regress_report import Chosen, RegressReport
    from usagectl.self_test import GateTest


_PERCENT = re.compile(r"(\d{1,4}(?:\.\d{1,6})?)\s*%?", re.ASCII)


class Flags(NamedTuple):
    """The options that say what is too much."""

    thresholds: tuple[str, ...]
    by: str
    min_tokens: int
    min_calls: int
    min_coverage: str | None
    allow_missing: bool
    new_tasks: NewGroups

    @property
    def floors(self) -> "Floors":
        """Below what a factor breaks nothing."""
        from usagectl.limits import Floors

        return Floors(self.min_tokens, self.min_calls)

    def words(self) -> tuple[str, ...]:
        """The same options as words of a command, without those that are as they are by default."""
        from usagectl.limits import MIN_CALLS, MIN_TOKENS

        words = [word for gate in self.thresholds for word in ("--threshold", gate)]
        given = {
            "--by": self.by if self.by != "task" else None,
            "--min-tokens": self.min_tokens if self.min_tokens != MIN_TOKENS else None,
            "--min-calls": self.min_calls if self.min_calls != MIN_CALLS else None,
            "--min-coverage": self.min_coverage,
            "--new-tasks": self.new_tasks if self.new_tasks != NewGroups.WARN else None,
        }
        for option, value in given.items():
            words += [option, str(value)] if value is not None else []
        return (*words, "--allow-missing") if self.allow_missing else tuple(words)


def gates(flags: Flags) -> "tuple[Gate, ...]":
    """The gates of `usagectl.yaml`, then those of the command line; 2x where there are none.

    Raises:
        GateSyntaxError: One of them cannot be read.
    """
    from usagectl.config import find_config
    from usagectl.gate_grammar import parse
    from usagectl.gating import DEFAULT_GATE

    found = [*find_config().gates, *map(parse, flags.thresholds)]
    if all(gate.subject.coverage for gate in found):
        found.append(parse(DEFAULT_GATE))
    if flags.min_coverage is not None:
        share = flags.min_coverage.strip()
        found.append(parse(f"coverage>={share}{'' if share.endswith('%') else '%'}"))
    return tuple(found)


def checked(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, flags: Flags
) -> "RegressReport":
    """Hold the new side against the base.

    Raises:
        WrongUsageError: Something is written wrongly.
        NoAnswerError: There is nothing to hold against each other.
    """
    from usagectl.commands.choosing import chosen
    from usagectl.commands.comparing import sides_of
    from usagectl.comparison import compare_sides, require_common_groups
    from usagectl.gating import check
    from usagectl.regress_report import regress_report

    base, new = chosen(operands, asked.timezone)
    sides = sides_of((*base.operands, *new.operands), *asked)
    require_common_groups(*sides[:2])
    comparison = compare_sides(*sides[:2], tested=False, across_trees=False)
    found = check(
        comparison,
        against,
        floors=flags.floors,
        allow_missing=flags.allow_missing,
        new_groups=flags.new_tasks,
        acknowledged=acknowledged(),
    )
    return regress_report(found, comparison, base=base, new=new, flags=flags.words(), zone=sides[2])


def tested(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, flags: Flags
) -> "tuple[tuple[GateTest, ...], Chosen]":
    """Try the gates on the base.

    Raises:
        WrongUsageError: More than a base is named.
    """
    from usagectl.commands.choosing import chosen_base
    from usagectl.commands.comparing import one_side
    from usagectl.pricing.chain import Chain
    from usagectl.self_test import self_test

    base = chosen_base(operands, asked.timezone)
    side, _ = one_side(base.operands, asked, Chain(asked.wanted.tables), None)
    return self_test(side, against, flags.floors), base


def calibrated(
    operands: list[str], against: "Sequence[Gate]", asked: Asked, margin: str
) -> "Calibration":
    """The tightest gates that none of some runs breaks.

    Raises:
        WrongUsageError: There are too few runs, or the margin is no percentage.
    """
    from fractions import Fraction

    from usagectl.calibration import calibrate
    from usagectl.commands.comparing import one_side
    from usagectl.config import find_config
    from usagectl.exceptions import WrongUsageError
    from usagectl.operands import Names
    from usagectl.pricing.chain import Chain
    from usagectl.usage import newest
    from usagectl.zones import zone_of

    share = _PERCENT.fullmatch(margin.strip())
    if share is None:
        raise WrongUsageError(
            f"--margin {margin!r}: expected a percentage such as 10%, up to 9999%"
        )
    wider = Fraction(share[1]) / 100
    chain = Chain(asked.wanted.tables)
    names = Names(find_config(), lambda paths: newest(paths, zone_of(asked.timezone)))
    runs = [run for operand in operands for run in names.named(operand)]
    sides = [
        one_side(["@".join((path, *run.part))], asked, chain, run.label)[0]
        for run in runs
        for path in run.paths
    ]
    return calibrate(sides, against, wider)


def acknowledged() -> "tuple[Acknowledgement, ...]":
    """The entries of the nearest `usagectl.ack.yaml`."""
    from usagectl.acknowledgements import FILE_NAME, read
    from usagectl.config import find_file

    path = find_file(FILE_NAME)
    return read(os.path.relpath(path), _today()) if path else ()


def acceptance(reason: str | None, until: str | None) -> tuple[str, dt.date] | None:
    """The reason and the last day of `--ack`, where it is asked for.

    Raises:
        WrongUsageError: One of them is missing or no day to come.
    """
    from usagectl.exceptions import WrongUsageError

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
    from usagectl import output
    from usagectl.acknowledgements import FILE_NAME, with_entries
    from usagectl.config import FILE_NAME as CONFIG
    from usagectl.config import find_file
    from usagectl.exceptions import NoAnswerError, WrongUsageError
    from usagectl.names import GateStatus

    broken = [v for v in report.checked.of(GateStatus.BROKEN) if v.limit is not None]
    if not broken:
        raise NoAnswerError("nothing broke that --ack could accept")
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


def _entry(
    report: "RegressReport", verdict: "GateVerdict", reason: str, until: dt.date
) -> Mapping[str, str | None]:
    from usagectl.gates import amount

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
