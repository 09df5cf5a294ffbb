"""Options that several commands share, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from usagectl.names import Key, OutputFormat

Operands = Annotated[
    list[str],
    typer.Argument(
        metavar="OPERAND...",
        help="Run directories, files, globs, or - for standard input; LABEL=PATH names a run.",
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
Format = Annotated[OutputFormat, typer.Option("--format", "-f", help="How to write the report.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to a file instead of the screen."),
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


def keys(text: str | None) -> list[Key]:
    """The keys of `--by KEY,KEY`.

    Raises:
        WrongUsageError: One of them is no key.
    """
    from usagectl.nearest import key_named

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    return [key_named(name, "--by: ") for name in dict.fromkeys(names)]
