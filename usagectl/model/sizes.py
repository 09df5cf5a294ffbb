"""Sizes as people write them."""

import re

_WRITTEN = re.compile(r"(\d{1,15}(?:\.\d{1,9})?)\s*(?:([kmgt]?)(i?)b?)", re.IGNORECASE)
_POWERS = ("", "k", "m", "g", "t")


def bytes_of(text: str) -> int | None:
    """How many bytes a text means, such as `500 MB`, `2GiB` or `1000`; null where it is no size."""
    written = _WRITTEN.fullmatch(text.strip())
    if written is None:
        return None
    number, unit, binary = written.groups()
    return int(float(number) * (1024 if binary else 1000) ** _POWERS.index(unit.lower()))
