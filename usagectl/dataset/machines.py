"""Which computers runs were made on, where their files say it: only comparisons ask."""

from usagectl.dataset.usage import Usage
from usagectl.readers.registry import reader


def machines_of(usage: Usage) -> frozenset[str]:
    """A description of each machine, as the readers of the files find it."""
    found: set[str] = set()
    for (name,), files in usage.files.group_by("format", maintain_order=True):
        describe = reader(str(name).replace("-", "_")).machines
        if describe is not None:
            found |= describe(files["path"].to_list())
    return frozenset(found)
