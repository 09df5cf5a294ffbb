"""Bytes of text that Polars fetches from a store, which it gives as lines.

Line ends come out as plain ones, and the last line has none.
"""

import polars as pl


def read(source: str) -> bytes:
    """The bytes of an object in a store.

    Raises:
        PolarsError, OSError: It cannot be read.
    """
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
