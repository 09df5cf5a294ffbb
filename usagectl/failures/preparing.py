"""Error texts made ready for rules: ids masked, the innermost cause cut out, spelling evened.

`outline` is the cheap one that makes a million messages a few
thousand; the others run on what is left of them.
"""

import polars as pl

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

# What the model or the user wrote is no evidence, whatever words are in it.
_INPUT = (r"(?s)\binput_value=.*?(?:, input_type=[a-z]+|$)", "input_value")
_QUOTED = (
    _INPUT,
    # The name of a field, on a line of its own above what is wrong with it.
    (r"\n[a-z_#][a-z0-9_.#\[\]\-]*\n  ", " field "),
    # The AI SDK and LangChain quote between a word and what went wrong.
    (r"(?s)\b(text|value): .*? (error message:)", "$1 quoted $2"),
    (r"(?s)\b(from completion) .*?(\. got:)", "$1 quoted$2"),
    (r"(?s)\bfailed_generation\\*['\"]?:.*$", "failed generation"),
    (
        r"\b(?:output|completion|text|response|content|answer): ?(?:\\*['\"] ?\)|\\*''|\\*\"\")",
        "emptyoutput ",
    ),
    (
        (
            r"(?s)\b((?:llm|model|raw|from|parse|parsing|generated|agent|invalid)(?: llm| model)?"
            r" (?:output|completion|answer|reply|text))s?:.*$"
        ),
        "$1 quoted",
    ),
    ("(`[a-z_.]{1,40}`)|`[^`\n]*`", "$1 "),
    (r"\b(models?:? |model_name=|name=|model=|model_group=)\\*['\"][^'\"\n]*['\"]", "${1}name"),
    (r"\b(?:https?|wss?|file|s3|gs)://[^ \t\n'\")\]>,]+", "url"),
    (r"\b[a-z]:\\[a-z0-9_.\\\- ]+|(?:/[a-z0-9_.\-@+<>#~]+){2,}/?", "path"),
    (r"[a-z0-9_.\-<>#]+/[a-z0-9_./\-<>#]*\.[a-z]{2,5}\b", "path"),
    # What might be behind it is no evidence, and neither is a setting that is not set.
    (
        (
            r"\b(?:this|it|that|which)(?: error| usually| often)? (?:can|may|might|could)(?: also)?"
            r" (?:happen|occur|be (?:due|caused|because))[^.\n]*"
        ),
        "hedge",
    ),
    (r"\b[a-z_]+=(?:none|null|true|false)\b", "setting"),
    (r"\bx-ratelimit-[a-z-]+|[a-z_]*(?:time_?out[a-z_]*|fallbacks?)=[^ \t\n,)]*", "setting"),
)

_SPELLING = (
    (r"\\+[nrt]", " "),
    ("['\"`\\\\\u2018\u2019\u201c\u201d]", ""),
    (r"[ \t\r\n_\-\x{2013}\x{2014}\x{2026}]+", " "),
    (r"\bnon empty\b", "nonempty"),
    (r"\bstatus code (?:of|is|was)\b", "status code"),
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


def _ascii(pattern: str) -> str:
    # Unicode's word boundary costs Rust its fast automaton.
    return pattern.replace(r"\b", r"(?-u:\b)")


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


def wrapped(shapes: pl.Series) -> pl.Series:
    """Whether a shape can have a cause inside; few have, and looking for it is slow."""
    return shapes.str.contains_any(_WRAPPED)


def causes(shapes: pl.Series) -> pl.Series:
    """The innermost cause of each wrapped error, of the last attempt where there were several."""
    bare = shapes.str.replace_all(_ascii(_INPUT[0]), _INPUT[1])
    for wrapping in _WRAPPINGS:
        # One by one: an expression of all would hold each of them twice as often as the one before.
        inner = bare.str.replace_all(_ascii(wrapping), "")
        bare = inner.zip_with(inner.str.contains("[a-z]"), bare)
    return bare


def prepared(shaped: pl.Expr) -> pl.Expr:
    """The text as rules match it: nothing quoted, one blank between words."""
    for pattern, mask in (*_QUOTED, *_SPELLING, *_MEASURES):
        shaped = shaped.str.replace_all(_ascii(pattern), mask)
    return shaped


def stated_status(text: pl.Expr) -> pl.Expr:
    """The HTTP status that a prepared text names, as a number."""
    found = pl.coalesce(text.str.extract(_ascii(pattern), 1) for pattern in _STATUS)
    return found.cast(pl.Int64, strict=False)
