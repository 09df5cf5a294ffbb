"""What a tone and a bar look like in a terminal."""

from usagectl.render.document import Span, Tone

_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
STYLES = {
    Tone.PLAIN: "",
    Tone.STRONG: "bold",
    Tone.QUIET: "dim",
    Tone.NAME: "bold cyan",
    Tone.GOOD: "green",
    Tone.BAD: "red",
    Tone.DOUBT: "yellow",
    Tone.PASSED: "bold green",
    Tone.FAILED: "bold red",
    Tone.OPEN: "bold yellow",
}


def bar(cell: Span) -> str:
    """A part of the longest bar; what is more than nothing can be seen."""
    if not cell.value:
        return cell.text
    whole, rest = divmod(round(cell.value * _BAR * 8), 8)
    return "█" * whole + (_EIGHTHS[rest] if rest else "" if whole else "▏")
