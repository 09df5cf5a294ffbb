"""Bytes of text that Polars fetches from a store, which it gives as lines.

Line ends come out as plain ones, and the last line has none.
"""

import re

import polars as pl

# What Polars adds to the reason of an error, and the user has named himself.
_NOISE = re.compile(r"^object-store error: |\s*\(path: .*\)$")


def content(url: str) -> bytes:
    """The bytes of an object, decompressed, with plain line ends; what is no UTF-8 stays none.

    Raises:
        OSError: It cannot be read.
    """
    try:
        return _read(url)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise OSError(0, reason(error)) from None


def reason(error: Exception) -> str:
    """Why Polars could not reach something, in one line."""
    first = str(error).strip().partition("\n")[0]
    return _NOISE.sub("", _NOISE.sub("", first))


def _read(source: str) -> bytes:
    try:
        lines = pl.scan_lines(source, name="line", glob=False).collect().get_column("line")
    except pl.exceptions.ComputeError:
        # It may hold bytes that are no UTF-8.
        lossy = pl.scan_csv(
            source,
            has_header=False,
            new_columns=["line"],
            separator="\x01",
            quote_char=None,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
            infer_schema=False,
            glob=False,
        )
        lines = lossy.collect().get_column("line").fill_null("")
        # They stay no UTF-8, so that their record is refused.
        joined = "\n".join(lines.to_list()).encode()
        return joined.replace("\N{REPLACEMENT CHARACTER}".encode(), b"\xff")
    return "\n".join(lines.to_list()).encode()
