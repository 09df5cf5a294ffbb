"""Time zones by name: the machine's, and whether a name is one."""

import os
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from usagectl.exceptions import WrongUsageError
from usagectl.nearest import nearest

_LOCALTIME = "/etc/localtime"


def local_zone() -> str:
    """The name of the machine's time zone: from TZ, else from /etc/localtime, else its offset."""
    named = os.environ.get("TZ", "").removeprefix(":")
    if named and _is_zone(named):
        return named
    _, found, name = os.path.realpath(_LOCALTIME).partition("zoneinfo/")
    if found and _is_zone(name):
        return name
    offset = datetime.now().astimezone().utcoffset()
    hours = round(offset.total_seconds() / 3600) if offset else 0
    # POSIX counts the other way round: Etc/GMT-2 is two hours east of Greenwich.
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def checked_zone(name: str) -> str:
    """The name itself, where it is a time zone.

    Raises:
        WrongUsageError: No zone has this name.
    """
    if _is_zone(name):
        return name
    zones = sorted(available_timezones())
    hint = nearest(name, zones) if len(zones) < 10 else _hint(name, zones)  # noqa: PLR2004
    raise WrongUsageError(f"there is no time zone {name!r}{hint}")


def _hint(name: str, zones: list[str]) -> str:
    cities = {zone.rpartition("/")[2]: zone for zone in zones}
    text = nearest(name.rpartition("/")[2], [*cities])
    return text if "mean" in text else "; write it like Europe/Berlin or UTC"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
