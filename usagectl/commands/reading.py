"""How files are read, as the user writes it: the same options of all commands that read."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from usagectl.commands.choices import choice
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.names import EngineName

if TYPE_CHECKING:
    from usagectl.dataset.shard import Sizes

Timezone = Annotated[
    str | None,
    typer.Option(
        metavar="ZONE",
        help="Zone of timestamps without an offset, and of days and hours, such as Europe/Berlin."
        " By default that of usagectl.yaml, else the machine's.",
        show_default=False,
    ),
]


class Reading(NamedTuple):
    """How files are read, as the user wrote it; nothing but the zone and maps changes a figure."""

    timezone: Timezone = None
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache", help="Read every file anew, and keep nothing of what large ones hold."
        ),
    ] = False
    engine: Annotated[
        EngineName,
        choice(
            EngineName,
            "engine",
            help="Who reads: this machine (local), or the workers of a ray or dask cluster.",
        ),
    ] = EngineName.LOCAL
    address: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="Where the cluster is; by default one of its own on this machine.",
            show_default=False,
        ),
    ] = None
    shard_size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="How much a worker reads at once, such as 64MB: no figure depends on it.",
            show_default=False,
        ),
    ] = None
    retries: Annotated[
        int, typer.Option(min=0, max=100, help="How often work is done again whose worker died.")
    ] = 3
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="FILE",
            help="Read what no reader knows as this map says (docs/maps.md); repeatable.",
            show_default=False,
        ),
    ] = None

    def sizes(self) -> "Sizes":
        """How much is read at once.

        Raises:
            WrongUsageError: The size is none, or an address is given to this machine.
        """
        from usagectl.dataset.shard import Sizes
        from usagectl.model.sizes import bytes_of

        if self.engine is EngineName.LOCAL and self.address is not None:
            raise WrongUsageError("--address needs an engine: --engine ray or --engine dask")
        unit = bytes_of(self.shard_size) if self.shard_size else Sizes().unit
        if unit is None or unit < 1:
            raise WrongUsageError(f"--shard-size {self.shard_size!r}: expected a size such as 64MB")
        if self.engine is EngineName.LOCAL and not self.shard_size:
            return Sizes()
        return Sizes(at_once=0, file=0, unit=unit)
