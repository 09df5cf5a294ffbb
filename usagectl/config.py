"""`usagectl.yaml`, and where the files that users may read and copy are kept."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from usagectl.exceptions import WrongUsageError
from usagectl.nearest import nearest

FILE_NAME = "usagectl.yaml"


class Config(NamedTuple):
    """What `usagectl.yaml` says. `timezone`: the zone of timestamps without an offset."""

    timezone: str | None = None


def configs_directory() -> Path:
    """The directory `configs/`: inside an installed package, else beside it in the checkout."""
    package = Path(__file__).parent
    for folder in (package / "configs", package.parent / "configs"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError("usagectl was installed without its configs directory")


def find_config(start: Path | None = None) -> Config:
    """Read the nearest `usagectl.yaml`, from the working directory upwards.

    Raises:
        WrongUsageError: The file is no YAML, or has a key or a value that means nothing.
    """
    try:
        folder = os.path.abspath(start or os.curdir)
    except FileNotFoundError:
        # The working directory is gone, and so is whatever was above it.
        return Config()
    while True:
        path = os.path.join(folder, FILE_NAME)
        if os.path.isfile(path):
            return _read(path)
        above = os.path.dirname(folder)
        if above == folder:
            return Config()
        folder = above


def _read(path: str) -> Config:
    import yaml

    try:
        node = yaml.compose(Path(path).read_text("utf-8"), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise WrongUsageError(
            f"{path}: not readable as YAML: {' '.join(str(error).split())}"
        ) from None
    if node is None:
        return Config()
    if not isinstance(node, yaml.MappingNode):
        raise WrongUsageError(f"{path}:1: expected keys with values")
    values: dict[str, Any] = {}
    known = Config._fields
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.value not in known:
            raise WrongUsageError(f"{path}:{line}: no key {key.value!r}{nearest(key.value, known)}")
        if not isinstance(value, yaml.ScalarNode):
            raise WrongUsageError(f"{path}:{line}: {key.value} must be one value")
        values[key.value] = value.value or None
    return Config(**values)
