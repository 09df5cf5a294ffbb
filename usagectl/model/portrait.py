"""What a value of the library looks like: a few lines in a shell, a table in a notebook."""

from collections.abc import Sequence

from usagectl.model.escaping import shown

_WIDTH = 100
_LINES = 7

Rows = Sequence[tuple[str, str]]


def text(title: str, rows: Rows) -> str:
    """A title and rows of a label and words, in eight lines at most; longer ones are cut."""
    wide = max((len(label) for label, _ in rows[:_LINES]), default=0)
    lines = [title, *(f"  {label:<{wide}}  {words}" for label, words in rows[:_LINES])]
    return "\n".join(_cut(shown(line)) for line in lines)


def table(title: str, rows: Rows) -> str:
    """The same as a table of HTML."""
    body = "".join(
        f"<tr><th>{_escaped(label)}</th><td>{_escaped(words)}</td></tr>" for label, words in rows
    )
    return f"<table><caption>{_escaped(title)}</caption>{body}</table>"


def figure(value: float | None) -> str:
    """A number with as many digits as one looks at; `-` where nothing is known."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"


def _escaped(words: str) -> str:
    # Few who use this ever see a table of HTML.
    import html

    return html.escape(shown(words))


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
