"""Whether the two sides of a check can be what was meant: one run twice, or swapped."""

from collections.abc import Iterator

from usagectl.aggregation.side import MODEL, Side
from usagectl.aggregation.sketch import OK
from usagectl.model.notices import Notice

SWAPPED = "new-is-older"
"""The code of the notice; a report shows it where nobody can miss it."""
_MINUTES = "%Y-%m-%d %H:%M"


def order_of(base: Side, new: Side) -> Iterator[Notice]:
    """A notice where the new side ended before the base began."""
    if new.last is None or base.first is None or new.last >= base.first:
        return
    yield Notice(
        SWAPPED,
        f"NEW ended before BASE began ({new.last:{_MINUTES}} and {base.first:{_MINUTES}} UTC):"
        " are the two swapped? The older run comes first",
    )


def same_run(base: Side, new: Side) -> bool:
    """Whether both sides are the same calls, of which one may be kept as a baseline."""
    if base.first is None or (base.first, base.last) != (new.first, new.last):
        return False
    order = [*(key.value for key in base.keys), MODEL, OK]
    counted = [*order, "calls", "failed", "total_tokens", "duration_us"]
    one, other = (side.cells.select(counted).sort(order, nulls_last=True) for side in (base, new))
    return one.equals(other)
