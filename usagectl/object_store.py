"""Runs in an object store, through Polars: what lies below a URL, and the bytes of an object.

Polars finds credentials as the `object_store` library does: in the environment (`AWS_REGION`,
`AWS_ACCESS_KEY_ID`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, ...) and in the default
profile of `~/.aws`. Empty objects are not listed.
"""

import re
import warnings
from collections.abc import Iterator
from typing import Any

import polars as pl
from polars.io.external_reader import FileReader, FileReaderBuilder

from usagectl import line_bytes
from usagectl.exceptions import WrongUsageError

SCHEMES = ("s3", "gs", "az")
_PLACE = re.compile(rf"(?:{'|'.join(SCHEMES)})://[^/]+(?:/.*)?", re.DOTALL)
_NAME = "name"
_MAGIC = re.compile(r"[*?\[]")
_SETTINGS = {
    "s3": "AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL",
    "gs": "GOOGLE_SERVICE_ACCOUNT",
    "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
}
# Polars asks Amazon then, which is as good; who reads the report has no use for it.
warnings.filterwarnings("ignore", "'\\(default_\\)region' not set", module=r"usagectl\.")

# What Polars adds to the reason of an error, and the user has named himself.
_NOISE = re.compile(r"^object-store error: |\s*\(path: .*\)$")


def names_below(url: str) -> list[str]:
    """The names of the objects below a URL, from there, in their order; none are downloaded.

    Raises:
        WrongUsageError: It is no URL that can be read, or the store refuses to list it.
    """
    if not _PLACE.fullmatch(url):
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise WrongUsageError(f"{url!r}: URLs are read as {known} with a bucket behind it")
    top = url.rstrip("/") + "/"
    # What looks like a glob in a name is none, and cannot be said so.
    literal = _MAGIC.split(top)[0].rpartition("/")[0]
    scan = pl.scan_external_reader(
        _Names(),
        sources=[f"{literal}/**/*"],
        schema={_NAME: pl.String},
        expand_paths=True,
    )
    try:
        found = scan.collect().get_column(_NAME).to_list()
    except (pl.exceptions.PolarsError, OSError) as error:
        scheme = url.partition(":")[0]
        raise WrongUsageError(
            f"{url}: cannot be listed: {reason(error)}; how to reach the store is read from the"
            f" environment ({_SETTINGS[scheme]})"
        ) from None
    below = (name for name in found if name.startswith(top) and not name.endswith("/"))
    return sorted(name.removeprefix(top) for name in below)


def content(url: str) -> bytes:
    """The bytes of an object, decompressed, with plain line ends; what is no UTF-8 stays none.

    Raises:
        OSError: It cannot be read.
    """
    try:
        return line_bytes.read(url)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise OSError(0, reason(error)) from None


def reason(error: Exception) -> str:
    """Why Polars could not reach something, in one line."""
    first = str(error).strip().partition("\n")[0]
    return _NOISE.sub("", _NOISE.sub("", first))


class _Names(FileReaderBuilder):
    """Takes the objects that Polars found for their names."""

    def build_file_reader(
        self, source: str | bytes, multi_scan_context: dict[Any, Any]
    ) -> FileReader:
        del multi_scan_context
        return _Name(source if isinstance(source, str) else source.decode("utf-8", "replace"))


class _Name(FileReader):
    """An object of which nothing is read but its name."""

    def __init__(self, source: str) -> None:
        self.source = source

    def schema(self) -> dict[str, Any]:
        return {_NAME: pl.String}

    def collect_batches(self, **_: Any) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame({_NAME: [self.source]})

    def n_rows_in_file(self, limit: int | None = None) -> int:
        return 1 if limit is None else min(1, limit)
