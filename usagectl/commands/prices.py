"""`usagectl prices`: what is known of prices, and from where."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from usagectl.commands import options
from usagectl.commands import output as target
from usagectl.commands.app import App
from usagectl.commands.reading import Reading
from usagectl.commands.screen import show_notices, show_report
from usagectl.model.exceptions import NoAnswerError, WrongUsageError
from usagectl.model.names import OutputFormat

if TYPE_CHECKING:
    from usagectl.pricing.chain import Chain
    from usagectl.reports.prices import Tokens

prices = App(name="prices", help="Show what is known of prices, and from where.")

_SHOWN = 40


def _tokens(said: str, *names: str) -> Any:
    return options.tokens(said, *names, metavar="N")


class TokenCounts(NamedTuple):
    """The tokens of the call that is to be priced, as the user wrote them."""

    input_tokens: Annotated[int | None, _tokens("Input tokens, cache inside.", "--input")] = None
    cache_read: Annotated[int, _tokens("Of the input, tokens read from a cache.")] = 0
    cache_write: Annotated[int, _tokens("Of the input, tokens written to a cache.")] = 0
    output_tokens: Annotated[
        int | None, _tokens("Output tokens, reasoning inside.", "--output")
    ] = None
    reasoning: Annotated[int, _tokens("Of the output, tokens of reasoning.")] = 0

    def tokens(self) -> "Tokens | None":
        """The tokens, null where none are named.

        Raises:
            WrongUsageError: A part is larger than the whole.
        """
        from usagectl.reports.prices import Tokens

        if self == TokenCounts():
            return None
        tokens = Tokens(*(count or 0 for count in self))
        cached = tokens.cache_read + tokens.cache_write
        if cached > tokens.input or tokens.reasoning > tokens.output:
            raise WrongUsageError(
                "the cache is a part of --input, and --reasoning a part of --output: they cannot"
                " be larger"
            )
        return tokens


def _chain(tables: list[Path] | None) -> "Chain":
    from usagectl.pricing.chain import Chain

    return Chain(options.Prices(tables).wanted().tables)


@prices.command()
def explain(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="As the source or a report has it.")
    ],
    *,
    provider: Annotated[
        str | None, typer.Option(metavar="NAME", help="The provider, where the source states one.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day of the call; today by default.")
    ] = None,
    counts: TokenCounts,
    tables: options.Tables = None,
    batch: options.Batch = False,
    form: options.Format = OutputFormat.TEXT,
) -> None:
    """Explain a price: which entry matched by which step, what it costs, and why not another."""
    from usagectl.reports.prices import explanation

    tokens = counts.tokens()
    moment = options.day(at or "today", "--at")
    found = explanation(
        _chain(tables),
        model,
        provider=provider,
        at=moment or dt.datetime.now(dt.UTC),
        tokens=tokens,
        batch=batch,
    )
    show_report("prices_explain", found, form, None)


@prices.command()
def check(
    operands: options.Operands,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 where a call with tokens has no cost.")
    ] = False,
    tables: options.Tables = None,
    filters: options.Filters,
    reading: Reading,
    to: options.Output,
) -> None:
    """Show where the cost of every model of some runs comes from, the unpriced ones first."""
    from usagectl.commands.loading import load
    from usagectl.dataset.no_match import meeting
    from usagectl.pricing.chain import Chain
    from usagectl.reports.prices import check_report

    to.check()
    filters.read()  # A mistake shows before anything is loaded.
    wanted = options.Prices(tables).wanted()
    chain = Chain(wanted.tables)
    usage = load(operands, reading)
    report = check_report(meeting(usage, filters.read(usage.zone)), wanted, chain)
    show_report("prices_check", report, to.form, to.path)
    show_notices(report.notices, to.form)
    if strict:
        sys.exit(3 if report.without_cost else 0)


@prices.command("list")
def list_prices(
    glob: Annotated[
        str, typer.Argument(metavar="GLOB", help="Of SELLER/MODEL or of the model alone.")
    ] = "*",
    *,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day; today by default.")
    ] = None,
    top: Annotated[int, options.rows("Rows in text; 0 for all.")] = _SHOWN,
    tables: options.Tables = None,
    to: options.Output,
) -> None:
    """List the prices of tables and catalog, per million tokens."""
    from usagectl.reports.prices import listing

    to.check()
    moment = options.day(at or "today", "--at") or dt.datetime.now(dt.UTC)
    found = listing(_chain(tables), glob, moment, top or None)
    if not found.rows:
        part = f"*{glob}*"
        some = listing(_chain(tables), part, moment, None).rows
        hint = f"; {len(some)} have it in their names: write {part!r}" if some else ""
        raise NoAnswerError(f"no price of a model that matches {glob!r}{hint}")
    show_report("prices_list", found, to.form, to.path)


@prices.command()
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
