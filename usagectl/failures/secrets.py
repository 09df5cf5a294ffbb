"""Likely secrets in raw error texts, which leave this program only masked."""

import polars as pl

_MASK = "***"
_NAMES = (
    "authorization|x-api-key|x-goog-api-key|api[-_ ]?key|apikey|access[-_]?token|auth[-_]?token"
    "|refresh[-_]?token|id[-_]?token|session[-_]?token|secret[-_]?(?:access[-_]?)?key"
    "|client[-_]?secret|private[-_]?key|account[-_]?key|secret|passwo?r?d|passwd|pwd"
    "|credentials?|cookie|signature|x-amz-[a-z-]+|sig"
)
_PATTERNS = (
    (
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)",
        f"{_MASK} private key",
    ),
    # user:password@ in a URL.
    (r"(?i)\b([a-z][a-z0-9+.\-]*://)[^/\s:@]*:[^/\s@]+@", f"${{1}}{_MASK}@"),
    (r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=\-]{8,}", f"$1 {_MASK}"),
    # A name that announces one, and a value that is long enough to be one.
    (
        (
            rf"(?i)(^|[^a-z0-9_]|[a-z0-9]_)({_NAMES})(\\*[\"']?\s?[:=]\s{{0,8}}\\*[\"']?)"
            r"(bearer |basic )?[^\s\"'\\,;&}\)\]*]{8,}"
        ),
        f"$1$2$3{_MASK}",
    ),
    # A number of tokens is none.
    (
        r"(?i)(^|[^a-z0-9_])(tokens?)(\\*[\"']?\s?[:=]\s?\\*[\"']?)[0-9._\-]*[a-z][^\s\"'\\,;&}\)\]*]{7,}",
        f"$1$2$3{_MASK}",
    ),
    # Keys that are known by their beginning.
    (r"\b((?:sk|pk|rk)[-_])[A-Za-z0-9_*\-]{6,}", f"${{1}}{_MASK}"),
    (
        (
            r"\b(AIza|ya29\.|gh[pousr]_|github_pat_|glpat-|hf_|gsk_|xai-|r8_|nvapi-|pplx-|tvly-|fw_"
            r"|xox[abeprs]-|AKIA|ASIA|AROA|SG\.|dop_v1_|lin_api_|npm_|pypi-)[A-Za-z0-9_.\-]{12,}"
        ),
        f"${{1}}{_MASK}",
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
