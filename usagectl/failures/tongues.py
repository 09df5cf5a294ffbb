"""What is said in other languages than English: stems of words that stand together."""

import re
import unicodedata
from collections.abc import Sequence

import polars as pl

# Letters that have no other way to lose their stroke or their dot.
_LETTERS = {
    "\u0142": "l",
    "\u00f8": "o",
    "\u0131": "i",
    "\u00df": "ss",
    "\u00e6": "ae",
    "\u0153": "oe",
}

# Chinese, Japanese, Korean: a word may begin anywhere.
_JOINED = re.compile("[\u1100-\u11ff\u2fff-\U0010ffff]")


def folded(text: pl.Expr) -> pl.Expr:
    """The words of a text in lower case without accents, a blank in front of each."""
    plain = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    return pl.lit(" ") + plain.str.replace_many(_LETTERS).str.replace_all(r"[^\p{L}\p{N}]+", " ")


def stems_of(words: str) -> tuple[str, ...]:
    """Stems as folded text has them, each at the beginning of a word where words have blanks."""
    marked = unicodedata.normalize("NFKD", words)
    plain = "".join(letter for letter in marked if not unicodedata.combining(letter)).lower()
    for letter, other in _LETTERS.items():
        plain = plain.replace(letter, other)
    stems = (re.sub(r"[\W_]+", "", stem) for stem in plain.split())
    return tuple(stem if _JOINED.search(stem) else f" {stem}" for stem in stems)


def says(stems: Sequence[tuple[str, ...]]) -> pl.Expr:
    """Whether all stems of one of some entries are in the text, whose column is `folded`."""
    return pl.any_horizontal(
        pl.all_horizontal(pl.col("folded").str.contains(stem, literal=True) for stem in entry)
        for entry in stems
    )
