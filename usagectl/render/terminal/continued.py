"""Commands to be copied: where one is too long, its lines go on as a shell reads them."""

from collections.abc import Sequence

from usagectl.render.words.shell import quoted

_GOES_ON = " \\"
# Beside the words of a command: its indent and the sign that it goes on.
_BESIDE = 4 + 1 + len(_GOES_ON)


def continued(words: Sequence[str], width: int) -> list[str]:
    """The lines of a command for so many columns."""
    lines = [""]
    for word in _with_values(quoted(words)):
        if lines[-1] and len(lines[-1]) + len(word) + _BESIDE > width:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    last = len(lines) - 1
    return [
        f"{'    ' if i else '  '}{line}{'' if i == last else _GOES_ON}"
        for i, line in enumerate(lines)
    ]


def _with_values(words: Sequence[str]) -> list[str]:
    """Each option together with its value."""
    found: list[str] = []
    for word in words:
        if found and found[-1].startswith("--") and " " not in found[-1] and word[0] != "-":
            found[-1] += f" {word}"
        else:
            found.append(word)
    return found
