"""The end of an error message that names what the user may have meant."""

import difflib
from collections.abc import Sequence


def nearest(name: str, names: Sequence[str]) -> str:
    """`; did you mean 'x'?` or the list of what there is."""
    close = difflib.get_close_matches(name, names, n=1)
    if close:
        return f"; did you mean {str(close[0])!r}?"
    return "; there are " + ", ".join(str(n) for n in names)
