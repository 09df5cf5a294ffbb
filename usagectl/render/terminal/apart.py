"""Texts that are told apart where each of them has little room."""

from collections.abc import Sequence

from usagectl.render.terminal.clipping import clipped


def told_apart(texts: Sequence[str], room: int) -> list[str]:
    """The texts; those that would be the same when cut to some room, from where they differ."""
    short = [clipped(text, room) for text in texts]
    alike: dict[str, list[str]] = {}
    for text, cut in zip(texts, short, strict=True):
        alike.setdefault(cut, []).append(text)
    return [
        _from_difference(text, alike[cut]) if len(alike[cut]) > 1 else text
        for text, cut in zip(texts, short, strict=True)
    ]


def _from_difference(text: str, alike: Sequence[str]) -> str:
    columns = enumerate(zip(*alike, strict=False))
    common = next((at for at, letters in columns if len(set(letters)) > 1), 0)
    return f"… {text[text.rfind(' ', 0, common) + 1 :]}"
