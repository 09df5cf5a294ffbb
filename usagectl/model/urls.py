"""URLs of object stores: what is one, and what is wrong with one."""

import re

SCHEMES = ("s3", "gs", "az")
_PLACE = re.compile(rf"(?:{'|'.join(SCHEMES)})://[^/]+(?:/.*)?", re.DOTALL)


def is_url(path: str) -> bool:
    """Whether a path is the URL of something in an object store."""
    return "://" in path


def why_wrong(url: str) -> str | None:
    """Why a URL cannot be read; None where its form is right."""
    if _PLACE.fullmatch(url):
        return None
    known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
    return f"{url!r}: URLs are read as {known} with a bucket behind it"
