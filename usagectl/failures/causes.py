"""The cause inside an error that wraps another, or that names it behind its own words."""

import polars as pl

from usagectl.failures.masks import INPUT, ascii_words

_WRAPPED = [
    "attempt #",
    "the above exception",
    'file "',
    "state=finished raised",
    "caused by",
    "original e",
    "root cause",
    "underlying e",
    "inner e",
    "before completion: ",
    "[cause]: ",
]
# What stands in front of the cause, from the outermost wrapping inwards.
_WRAPPINGS = (
    # Of a list of attempts the last one counts.
    r"(?s)^.*\battempt #(?:[^\n]*? stage|[^:\n]*): +",
    # Python tells the first cause first.
    r"(?s)\s*(?:the above exception was the direct cause of|during handling of the above).*$",
    r"(?m)^\s*file \"[^\"\n]*\", line .*\n(?:[ \t]+.*(?:\n|$))?",
    r"(?s)^.*\bstate=finished raised ",
    (
        r"(?s)^.*\b(?:caused by|original (?:error|exception)|root cause"
        r"|underlying (?:error|exception)|inner (?:error|exception))\b[: (]*"
    ),
    r"(?s)^.*\bstream disconnected before completion: ",
    r"(?s)^.*\[cause\]: ",
)

_GIVEN = [
    "due to",
    "because",
    "reason=",
    "reason: ",
    "error: ",
    "exception: ",
    "error(",
    "exception(",
    "timeout: ",
    "error - ",
]
_REASON = (
    r"(?s)^.*\b(?:(?:due to|because(?: of)?)[: ]|reason(?:=|: ))",
    # The name of an exception, with what it says.
    r"(?s)^.*[^a-z.#]((?:[a-z_#]+\.)*[a-z_#]{2,}(?:error|exception|timeout)(?:: | - |\())",
)


def wrapped(shapes: pl.Series) -> pl.Series:
    """Whether a shape can have a cause inside; few have, and looking for it is slow."""
    return shapes.str.contains_any(_WRAPPED)


def causes(shapes: pl.Series) -> pl.Series:
    """The innermost cause of each wrapped error, of the last attempt where there were several."""
    bare = shapes.str.replace_all(ascii_words(INPUT[0]), INPUT[1])
    for wrapping in _WRAPPINGS:
        # One by one: an expression of all would hold each of them twice as often as the one before.
        inner = bare.str.replace_all(ascii_words(wrapping), "")
        bare = inner.zip_with(inner.str.contains("[a-z]"), bare)
    return bare


def given(texts: pl.Series) -> pl.Series:
    """Whether a text can name the reason of what it says."""
    # .NET tells the reason first, and how it came about behind arrows.
    return texts.str.contains_any(_GIVEN) & ~texts.str.contains("---> ", literal=True)


def reasons(texts: pl.Series) -> pl.Series:
    """What stands behind `due to`, and the last exception that is named with what it says."""
    for pattern in _REASON:
        inner = texts.str.replace(ascii_words(pattern), "$1")
        texts = inner.zip_with(inner.str.contains("[a-z]{3}"), texts)
    return texts
