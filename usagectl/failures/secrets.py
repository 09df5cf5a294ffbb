"""Likely secrets in raw error texts, which leave this program only masked."""

import polars as pl

_MASK = "***"
_NAMES = (
    "authorization|x-api-key|x-goog-api-key|api[-_ ]?key|apikey|access[-_]?token|auth[-_]?token"
    "|refresh[-_]?token|id[-_]?token|session[-_]?token|secret[-_]?(?:access[-_]?)?key"
    "|client[-_]?secret|private[-_]?key|account[-_]?key|secret|passwo?r?d|passwd|pwd"
    "|credentials?|cookie|signature|x-amz-[a-z-]+|sig"
)
# A word of prose is no key: a key has a digit in it, or is longer than any word.
_LETTER, _ANY = r"[A-Za-z_.+/=~$!@%^\-]", r"[A-Za-z0-9_.+/=~$!@%^*\-]"
_END = r"[A-Za-z0-9_+/=~$!@%^*\-]"
_KEY = (
    rf"(?:{_LETTER}*[0-9]{_ANY}{{3,}}{_END}|{_LETTER}{{4,}}[0-9](?:{_ANY}*{_END})?"
    rf"|{_LETTER}{{40,}})"
)
_LONG_KEY = rf"(?:{_LETTER}*[0-9]{_ANY}{{14,}}{_END}|{_LETTER}{{15,}}[0-9](?:{_ANY}*{_END})?)"
_PATTERNS = (
    (
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        f"{_MASK} private key",
    ),
    # user:password@ in a URL.
    (r"(?i)\b([a-z][a-z0-9+.\-]*://)[^/\s:@]*:[^/\s@]+@", f"${{1}}{_MASK}@"),
    (rf"(?i)\b(bearer|basic)(\s+){_KEY}", f"$1${{2}}{_MASK}"),
    # Keys that are known by their beginning.
    (
        r"\b((?:sk|pk|rk)[-_])(?:[A-Za-z_\-]*[0-9*][A-Za-z0-9_*\-]{5,}|[A-Za-z_\-]{5,}[0-9*][A-Za-z0-9_*\-]*|[A-Za-z]{20,})",
        f"${{1}}{_MASK}",
    ),
    (
        (
            r"\b(AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|hf_|gsk_|xai-|nvapi-|pplx-|tvly-"
            r"|xox[abeprs]-|AKIA|ASIA|AROA|SG\.|dop_v1_|lin_api_)[A-Za-z0-9_.\-]{12,}"
        ),
        f"${{1}}{_MASK}",
    ),
    (r"\b(npm_|pypi-|fw_|r8_)[A-Za-z0-9]{16,}", f"${{1}}{_MASK}"),
    (
        rf"(?i)\b(authorization\\*[\"']?\s?[:=]\s*\\*[\"']?(?:bearer|basic|token)\s+){_ANY}{{8,}}",
        f"${{1}}{_MASK}",
    ),
    # A name that announces one: in quotes or behind = whatever is long enough.
    (
        (
            rf"(?i)(^|[^a-z0-9_]|[a-z0-9]_)({_NAMES})(\\*[\"']?\s?[:=]\s{{0,8}}\\*[\"']|\s?=\s{{0,8}})"
            r"(bearer |basic )?[^\s\"'\\,;&}\)\]*\[({<][^\s\"'\\,;&}\)\]*]{7,}"
        ),
        f"$1$2$3{_MASK}",
    ),
    # In a sentence what looks like one: `API key provided: ...`, or on the line below.
    (
        (
            rf"(?i)(^|[^a-z0-9_]|[a-z0-9]_)({_NAMES})((?: [a-z]{{2,10}}){{0,2}}\s?[:=]\s{{0,8}})"
            rf"(bearer |basic )?{_KEY}"
        ),
        f"$1$2$3{_MASK}",
    ),
    # A number of tokens is none.
    (
        (
            rf"(?i)(^|[^a-z0-9_])(tokens?)((?: [a-z]{{2,10}}){{0,2}}\s?[:=]\s{{0,8}})"
            rf"(?:[0-9][0-9._\-]*[a-z]{_ANY}{{4,}}|[a-z]{_LETTER}*[0-9]{_ANY}{{4,}})"
        ),
        f"$1$2$3{_MASK}",
    ),
    (
        rf"(?i)(^|[^a-z0-9_])({_NAMES}|token)( (?:is )?\\*[\"'`]?){_LONG_KEY}",
        f"$1$2$3{_MASK}",
    ),
    (
        r"(?i)(^|[^a-z0-9_])(tokens?)(\\*[\"']\s?[:=]\s?\\*[\"'])[0-9._\-]*[a-z][^\s\"'\\,;&}\)\]*]{7,}",
        f"$1$2$3{_MASK}",
    ),
    (r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)?", f"eyJ{_MASK}"),
)


def masked(text: pl.Expr) -> pl.Expr:
    """The text with what is likely a key, a token or a password as `***`."""
    for pattern, mask in _PATTERNS:
        text = text.str.replace_all(pattern, mask)
    return text


def masked_text(text: str) -> str:
    """As `masked`, for one text; what cannot be UTF-8 becomes `?`."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return str(pl.select(masked(pl.lit(clean))).item())
