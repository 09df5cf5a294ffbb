"""What of a message is worth showing: not how a pipeline wrapped it, nor what all messages say."""

import polars as pl

# What every message of a pipeline begins with tells nothing.
_WRAPPINGS = (
    r"(?s)^.{0,300}?\[[0-9a-f]{6,32}\]: ",
    r"(?s)^.*\bAttempt \d+ [^\n]*? stage: ",
    r"(?s)^\w+\(['\"]LLM chat interaction failed \[[0-9a-f]{6,32}\]: ",
)
_LINK = r"\(?<?(?:https?://)[^\s'\")\]>,]+[)\]>]?"
_MORE = (
    r"for (?:further|more|additional) (?:information|details|info|help)"
    r"|(?:to )?(?:learn|read|find out) more|see (?:also )?(?:the )?(?:docs|documentation)?"
    r"|more (?:information|info|details)|read the docs|(?:please )?(?:visit|refer to|check)|details"
)
_REMARKS = (
    # Where one could read on.
    rf"(?i)\s*[(\[]?\b(?:{_MORE})\b[^.\n'\"{{}}]{{0,80}}?{_LINK}[.)\]]*",
    rf"(?i)\s*{_LINK}",
    # Whose request it was.
    (
        r"(?i)[\s,;(\[]*\b(?:x-)?(?:request|trace|correlation|log|generation|session)[-_ ]?id"
        r"['\"]?(?: is)?\s*[:=]?\s*['\"]?[a-z0-9_\-]*[0-9][a-z0-9_\-]{5,}['\"]?[)\]]?"
    ),
    (
        r"(?i)[^.\n]*\b(?:contact|reach out to|email)(?: us| our)?[^.\n]{0,40}"
        r"\b(?:support|help cent\w+|team)\b[^.\n]*\.?"
    ),
)


def unwrapped(text: pl.Expr) -> pl.Expr:
    """The message without what the pipeline put in front of it."""
    for wrapping in _WRAPPINGS:
        text = _unless_bare(text, text.str.replace(wrapping, ""))
    return text


def essential(text: pl.Expr) -> pl.Expr:
    """The unwrapped message without links, ids of requests and whom to write to."""
    text = unwrapped(text)
    for remark in _REMARKS:
        text = _unless_bare(text, text.str.replace_all(remark, ""))
    return text


def _unless_bare(text: pl.Expr, rest: pl.Expr) -> pl.Expr:
    return pl.when(rest.str.contains(r"[\p{L}\p{N}]")).then(rest).otherwise(text)
