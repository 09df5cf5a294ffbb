"""Runs in an object store, through Polars: what lies below a URL, and the bytes of an object.

Polars finds credentials as the `object_store` library does: in the environment (`AWS_REGION`,
`AWS_ACCESS_KEY_ID`, `GOOGLE_SERVICE_ACCOUNT`, `AZURE_STORAGE_ACCOUNT_NAME`, ...) and in the default
profile of `~/.aws`. Empty objects are not listed.
"""

import fnmatch
import glob
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from polars.io.external_reader import FileReader, FileReaderBuilder

from usagectl.inputs import fetch
from usagectl.model.exceptions import WrongUsageError
from usagectl.model.urls import why_wrong
from usagectl.model.wording import nearest_ways

# s3:, nothing, the bucket: what may be looked for comes after them.
_IN_BUCKET = 3
_NAME = "name"
_MAGIC = re.compile(r"[*?\[]")
_SETTINGS = {
    "s3": "AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL",
    "gs": "GOOGLE_SERVICE_ACCOUNT",
    "az": "AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY",
}
# Polars asks Amazon then, which is as good; who reads the report has no use for it.
warnings.filterwarnings("ignore", "'\\(default_\\)region' not set", module=r"usagectl\.")


def names_below(url: str) -> list[str]:
    """The names of the objects below a URL, from there, in their order; none are downloaded.

    Raises:
        WrongUsageError: It is no URL that can be read, or the store refuses to list it.
    """
    if wrong := why_wrong(url):
        raise WrongUsageError(wrong)
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
            f"{url}: cannot be listed: {fetch.reason(error)}; how to reach the store is read from"
            f" the environment ({_SETTINGS[scheme]})"
        ) from None
    below = (name for name in found if name.startswith(top) and not name.endswith("/"))
    return sorted(name.removeprefix(top) for name in below)


def objects_at(url: str) -> list[tuple[str, str]]:
    """The objects at a URL, each by its own URL and its name from there, which one alone has none.

    Raises:
        WrongUsageError: There is nothing, or it cannot be listed.
    """
    names = names_below(url)
    if names:
        return [(f"{url.rstrip('/')}/{name}", name) for name in names]
    return [(found, "") for found in _beside(url)]


def matching(pattern: str) -> list[str]:
    """The URLs that a glob matches, level by level; a URL that is only written like one is itself.

    Raises:
        WrongUsageError: Nothing matches, or it cannot be listed.
    """
    return [pattern] if names_below(pattern) else _beside(pattern)


def _beside(url: str) -> list[str]:
    """What is at a URL of which nothing is below, seen from above it."""
    pieces = url.rstrip("/").split("/")
    magic = next((i for i, piece in enumerate(pieces) if glob.has_magic(piece)), len(pieces) - 1)
    if magic < _IN_BUCKET:
        raise WrongUsageError(f"there is nothing in {url!r}")
    folder, patterns = "/".join(pieces[:magic]), pieces[magic:]
    if "**" in patterns:
        raise WrongUsageError(f"{url!r}: leave ** out: a URL is read with all that is below it")
    beside = [name.split("/")[: len(patterns)] for name in names_below(folder)]
    found = sorted({"/".join(names) for names in beside if _fits(names, patterns)})
    if not found and glob.has_magic(url):
        raise WrongUsageError(f"{url!r} matches nothing")
    if not found:
        near = nearest_ways(patterns[-1], {names[-1]: f"{folder}/{names[-1]}" for names in beside})
        raise WrongUsageError(f"there is no {url!r}{near}")
    return [f"{folder}/{name}" for name in found]


def _fits(names: Sequence[str], patterns: Sequence[str]) -> bool:
    return len(names) == len(patterns) and all(
        fnmatch.fnmatchcase(name, pattern) and (pattern.startswith(".") or name[:1] != ".")
        for name, pattern in zip(names, patterns, strict=True)
    )


def runs_below(root: str) -> list[str]:
    """The runs below a URL, as `usagectl.inputs.operands.runs_below` names them.

    Raises:
        WrongUsageError: It cannot be listed.
    """
    folders = {name.rpartition("/")[0] for name in names_below(root)}
    runs: list[str] = []
    # What is above comes first, so that what lies below a run is known to.
    for folder in sorted(folders - {""}, key=lambda folder: folder.count("/")):
        parts = folder.split("/")
        above = {"/".join(parts[:depth]) for depth in range(1, len(parts))}
        if above.isdisjoint(runs) and not any(part.startswith(".") for part in parts):
            runs.append(folder)
    return sorted(runs)


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
