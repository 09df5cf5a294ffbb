"""What is no evidence in a text, whatever words are in it, is taken out of it.

What the model or the user wrote, names of parameters and settings, frames of a stack, what did not
happen, and what might be. The texts are shapes: lower case, ids and numbers as `#`.
"""

import polars as pl

# A name with one of these in it would look like what went wrong.
_MISLEADING = (
    "time_?out|fallback|retry|retries|rate_?limit|quota|budget|cancel|abort|auth|safety|filter"
    "|overload|capacity|iteration|stream|json|schema|proxy|validat"
)
# Only of these one may say that it was not used up, and mean it.
_LIMITS = "quota|budget|credits?|balance|limits?|tokens?|account|usage|plan|allowance|deadline"
_SPENT = (
    "consumed|charged|affected|used|exceeded|counted|billed|deducted|reached|hit|depleted|impacted"
    "|touched|spent|exhausted"
)
_CAUSES = (
    "rate.?limit|quota|auth|time.?out|network|connection|billing|credit|capacity|context|safety"
)

INPUT = (r"(?s)\binput_value=.*?(?:, input_type=[a-z]+|$)", "input_value")
"""What pydantic quotes of the input."""

_FRAMES = (
    # JavaScript, Java, .NET: a line that begins with `at`, also where line ends are spelt out.
    (
        (
            r"(?:\n|\\n|\\r)[ \t]*(?:\\t)?(?:--- )?(?:at|at async|at new) [^\n:]*?"
            r"(?:\([^\n()]*\)|:#:#|:line #)(?:[ \t]*\[[^\n\]]*\])?"
        ),
        " ",
    ),
    (r"\n[ \t]+at [^\n]*", " "),
    (r"\bat (?:async |new )?[a-z0-9#_$.<>]+ \([^()\n]*[/:.][^()\n]*\)", " "),
    # Python: the file of a frame, and the line of code below it.
    (r"\n?[ \t]*file \"[^\"\n]*\", line [^\n]*\n(?:[ \t]+[^\n]*(?:\n|$))?", "\n"),
    # Go: a function with its arguments, and its file below it.
    (r"\n[a-z0-9#_./()*{}\[\]\-]+\([^\n]*\)\n[ \t]+[^\n]*", " "),
    # Rust and C: a numbered frame.
    (r"\n[ \t]*#?[0-9#]+: +[a-z_<][^\n ]*::[^\n]*", " "),
)

_QUOTED = (
    INPUT,
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
)

_NAMES = (
    # A name that was refused: `unknown parameter: 'request_timeout'`.
    (
        (
            r"\b((?:parameter|param|argument|arg|option|field|attribute|property|variable|header"
            r"|keyword|kwarg|setting|supplied|value (?:for|of)):? (?:supplied: |name: |named )?)"
            r"(?:\\*['\"`][a-z0-9#_.\[\]\-]+\\*['\"`]|[a-z0-9#]+(?:_[a-z0-9#]+)+)"
        ),
        "${1}name",
    ),
    (rf"\b[a-z_]*(?:{_MISLEADING})[a-z0-9#_]*=[^ \t\n,)]*", "setting"),
    (r"\b[a-z_]+=(?:none|null|true|false)\b", "setting"),
    (r"\bx-ratelimit-[a-z-]+", "setting"),
    # A pair ends with its value: in `reason=unknown model=x` is no unknown model.
    (r"(=[^ \t\n,;()=]+) ", "$1 ; "),
)

_UNTRUE = (
    # What might be behind it is no evidence.
    (
        (
            r"\b(?:this|it|that|which)(?: error| usually| often)? (?:can|may|might|could)(?: also)?"
            r" (?:happen|occur|be (?:due|caused|because))[^.\n]*"
        ),
        "hedge",
    ),
    (r"\bif you (?:have|had|are|were|created|need|want|think|believe|use|see)\b[^.,;\n]*", "hedge"),
    # Neither is what did not happen.
    (
        (
            rf"\b(?:{_LIMITS})(?: [a-z]+)? (?:was|were|has|have|had|is|are)(?: not|n\\*'?t)"
            rf"(?: yet)?(?: been)? (?:{_SPENT})\b[^.;,)\n]*"
        ),
        "untrue",
    ),
    (
        (
            r"\bnot (?:an? |the |your |any |a problem (?:of|with) |caused by |due to |because of )+"
            rf"(?:{_CAUSES})[^.;,)\n]*"
        ),
        "untrue",
    ),
    (r"\b(?:did|does|do)(?: not|n\\*'?t) (?:time out|expire)\b", "untrue"),
    # Go's context is none of a model.
    (r"\bcontext (deadline|cancel)", "$1"),
)

_MASKS = (*_FRAMES, *_QUOTED, *_NAMES, *_UNTRUE)


def ascii_words(pattern: str) -> str:
    """The pattern with boundaries of ASCII words: Unicode's cost Rust its fast automaton."""
    return pattern.replace(r"\b", r"(?-u:\b)")


def unmasked(shape: pl.Expr) -> pl.Expr:
    """What is left of a shape when all that is no evidence is taken out of it."""
    for pattern, mask in _MASKS:
        shape = shape.str.replace_all(ascii_words(pattern), mask)
    return shape
