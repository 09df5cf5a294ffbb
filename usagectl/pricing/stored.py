"""The catalog that `usagectl prices update` fetched, kept in the user's cache directory."""

import datetime as dt
import json
import os
import urllib.error
import urllib.request
from typing import Any, NamedTuple

from usagectl.model.exceptions import NoAnswerError, WrongUsageError

URL = (
    "https://raw.githubusercontent.com/pydantic/genai-prices/refs/heads/main/prices/new_data/v2/"
    "data_slim.json"
)
_TIMEOUT_SECONDS = 20
_MAX_BYTES = 50_000_000


class Kept(NamedTuple):
    """A fetched catalog: where it is kept, the day (UTC) it was fetched on, and its content."""

    path: str
    day: str
    providers: Any


def path() -> str:
    """Where a fetched catalog is kept."""
    root = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(root, "usagectl", "prices.json")


def kept() -> Kept | None:
    """The fetched catalog, where there is one.

    Raises:
        WrongUsageError: The file is there and damaged.
    """
    where = path()
    if not os.path.isfile(where):
        return None
    try:
        with open(where, encoding="utf-8") as file:
            content = json.load(file)
        return Kept(where, str(content["fetched"]), content["providers"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise damaged(where) from None


def damaged(what: str) -> WrongUsageError:
    """The exception that refuses a kept catalog, and says how to get rid of it."""
    return WrongUsageError(
        f"{what}: damaged: `usagectl prices update` fetches it anew,"
        " `usagectl prices update --forget` returns to the bundled prices"
    )


def fetch(url: str) -> Any:
    """The providers that stand behind a URL.

    Raises:
        WrongUsageError: It is no URL of the web.
        NoAnswerError: It cannot be reached, or what it sends is no JSON.
    """
    if not url.startswith(("https://", "http://")):
        raise WrongUsageError(f"--url {url!r}: expected https://...")
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
            data = answer.read(_MAX_BYTES + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise NoAnswerError(f"{url} cannot be fetched: {reason}; prices stay as they are") from None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise NoAnswerError(f"{url} sent no JSON; prices stay as they are") from None


def encoded(providers: Any) -> bytes:
    """A catalog as it is kept."""
    content = {"fetched": dt.datetime.now(dt.UTC).date().isoformat(), "providers": providers}
    return json.dumps(content).encode()
