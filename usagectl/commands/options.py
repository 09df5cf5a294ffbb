"""Options that several commands share, each declared once."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from usagectl.commands.choices import choice
from usagectl.model.names import FORMAT_ALIASES, CostMode, Key, OutputFormat

if TYPE_CHECKING:
    from usagectl.pricing.requests import Wanted

# Numbers beyond these mean nothing, and other programs cannot hold them.
MOST_ROWS = 1_000_000_000
MOST_TOKENS = 1_000_000_000_000_000

Operands = Annotated[
    list[str],
    typer.Argument(
        metavar="OPERAND...",
        help="Run directories, files, globs, URLs (s3, gs, az), - for standard input, or what "
        "usagectl.yaml names; LABEL=OPERAND names a run, OPERAND@KEY=GLOB is a part of it.",
        show_default=False,
    ),
]
Timezone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Zone of timestamps without an offset, and of days and hours, such as Europe/Berlin."
        " By default that of usagectl.yaml, else the machine's.",
        show_default=False,
    ),
]
Format = Annotated[
    OutputFormat,
    typer.Option(
        "--format",
        "-f",
        metavar="|".join(OutputFormat),
        parser=choice(OutputFormat, "format", FORMAT_ALIASES),
        help="How to write the report; md is markdown, --json is short for --format json. By"
        " default as the file of --output is called, else text.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to a file instead of the screen; .json, .ndjson, .csv or .md says the format.",
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        metavar="KEY=GLOB",
        help="Only calls whose key matches, such as model=*qwen*; != turns it round, the glob - is"
        f" for no value. Repeatable. Keys: {', '.join(Key)}.",
        show_default=False,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only calls from this date, time or age (7d, 12h) on."),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Only calls up to this date (its end), time or age."),
]
By = Annotated[
    str, typer.Option("--by", "--group-by", metavar="KEY,...", help="What makes a group.")
]
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
    typer.Option(
        "--cost-mode",
        metavar="|".join(CostMode),
        parser=choice(CostMode, "cost mode"),
        help="auto: what the source recorded, else a price; recorded: only what it recorded;"
        " table: everything by prices.",
    ),
]
Batch = Annotated[
    bool,
    typer.Option("--batch", help="The requests went through a batch interface: take its prices."),
]
PriceDate = Annotated[
    str | None,
    typer.Option(
        metavar="DATE",
        help="Take the prices of this day (or today) instead of each call's own.",
        show_default=False,
    ),
]


def wanted(
    prices: list[Path] | None,
    mode: CostMode,
    batch: bool,  # noqa: FBT001
    price_date: str | None,
    as_model: str | None = None,
) -> "Wanted":
    """How to price calls, by the options of a command and `usagectl.yaml`.

    Raises:
        WrongUsageError: The date is none, or options contradict each other.
    """
    from usagectl.config.settings import find_config
    from usagectl.model.exceptions import WrongUsageError
    from usagectl.pricing.requests import Wanted

    if mode is CostMode.RECORDED and (batch or price_date or as_model):
        raise WrongUsageError("--cost-mode recorded asks for no price: leave the other options out")
    tables = (*map(str, prices or ()), *find_config().prices)
    return Wanted(tables, mode, batch, day(price_date, "--price-date"), as_model)


def day(text: str | None, option: str) -> dt.datetime | None:
    """The noon (UTC) of a day, or of today; null where none is given.

    Raises:
        WrongUsageError: It is no date.
    """
    from usagectl.model.exceptions import WrongUsageError

    if text is None:
        return None
    try:
        today = dt.datetime.now(dt.UTC).date()
        found = today if text == "today" else dt.date.fromisoformat(text)
    except ValueError:
        raise WrongUsageError(f"{option} {text!r}: expected a date such as 2026-03-20") from None
    return dt.datetime.combine(found, dt.time(12), dt.UTC)


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


def rule_files(given: list[str] | None) -> list[str]:
    """The files of rules that the user named, else those of `usagectl.yaml`."""
    from usagectl.config.settings import find_config

    return given or list(find_config().failures)


def keys(text: str | None) -> list[Key]:
    """The keys of `--by KEY,KEY`.

    Raises:
        WrongUsageError: One of them is no key.
    """
    from usagectl.model.wording import key_named

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return [key_named(name, "--by: ") for name in dict.fromkeys(names)]


def one_baseline(operands: Sequence[str], *, plain: bool) -> bool:
    """Whether what is asked for is a baseline, which is shown by itself and as text.

    Raises:
        WrongUsageError: A baseline is one of several operands, or another format is asked for.
    """
    from usagectl.commands.baseline_files import find
    from usagectl.model.exceptions import WrongUsageError

    found = next((operand for operand in operands if find(operand)), None)
    if found is not None and (len(operands) > 1 or not plain):
        raise WrongUsageError(
            f"{found} is a baseline, which holds sums: it is shown by itself and as text, or"
            " compared by `usagectl diff`"
        )
    return found is not None
