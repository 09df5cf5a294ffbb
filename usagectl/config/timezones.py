"""Time zones by name: the machine's, and whether a name is one."""

import difflib
import os
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from usagectl.model.exceptions import WrongUsageError

_UTC = {"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"}
_NO_PLACES = {"Factory", "localtime", "leapseconds", "tzdata.zi"}
_LOCALTIME = "/etc/localtime"


def local_zone() -> str:
    """The name of the machine's time zone: from TZ, else from /etc/localtime, else its offset."""
    named = os.environ.get("TZ", "").removeprefix(":")
    _, found, name = os.path.realpath(_LOCALTIME).partition("zoneinfo/")
    for zone in (named, name if found else ""):
        if zone and _is_zone(zone):
            return "UTC" if zone in _UTC else zone
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
        return "UTC" if name in _UTC else name
    cities = {
        zone.rpartition("/")[2]: zone for zone in sorted(available_timezones()) if _is_zone(zone)
    }
    near = difflib.get_close_matches(name.rpartition("/")[2], cities, n=1, cutoff=0.75)
    hint = f"did you mean {cities[near[0]]!r}?" if near else "write it like Europe/Berlin or UTC"
    raise WrongUsageError(f"there is no time zone {name!r}; {hint}")


def _is_zone(name: str) -> bool:
    # Names that stand for a file and not for a place mean nothing to Polars.
    if name in _NO_PLACES or name.startswith(("posix", "right/")):
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def zone_of(name: str | None) -> str:
    """The zone of a name, else that of the machine.

    Raises:
        WrongUsageError: There is no such zone.
    """
    return checked_zone(name) if name else local_zone()
