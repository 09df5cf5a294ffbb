"""Doubts about a report, told on standard error."""

import sys
from collections.abc import Sequence

from usagectl.notices import Notice


def show_notices(notices: Sequence[Notice]) -> None:
    """Write the notices, each with a line of its own, as wide as the terminal."""
    from usagectl import output
    from usagectl.render import text

    if notices:
        colour = output.coloured(sys.stderr)
        lines = text.notices(notices, output.width())
        output.note("\n" + text.written(lines, width=output.width(), colour=colour))
