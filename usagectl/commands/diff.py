"""`usagectl diff`: what changed between two runs, and why."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.choices import choice
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.aliases import METRIC_ALIASES
from usagectl.model.names import Key, Measure, Sort

_TOP = 3


def diff(
    operands: Annotated[
        list[str],
        typer.Argument(
            metavar="BASE NEW",
            help="Two operands. A side of several runs is a label given several times, as in "
            "base=run1 base=run2 new=run3.",
            show_default=False,
        ),
    ],
    *,
    by: options.By = "task",
    metric: Annotated[
        list[Measure] | None,
        choice(
            Measure,
            "metric",
            aliases=METRIC_ALIASES,
            metavar="METRIC",
            help=f"Show what drove this. Repeatable. One of {', '.join(Measure)}, or shorter:"
            " tokens, input, output, duration, cost. By default total_tokens.",
            show_default=False,
        ),
    ] = None,
    sort: Annotated[
        Sort,
        choice(
            Sort,
            "order",
            help="Largest change first, worst first, largest factor first, or name.",
        ),
    ] = Sort.CONTRIBUTION,
    top: Annotated[
        int | None,
        options.rows(
            f"Groups to show in text and markdown; 0 for all. By default {_TOP}.",
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Show all groups, also those without a change or only noise, all causes, and why "
            "time and cost changed.",
        ),
    ] = False,
    min_change: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT|PERCENT",
            help="Fold away groups that changed by less, such as 500 or 5%. By default those with "
            "less than 1% of all changes.",
            show_default=False,
        ),
    ] = None,
    filters: options.Filters,
    prices: options.Prices,
    reading: Reading,
    to: options.Output,
) -> None:
    """Show what changed between two runs, why, and whether it is more than noise.

    The change of tokens, time and cost is split into calls, amount per call, price or speed, mix
    of models and failed calls, per group and in total; the parts add up to the change exactly.
    """
    keys = options.keys(by)
    to.check()

    from usagectl.commands.comparing import Asked, sides_of
    from usagectl.comparison.compare import compare_sides
    from usagectl.reports.diff import diff_report, parse_least

    least = parse_least(min_change) if min_change else None
    filters.read()  # A mistake shows before anything is loaded.
    asked = Asked(keys or [Key.TASK], reading, prices.wanted(), filters)
    base, new, zone = sides_of(operands, asked)
    report = diff_report(
        compare_sides(base, new),
        metrics=metric or (),
        sort=sort,
        top=(top if top is not None else 0 if every else _TOP) or None,
        every=every,
        least=least,
        zone=zone,
    )
    show_report("diff", report, to.form, to.path)
    show_notices(report.notices, to.form)
