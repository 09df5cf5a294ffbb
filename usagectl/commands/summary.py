"""`usagectl summary`: what some runs consumed."""

from typing import Annotated

import typer

from usagectl.commands import options
from usagectl.commands.choices import choice
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.names import METRIC_ALIASES, CostMode, Metric, OutputFormat

DEFAULT_TOP = 20


def summary(
    operands: options.Operands,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            "--group-by",
            metavar="KEY,...",
            help="Group by these keys instead of by task and by model.",
            show_default=False,
        ),
    ] = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    top: Annotated[
        int,
        typer.Option(
            min=0, max=options.MOST_ROWS, help="Rows of a table in text and markdown; 0 for all."
        ),
    ] = DEFAULT_TOP,
    sort: Annotated[
        Metric | None,
        typer.Option(
            metavar="METRIC",
            parser=choice(Metric, "metric", METRIC_ALIASES),
            help="Sort rows by a metric, such as cost or failed, largest first. By default"
            " total_tokens.",
            show_default=False,
        ),
    ] = None,
    tables: options.Tables = None,
    cost_mode: options.CostFrom = CostMode.AUTO,
    batch: options.Batch = False,
    price_date: options.PriceDate = None,
    as_model: Annotated[
        str | None,
        typer.Option(
            metavar="PROVIDER:MODEL",
            help="Reckon beside it what the same tokens would cost at this model's price.",
            show_default=False,
        ),
    ] = None,
    timezone: options.Timezone = None,
    output_format: options.Format = OutputFormat.TEXT,
    output: options.Output = None,
) -> None:
    """Show what runs consumed: calls, tokens, time and failures, per task and per model.

    One operand is one run; several are shown side by side, with a total. What the files do not
    say is shown as - and never as 0, and a figure that does not rest on all calls is marked.
    Costs are those that the source recorded, else prices of tables, catalog and local models.
    """
    from usagectl.commands import output as target

    keys = options.keys(by)
    target.check_target(output)

    from usagectl.commands.loading import load_calls
    from usagectl.dataset import filters
    from usagectl.pricing.chain import Chain
    from usagectl.reports.summary import summary_report

    if options.one_baseline(operands, plain=output_format is OutputFormat.TEXT):
        from usagectl.commands.baseline import show

        show(operands[0])
        return
    filters.parse(where, since, until, "UTC")  # A mistake shows before anything is read.
    wanted = options.wanted(tables, cost_mode, batch, price_date, as_model)
    chain = Chain(wanted.tables)
    usage = load_calls(operands, timezone)
    chosen = filters.parse(where, since, until, usage.zone)
    report = summary_report(
        usage, by=keys, chosen=chosen, top=top or None, sort=sort, wanted=wanted, chain=chain
    )
    show_report("summary", report, output_format, output)
    show_notices(report.notices, output_format)
