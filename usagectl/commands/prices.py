"""`usagectl prices`: what is known of prices, and from where."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usagectl.commands import options
from usagectl.commands.command import Command, Commands
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.names import CostMode, OutputFormat

if TYPE_CHECKING:
    from usagectl.pricing.chain import Chain

prices = typer.Typer(
    name="prices",
    help="Show what is known of prices, and from where.",
    cls=Commands,
    rich_markup_mode=None,
)

_SHOWN = 40


def _chain(tables: list[Path] | None) -> "Chain":
    from usagectl.pricing.chain import Chain

    return Chain(options.wanted(tables, CostMode.AUTO, False, None).tables)


@prices.command(cls=Command)
def explain(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="As the source or a report has it.")
    ],
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="The provider, where the source states one.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the call; today by default.")
    ] = None,
    input_tokens: Annotated[
        int | None,
        typer.Option(
            "--input",
            min=0,
            max=options.MOST_TOKENS,
            metavar="N",
            help="Input tokens, cache inside.",
        ),
    ] = None,
    cache_read: Annotated[
        int,
        typer.Option(
            min=0,
            max=options.MOST_TOKENS,
            metavar="N",
            help="Of the input, tokens read from a cache.",
        ),
    ] = 0,
    cache_write: Annotated[
        int,
        typer.Option(
            min=0,
            max=options.MOST_TOKENS,
            metavar="N",
            help="Of the input, tokens written to a cache.",
        ),
    ] = 0,
    output_tokens: Annotated[
        int | None,
        typer.Option(
            "--output",
            min=0,
            max=options.MOST_TOKENS,
            metavar="N",
            help="Output tokens, reasoning inside.",
        ),
    ] = None,
    reasoning: Annotated[
        int,
        typer.Option(
            min=0, max=options.MOST_TOKENS, metavar="N", help="Of the output, tokens of reasoning."
        ),
    ] = 0,
    tables: options.Tables = None,
    batch: options.Batch = False,
    output_format: options.Format = OutputFormat.TEXT,
) -> None:
    """Explain a price: which entry matched by which step, what it costs, and why not another."""
    from usagectl.model.exceptions import WrongUsageError
    from usagectl.reports.prices import Tokens, explanation

    tokens = None
    parts = (cache_read, cache_write, reasoning)
    if input_tokens is not None or output_tokens is not None or any(parts):
        tokens = Tokens(input_tokens or 0, cache_read, cache_write, output_tokens or 0, reasoning)
        if cache_read + cache_write > tokens.input or reasoning > tokens.output:
            raise WrongUsageError(
                "the cache is a part of --input, and --reasoning a part of --output: they cannot"
                " be larger"
            )
    moment = options.day(at or "today", "--at")
    found = explanation(
        _chain(tables),
        model,
        provider=provider,
        at=moment or dt.datetime.now(dt.UTC),
        tokens=tokens,
        batch=batch,
    )
    show_report("prices_explain", found, output_format, None)


@prices.command(cls=Command)
def check(
    operands: options.Operands,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 where a call with tokens has no cost.")
    ] = False,
    tables: options.Tables = None,
    where: options.Where = None,
    since: options.Since = None,
    until: options.Until = None,
    timezone: options.Timezone = None,
    output_format: options.Format = OutputFormat.TEXT,
    output: options.Output = None,
) -> None:
    """Show where the cost of every model of some runs comes from, the unpriced ones first."""
    from usagectl.commands import output as target
    from usagectl.commands.loading import load_calls
    from usagectl.dataset import filters
    from usagectl.dataset.no_match import refuse_nothing
    from usagectl.pricing.chain import Chain
    from usagectl.reports.prices import check_report

    target.check_target(output)
    filters.parse(where, since, until, "UTC")  # A mistake shows before anything is read.
    wanted = options.wanted(tables, CostMode.AUTO, False, None)
    chain = Chain(wanted.tables)
    usage = load_calls(operands, timezone)
    chosen = filters.parse(where, since, until, usage.zone)
    refuse_nothing(usage.calls, chosen, usage.zone)
    kept = usage._replace(calls=filters.apply(usage.calls, chosen, usage.zone))
    report = check_report(kept, wanted, chain)
    show_report("prices_check", report, output_format, output)
    show_notices(report.notices, output_format)
    if strict:
        sys.exit(3 if report.without_cost else 0)


@prices.command(name="list", cls=Command)
def list_prices(
    glob: Annotated[
        str, typer.Argument(metavar="GLOB", help="Of SELLER/MODEL or of the model alone.")
    ] = "*",
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day; today by default.")
    ] = None,
    top: Annotated[
        int, typer.Option(min=0, max=options.MOST_ROWS, help="Rows in text; 0 for all.")
    ] = _SHOWN,
    tables: options.Tables = None,
    output_format: options.Format = OutputFormat.TEXT,
    output: options.Output = None,
) -> None:
    """List the prices of tables and catalog, per million tokens."""
    from usagectl.commands import output as target
    from usagectl.model.exceptions import NoAnswerError
    from usagectl.reports.prices import listing

    target.check_target(output)
    moment = options.day(at or "today", "--at") or dt.datetime.now(dt.UTC)
    found = listing(_chain(tables), glob, moment, top or None)
    if not found.rows:
        part = f"*{glob}*"
        some = listing(_chain(tables), part, moment, None).rows
        hint = f"; {len(some)} have it in their names: write {part!r}" if some else ""
        raise NoAnswerError(f"no price of a model that matches {glob!r}{hint}")
    show_report("prices_list", found, output_format, output)


@prices.command(cls=Command)
def update(
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where to fetch genai-prices' data file from."),
    ] = None,
    forget: Annotated[
        bool, typer.Option("--forget", help="Return to the prices that came with the package.")
    ] = False,
) -> None:
    """Fetch the catalog of today; the only command that uses the network."""
    import os

    from usagectl.commands import output as target
    from usagectl.model.exceptions import NoAnswerError
    from usagectl.pricing import catalog, stored

    where = Path(stored.path())
    if forget:
        if os.path.lexists(where):
            target.remove(where)
        target.note(f"prices are those that came with the package: {catalog.load().version}")
        return
    providers = stored.fetch(url or stored.URL)
    count = len(catalog.from_data(providers, url or stored.URL).offers())
    if not count:
        raise NoAnswerError(f"{url or stored.URL} sent no prices; prices stay as they are")
    target.keep(where, stored.encoded(providers))
    target.note(f"prices of {count:,} models fetched; {catalog.load().version} is kept in {where}")
