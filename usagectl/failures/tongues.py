"""What is said in other languages than English: stems of words that stand together."""

import functools
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


def folded(text: pl.Expr) -> pl.Expr:
    """The words of a text in lower case without accents, a blank in front of each."""
    plain = text.str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.to_lowercase()
    return pl.lit(" ") + plain.str.replace_many(_LETTERS).str.replace_all(r"[^\p{L}\p{N}]+", " ")


def says(stems: Sequence[tuple[str, ...]]) -> pl.Expr:
    """Whether all stems of one of some entries are in the text, whose column is `folded`."""
    return pl.any_horizontal(
        pl.all_horizontal(
            pl.col("folded").str.contains(_needle(stem), literal=True) for stem in entry
        )
        for entry in stems
    )


@functools.cache
def _needle(stem: str) -> str:
    """The stem as folded text has it, at the beginning of a word where words have blanks between."""
    plain = str(pl.select(folded(pl.lit(stem))).item())
    joined = any(letter > "\u2fff" or "\u1100" <= letter <= "\u11ff" for letter in plain)
    return plain.strip() if joined else plain.rstrip()
