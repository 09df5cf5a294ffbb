"""A text that is too wide for its place loses a part, which `…` stands for."""

from rich.cells import cell_len

_MARK = "…"


def clipped(text: str, width: int) -> str:
    """A name that is too wide loses its middle: both of its ends tell it apart."""
    if (len(text) if text.isascii() else cell_len(text)) <= width:
        return text
    head = (width - 1) // 2
    left, right = _cut(text, head), _cut(text[::-1], width - 1 - head)[::-1]
    return f"{left}{_MARK}{right}"


def ending(text: str, width: int) -> str:
    """A path that is too wide loses its beginning, which its neighbours share."""
    if cell_len(text) <= width:
        return text
    return f"{_MARK}{_cut(text[::-1], width - 1)[::-1]}"


def _cut(text: str, width: int) -> str:
    """As much of the beginning as is not wider."""
    if text.isascii():
        return text[:width]
    used = 0
    for i, character in enumerate(text):
        used += cell_len(character)
        if used > width:
            return text[:i]
    return text
