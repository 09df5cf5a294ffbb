"""Error texts made ready for rules: ids masked, the innermost cause cut out, spelling evened.

`outline` is the cheap one that makes a million messages a few
thousand; the others run on what is left of them.
"""

import polars as pl

from usagectl.failures.masks import ascii_words

# A word with a digit in it is an id or a number, which says nothing. Only a number that can be an
# HTTP status stays. No group captures, and the rough pattern leaves some numbers: both make the one
# pass faster that sees every message.
_WORD = "[A-Za-z0-9]"
_ROUGH = rf"[A-Za-z]*[0-9]{_WORD}{{3,}}|[A-Za-z]+[0-9]{_WORD}*|(?-u:\b)[0-36-9]{_WORD}*"
_ID = (
    r"[A-Za-z]+[0-9#][A-Za-z0-9#]*"
    r"|(?-u:\b)[45](?:[0-9]?(?-u:\b)|[0-9]{0,2}[A-Za-z#][A-Za-z0-9#]*)"
    r"|#[A-Za-z0-9#]+"
    # What the rough pattern left in front of it, as in req_07#.
    r"|[0-9]+#[A-Za-z0-9#]*"
    # Three digits that are no status.
    r"|(?-u:\b)4(?:07|16|19|20|2[78]|30|3[2-9]|4[0-9]|50|5[2-9]|[6-8][0-9]|9[0-8])(?-u:\b)"
    r"|(?-u:\b)5(?:1[2-9]|28|3[1-9]|[4-9][0-9])(?-u:\b)"
)

_SPELLING = (
    (r"\\+[nrt]", " "),
    ("['\"`\\\\\u2018\u2019\u201c\u201d]", ""),
    (r"[ \t\r\n_\-\x{2013}\x{2014}\x{2026}\x{b7}\x{2219}\x{2022}]+", " "),
    (r"\bnon empty\b", "nonempty"),
    (r"\bstatus code (?:of|is|was)\b", "status code"),
    # A budget in seconds is no money.
    (
        r"# (?:ms|s|sec|secs|seconds?|min|mins|minutes?) (?:budget|limit|cap|allowance|maximum)\b",
        "time limit",
    ),
)

# A number with a unit or a place in a text is no status.
_MEASURES = (
    (
        (
            r"\b[45][0-9][0-9] ?(?:(?:input|output|prompt|completion|total|more|new|free|api"
            r"|concurrent|reasoning) )?(?:tokens?|ms|s|sec|seconds?|minutes?|bytes?|[kmg]i?b"
            r"|chars?|characters?|items?|words?|times|lines?|requests?|attempts?|retries|messages?|rows?"
            r"|records?|pages?|chunks?|entries|tasks?|files?|steps?|usd)\b"
        ),
        "#",
    ),
    (
        (
            r"\b(line|column|col|char|position|index|port|pid|byte|offset|page|row|item|took|after"
            r"|limit|size|length|count|used|requested|number|total|of|max [a-z]+)[ =:]+"
            r"[45][0-9][0-9]\b"
        ),
        "$1 #",
    ),
)

# Of how much, inside a phrase.
_QUANTITY = (
    r" (?:(?:of|by|after|for) )?[\[(]?(?:~ ?)?#(?:[.,/]#)* ?"
    r"(?:ms|s|sec|secs|seconds?|m|min|mins|minutes?|h|hours?|tokens?"
    r"|requests?|chars?|characters?|bytes?|[kmg]i?b)?\b[\])]?(?: |$)"
)

_STATUS = (
    # Behind a word that announces it, or before a word that explains it.
    (
        r"\b(?:status(?: ?code)?|code|errors?|http(?: ?error)?|https?/#(?:\.#)?|response|returned"
        r"|occurred|got|api|failed|with|openai|anthropic|ollama|litellm)[ :=(\[,]{1,3}"
        r"([45][0-9][0-9])\b"
    ),
    (
        r"\b([45][0-9][0-9])[ :)\],]{1,3}(?:\{|<|client error|server error|bad request|unauthori"
        r"|forbidden|not found|internal|bad gateway|service|too many|gateway|error|status|payment"
        r"|request|unprocessable|client|resource|overloaded|invalid|method|conflict)"
    ),
)


def coloured(texts: pl.Series) -> bool:
    """Whether any text, or outline of one, has escapes of a terminal."""
    return bool(texts.str.contains("\x1b", literal=True).any())


def uncoloured(messages: pl.Series) -> pl.Series:
    """The messages without the escapes of a terminal, which would make ids of the words beside."""
    return messages.str.replace_all(
        r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\\\)|\x1b", " "
    )


def outline(message: pl.Expr) -> pl.Expr:
    """The message with most ids and numbers as `#`."""
    return message.str.replace_all(_ROUGH, "#")


def shape(outlined: pl.Expr) -> pl.Expr:
    """The outline of a message with every id and number as `#`, in lower case.

    Messages of one shape have one cause.
    """
    return outlined.str.replace_all(_ID, "#").str.to_lowercase()


def prepared(clean: pl.Expr) -> pl.Expr:
    """A text, unmasked before, as rules match it: one blank between words."""
    for pattern, mask in (*_SPELLING, *_MEASURES):
        clean = clean.str.replace_all(ascii_words(pattern), mask)
    return clean


def doubled(text: pl.Expr) -> pl.Expr:
    """A prepared text, and below it itself without quantities: `deadline of # s exceeded`."""
    return pl.concat_str(text, pl.lit("\n"), text.str.replace_all(ascii_words(_QUANTITY), " "))


def stated_status(text: pl.Expr) -> pl.Expr:
    """The HTTP status that a prepared text names, as a number."""
    found = pl.coalesce(text.str.extract(ascii_words(pattern), 1) for pattern in _STATUS)
    return found.cast(pl.Int64, strict=False)
