"""Which sides `usagectl regress` holds against each other, where the user names fewer than two."""

import os
from typing import TYPE_CHECKING

from usagectl.commands.baseline_files import DEFAULT, path_of
from usagectl.model.exceptions import NoAnswerError

if TYPE_CHECKING:
    from usagectl.reports.regress import Chosen


def chosen(operands: list[str], timezone: str | None) -> "tuple[Chosen, Chosen]":
    """The base and the new side.

    The new side is the newest run. The base is the baseline of `usagectl.yaml`, else
    `.usagectl/baseline.json`, else the run before the newest.

    Raises:
        NoAnswerError: There is nothing to choose; the message has the lines to type.
    """
    from usagectl.reports.regress import Chosen

    if len(operands) > 1:
        base, new = _sides(operands)
        return Chosen(base), Chosen(new)
    given = operands[0] if operands else None
    newest = _newest(given, timezone)
    base_side = Chosen((given,)) if given else _kept_base()
    if base_side is None:
        if len(newest) < 2:  # noqa: PLR2004
            raise _nothing(None, f"{newest[0]} is the only run, and no baseline is saved")
        base_side = Chosen((newest[1],), "the run before it: no baseline is saved")
    return base_side, Chosen((newest[0],), "the newest run")


def chosen_base(operands: list[str], timezone: str | None) -> "Chosen":
    """The base alone; several operands are its runs."""
    from usagectl.reports.regress import Chosen

    if operands:
        return Chosen(tuple(operands))
    kept = _kept_base()
    return kept or Chosen((_newest(None, timezone)[0],), "the newest run: no baseline is saved")


def _sides(operands: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from usagectl.inputs.operands import split_label

    if len(operands) == 2:  # noqa: PLR2004
        return (operands[0],), (operands[1],)
    labels = [split_label(operand)[0] for operand in operands]
    base = [o for o, label in zip(operands, labels, strict=True) if label == labels[0]]
    return tuple(base), tuple(o for o in operands if o not in base)


def _kept_base() -> "Chosen | None":
    from usagectl.config.settings import FILE_NAME, find_config
    from usagectl.reports.regress import Chosen

    config = find_config()
    if config.baseline is not None:
        return Chosen((config.baseline,), f"the baseline of {FILE_NAME}")
    if os.path.isfile(path_of(DEFAULT)):
        return Chosen((path_of(DEFAULT),), "the default baseline")
    return None


def _newest(base: str | None, timezone: str | None) -> list[str]:
    """The runs that hold calls, the newest first.

    Raises:
        NoAnswerError: There is none, or one that is newer holds no calls: it must not pass because
            an older one is looked at in its place.
    """
    from usagectl.config.settings import find_config
    from usagectl.config.timezones import zone_of
    from usagectl.dataset.load import newest
    from usagectl.inputs.operands import runs_below
    from usagectl.model.urls import is_url

    config = find_config()
    if config.runs is None:
        raise _nothing(base, "usagectl.yaml does not say where `runs:` are")
    paths = [os.path.join(config.runs, name) for name in runs_below(config.runs)]
    found = newest(paths, zone_of(timezone or config.timezone))
    if not found:
        raise _nothing(base, f"no run below {config.runs!r} holds calls")
    written = _written(found[0])
    for path in paths:
        if path in found:
            continue
        if is_url(path):
            # The store does not tell us when an object was written.
            raise _nothing(base, f"{path} holds no calls, and may be newer than {found[0]}")
        if _written(path) >= written:
            raise _nothing(base, f"{path} is the newest run and holds no calls")
    return found


def _written(folder: str) -> float:
    """When the newest file in a directory was written."""
    times = [
        os.stat(os.path.join(place, name)).st_mtime
        for place, _, names in os.walk(folder)
        for name in names
    ]
    return max(times, default=0)


def _nothing(base: str | None, why: str) -> NoAnswerError:
    alone = f"{base} is one side, and for the other " if base else ""
    error = NoAnswerError(f"nothing to hold against each other: {alone}{why}; type")
    save = [] if base else ["  usagectl baseline save RUN"]
    held = f"  usagectl regress {base or '.usagectl/baseline.json'} RUN"
    error.excerpt = "\n".join([*save, held])
    return error
