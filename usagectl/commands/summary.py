"""`usagectl summary`: what some runs consumed."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.baseline_files import is_alone
from usagectl.commands.choices import choice
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.aliases import METRIC_ALIASES
from usagectl.model.names import Metric, OutputFormat

_TOP = 20


def summary(
    operands: options.Operands,
    *,
    by: Annotated[
        str | None,
        options.by("Group by these keys instead of by task and by model.", show_default=False),
    ] = None,
    filters: options.Filters,
    top: Annotated[int, options.rows("Rows of a table in text and markdown; 0 for all.")] = _TOP,
    sort: Annotated[
        Metric | None,
        choice(
            Metric,
            "metric",
            aliases=METRIC_ALIASES,
            metavar="METRIC",
            help="Sort rows by a metric, such as cost or failed, largest first. By default"
            " total_tokens.",
            show_default=False,
        ),
    ] = None,
    prices: options.Prices,
    as_model: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:MODEL",
            help="Reckon beside it what the same tokens would cost at this model's price.",
            show_default=False,
        ),
    ] = None,
    reading: Reading,
    to: options.Output,
) -> None:
    """Show what runs consumed: calls, tokens, time and failures, per task and per model.

    One operand is one run; several are shown side by side, with a total. What the files do not
    say is shown as - and never as 0, and a figure that does not rest on all calls is marked.
    Costs are those that the source recorded, else prices of tables, catalog and local models.
    """
    keys = options.keys(by)
    to.check()

    from usagectl.commands.baseline import show
    from usagectl.commands.loading import load
    from usagectl.pricing.chain import Chain
    from usagectl.reports.summary import summary_report

    if is_alone(operands, plain=to.form is OutputFormat.TEXT):
        show(operands[0])
        return
    filters.read()  # A mistake shows before anything is loaded.
    wanted = prices.wanted(as_model)
    chain = Chain(wanted.tables)
    usage = load(operands, reading)
    chosen = filters.read(usage.zone)
    report = summary_report(
        usage, by=keys, chosen=chosen, top=top or None, sort=sort, wanted=wanted, chain=chain
    )
    show_report("summary", report, to.form, to.path)
    show_notices(report.notices, to.form)
