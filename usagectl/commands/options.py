"""Options that several commands share, each declared once; those that go together are a value."""

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from usagectl.commands.choices import choice
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import FORMAT_ALIASES, CostMode, Key, OutputFormat
from usagectl.model.wording import key_named

if TYPE_CHECKING:
    from usagectl.dataset import filters
    from usagectl.pricing.requests import Wanted

# Numbers beyond these mean nothing, and other programs cannot hold them.
MOST_ROWS = 1_000_000_000
MOST_TOKENS = 1_000_000_000_000_000


def by(said: str, **settings: Any) -> Any:
    """The option `--by`, which says in its help what it is for."""
    return typer.Option("--by", "--group-by", metavar="KEY,...", help=said, **settings)


def rows(said: str, *options: str, **settings: Any) -> Any:
    """An option that counts lines of output."""
    return typer.Option(*options, min=0, max=MOST_ROWS, help=said, **settings)


def tokens(said: str, *options: str, **settings: Any) -> Any:
    """An option that counts tokens or calls."""
    return typer.Option(*options, min=0, max=MOST_TOKENS, help=said, **settings)


def form(known: type[StrEnum], said: str) -> Any:
    """The option `--format`, which says in its help what is written."""
    said = f"How to write {said}"
    return choice(known, "format", "--format", "-f", aliases=FORMAT_ALIASES, help=said)


Operands = Annotated[
    list[str],
    typer.Argument(
        metavar="OPERAND...",
        help="Run directories, files, globs, URLs (s3, gs, az), - for standard input, or what "
        "usagectl.yaml names; LABEL=OPERAND names a run, OPERAND@KEY=GLOB is a part of it.",
        show_default=False,
    ),
]
By = Annotated[str, by("What makes a group.")]
Tables = Annotated[
    list[Path] | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="A price table, asked before the catalog; repeatable, the first that knows a model"
        " decides. After them those of usagectl.yaml.",
        show_default=False,
    ),
]
CostFrom = Annotated[
    CostMode,
    choice(
        CostMode,
        "cost mode",
        "--cost-mode",
        help="auto: what the source recorded, else a price; recorded: only what it recorded;"
        " table: everything by prices.",
    ),
]
Batch = Annotated[
    bool,
    typer.Option("--batch", help="The requests went through a batch interface: take its prices."),
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help="Rules about failures that come before those of usagectl; repeatable. By default those"
        " of usagectl.yaml.",
        show_default=False,
    ),
]
Format = Annotated[
    OutputFormat,
    form(
        OutputFormat,
        "the report; md is markdown, --json is short for --format json. By default as the file of"
        " --output is called, else text.",
    ),
]
File = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to a file instead of the screen; .json, .ndjson, .csv or .md says the format.",
    ),
]


class Filters(NamedTuple):
    """Which calls to look at, as the user wrote it."""

    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=GLOB",
            help="Only calls whose key matches, such as model=*qwen*; != turns it round, the glob -"
            f" is for no value. Repeatable. Keys: {', '.join(Key)}.",
            show_default=False,
        ),
    ] = None
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only calls from this date, time or age (7d, 12h) on."),
    ] = None
    until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Only calls up to this date (its end), time or age."),
    ] = None

    def read(self, zone: str = "UTC") -> "filters.Filters":
        """What it means, with times in a zone; before anything is loaded, to refuse a mistake.

        Raises:
            WrongUsageError: One of them cannot be read.
        """
        from usagectl.dataset import filters

        return filters.parse(*self, zone)


class Prices(NamedTuple):
    """How to price calls, as the user wrote it."""

    tables: Tables = None
    cost_mode: CostFrom = CostMode.AUTO
    batch: Batch = False
    price_date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help="Take the prices of this day (or today) instead of each call's own.",
            show_default=False,
        ),
    ] = None

    def wanted(self, as_model: str | None = None) -> "Wanted":
        """The same with the tables of `usagectl.yaml`, and a model whose price is asked for too.

        Raises:
            WrongUsageError: The date is none, or options contradict each other.
        """
        from usagectl.config.settings import find_config
        from usagectl.pricing.requests import Wanted

        if self.cost_mode is CostMode.RECORDED and (self.batch or self.price_date or as_model):
            raise WrongUsageError(
                "--cost-mode recorded asks for no price: leave the other options out"
            )
        tables = (*map(str, self.tables or ()), *find_config().prices)
        at = day(self.price_date, "--price-date")
        return Wanted(tables, self.cost_mode, self.batch, at, as_model)


class Output(NamedTuple):
    """How a report is written, and where: to a file, or to the screen."""

    form: Format = OutputFormat.TEXT
    path: File = None

    def check(self) -> None:
        """Refuse a file that cannot be written, before any work is done.

        Raises:
            WrongUsageError: Its directory does not exist or cannot be written.
        """
        from usagectl.commands.output import check_target

        check_target(self.path)


def day(text: str | None, option: str) -> dt.datetime | None:
    """The noon (UTC) of a day, or of today; null where none is given.

    Raises:
        WrongUsageError: It is no date.
    """
    if text is None:
        return None
    try:
        today = dt.datetime.now(dt.UTC).date()
        found = today if text == "today" else dt.date.fromisoformat(text)
    except ValueError:
        raise WrongUsageError(f"{option} {text!r}: expected a date such as 2026-03-20") from None
    return dt.datetime.combine(found, dt.time(12), dt.UTC)


def rule_files(given: list[str] | None) -> list[str]:
    """The files of rules that the user named, else those of `usagectl.yaml`."""
    from usagectl.config.settings import find_config

    return given or list(find_config().failures)


def keys(text: str | None) -> list[Key]:
    """The keys of `--by KEY,KEY`.

    Raises:
        WrongUsageError: One of them is no key.
    """
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return [key_named(name, "--by: ") for name in dict.fromkeys(names)]
