"""Where baselines are kept: `.usagectl/NAME.json`, or any other file."""

import os
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from usagectl.model.exceptions import WrongUsageError

if TYPE_CHECKING:
    from usagectl.aggregation.side import Side

FOLDER = ".usagectl"
DEFAULT = "baseline"
_NAME = re.compile(r"(?!latest)\w[\w.-]*")


def folder() -> str:
    """The nearest `.usagectl`: beside `usagectl.yaml`, else here."""
    from usagectl.config.settings import FILE_NAME, find_file

    config = find_file(FILE_NAME)
    if config is None:
        return FOLDER
    return os.path.relpath(os.path.join(os.path.dirname(config), FOLDER))


def is_name(text: str) -> bool:
    """Whether a baseline can be called so; `latest` is a run."""
    return bool(_NAME.fullmatch(text))


def path_of(name: str) -> str:
    """Where a baseline of some name is kept.

    Raises:
        WrongUsageError: It is no name of a file.
    """
    if not is_name(name):
        raise WrongUsageError(
            f"{name!r} is no name of a baseline: letters, digits, points, - and _, not latest"
        )
    return os.path.join(folder(), f"{name}.json")


def find(operand: str) -> str | None:
    """The file of the baseline that an operand names, with or without a label; else None."""
    from usagectl.inputs.operands import split_label

    _, rest = split_label(operand)
    if os.path.isfile(rest):
        from usagectl.comparison.baseline import is_baseline

        return rest if is_baseline(rest) else None
    if os.path.lexists(rest):
        return None
    if not is_name(rest):
        return None
    path = path_of(rest)
    return path if os.path.isfile(path) else None


def is_alone(operands: Sequence[str], *, plain: bool) -> bool:
    """Whether what is asked for is a baseline, which is shown by itself and as text.

    Raises:
        WrongUsageError: A baseline is one of several operands, or another format is asked for.
    """
    found = next(filter(find, operands), None)
    if found is not None and (len(operands) > 1 or not plain):
        raise WrongUsageError(
            f"{found} is a baseline, which holds sums: it is shown by itself and as text, or"
            " compared by `usagectl diff`"
        )
    return found is not None


def read(path: str) -> "Side":
    """The side that a baseline holds.

    Raises:
        WrongUsageError: It is no baseline, or a damaged one.
    """
    from usagectl.comparison.baseline_read import side_from
    from usagectl.config import document

    return side_from(document.read(path))


def names() -> list[str]:
    """The names of the baselines that are kept, in their order."""
    from usagectl.comparison.baseline import is_baseline

    try:
        files = sorted(os.listdir(folder()))
    except OSError:
        return []
    ends = [name for name in files if name.endswith(".json")]
    return [n.removesuffix(".json") for n in ends if is_baseline(os.path.join(folder(), n))]
