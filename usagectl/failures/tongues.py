"""What is said in other languages than English: stems of words that stand together."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

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


def spoken(folded_texts: pl.Series, entries: Mapping[int, Sequence[tuple[str, ...]]]) -> pl.Series:
    """The numbers whose entries are in each text: an entry is where all of its stems are.

    Args:
        folded_texts: What `folded` gives.
        entries: Entries of stems by a number.
    """
    stems = sorted({stem for several in entries.values() for entry in several for stem in entry})
    if not stems:
        return pl.Series([[]], dtype=pl.List(pl.UInt32)).new_from_index(0, len(folded_texts))
    # Texts have few sets of stems, and all stems are looked for in one pass.
    heard = folded_texts.str.extract_many(stems, overlapping=True).list.unique().list.sort()
    sets = heard.list.join("\n")
    once = sets.unique()
    numbers = [_numbers(frozenset((said or "").split("\n")), entries) for said in once]
    table = pl.DataFrame({"set": once, "numbers": pl.Series(numbers, dtype=pl.List(pl.UInt32))})
    told = sets.to_frame("set").join(
        table, on="set", how="left", nulls_equal=True, maintain_order="left"
    )
    return told.get_column("numbers")


def _numbers(said: frozenset[str], entries: Mapping[int, Sequence[tuple[str, ...]]]) -> list[int]:
    return [
        number
        for number, several in entries.items()
        if any(said.issuperset(entry) for entry in several)
    ]
