"""`usagectl baseline`: keep what a run consumed, to hold later ones against it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from usagectl.commands import options, output
from usagectl.commands.app import App
from usagectl.commands.baseline_files import DEFAULT, find, is_name, names, path_of, read
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_page
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.wording import nearest

baseline = App(
    name="baseline",
    help="Keep what runs consumed in a small file, to commit and to hold later runs against.",
)
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Its name, or the file.", show_default=False)
]


@baseline.command()
def save(
    operands: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME] OPERAND...",
            help="The runs, of which the figures are means. A first word that names no run is the"
            " name of the baseline: it is kept in .usagectl/NAME.json, else in"
            " .usagectl/baseline.json.",
            show_default=False,
        ),
    ],
    *,
    by: options.By = "task",
    prices: options.Prices,
    reading: Reading,
) -> None:
    """Save what some runs consumed, per group: exact sums, samples, and how they were counted."""
    from usagectl.commands.comparing import Asked, one_side
    from usagectl.comparison.baseline import written
    from usagectl.comparison.baseline_read import side_from
    from usagectl.config.document import MAX_JSON_BYTES, from_json
    from usagectl.gates.coverage import refuse_empty_runs
    from usagectl.model.escaping import shown
    from usagectl.model.names import Key
    from usagectl.pricing.chain import Chain

    named, runs = _name_and_runs(operands)
    path = path_of(named or DEFAULT)
    wanted = prices.wanted()
    asked = Asked(options.keys(by) or [Key.TASK], reading, wanted)
    side, _ = one_side(runs, asked, Chain(wanted.tables), None)
    if side.cells.is_empty():
        raise NoAnswerError(f"{side.name} has no calls: it can be no baseline")
    refuse_empty_runs(side)
    data = (written(side) + "\n").encode()
    if len(data) > MAX_JSON_BYTES:
        raise WrongUsageError(
            f"the baseline would have {len(data) // 1_000_000} MB, more than is read: save it with"
            " fewer keys in --by"
        )
    # What cannot be read again must not take the place of what can.
    side_from(from_json(data.decode(), path))
    output.keep(Path(path), data)
    groups = side.cells.select([key.value for key in side.keys]).n_unique()
    calls = int(side.cells.get_column("calls").sum())
    output.write(shown(f"{path}: {calls:,} calls in {groups:,} groups of {side.name}"), None)


def _name_and_runs(operands: list[str]) -> tuple[str | None, list[str]]:
    """The name that stands in front, if it does."""
    from usagectl.config.settings import find_config
    from usagectl.inputs.operands import Names

    first, *others = operands
    if not others or not is_name(first):
        return None, operands
    try:
        list(Names(find_config(), list).named(first))
    except WrongUsageError:
        return first, others
    return None, operands


@baseline.command("list")
def list_() -> None:
    """List the baselines that are kept in .usagectl."""
    from usagectl.render.pages import baseline as made
    from usagectl.reports.baseline import kept

    found, damaged = [], []
    for name in names():
        try:
            found.append(kept(name, read(path_of(name))))
        except WrongUsageError as error:
            damaged.append(str(error))
    if found:
        show_page(made.kept(found), None)
    if damaged:
        raise WrongUsageError("; ".join(damaged))
    if not found:
        output.note_lines("no baseline in .usagectl; `usagectl baseline save RUN` makes one")


@baseline.command()
def show(name: Name = "baseline") -> None:
    """Show what a baseline holds, per group."""
    from usagectl.render.pages import baseline as made
    from usagectl.reports.baseline import baseline_report

    report = baseline_report(read(_existing(name)))
    show_page(made.page(report), None)


@baseline.command()
def rm(name: Name) -> None:
    """Remove a baseline that is kept in .usagectl."""
    from usagectl.model.escaping import shown

    path = path_of(name)
    if not os.path.isfile(path):
        raise WrongUsageError(_none(name))
    output.remove(Path(path))
    output.write(shown(f"removed {path}"), None)


def _existing(name: str) -> str:
    path = find(name)
    if path is None and os.path.isfile(name):
        return name
    if path is None:
        raise WrongUsageError(_none(name))
    return path


def _none(name: str) -> str:
    there = names()
    if not there:
        return "there is no baseline: `usagectl baseline save OPERAND` makes one"
    return f"there is no baseline {name!r}{nearest(name, there)}"
