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


def spoken(
    folded_texts: pl.Series, entries: Mapping[int, Sequence[tuple[str, ...]]]
) -> dict[int, list[int]]:
    """The numbers whose entries are in a text, by the place of the text; most have none.

    Args:
        folded_texts: What `folded` gives.
        entries: Entries of stems by a number: an entry is where all of its stems are.
    """
    every = [entry for several in entries.values() for entry in several]
    if not every:
        return {}
    # An entry is nowhere where its longest stem is not, which few English words begin with.
    longest = sorted({max(entry, key=len) for entry in every})
    places = folded_texts.str.contains_any(longest).fill_null(value=False).arg_true()
    stems = sorted({stem for entry in every for stem in entry})
    texts = folded_texts.gather(places).str.extract_many(stems, overlapping=True)
    # Texts have few sets of stems.
    known: dict[frozenset[str], list[int]] = {}
    found = {}
    for place, heard in zip(places, map(frozenset, texts.to_list()), strict=True):
        if heard not in known:
            known[heard] = _numbers(heard, entries)
        if known[heard]:
            found[place] = known[heard]
    return found


def _numbers(said: frozenset[str], entries: Mapping[int, Sequence[tuple[str, ...]]]) -> list[int]:
    return [
        number
        for number, several in entries.items()
        if any(said.issuperset(entry) for entry in several)
    ]
