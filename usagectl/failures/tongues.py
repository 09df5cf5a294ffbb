"""What is said in other languages than English: stems of words that stand together."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain

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
_TO_ASCII = str.maketrans(_LETTERS)
_NO_LETTERS = re.compile(r"[\W_]+")

# Chinese, Japanese, Korean: a word may begin anywhere.
_JOINED = re.compile("[\u1100-\u11ff\u2fff-\U0010ffff]")


def folded(texts: pl.Series) -> pl.Series:
    """The words of each text in lower case without accents, a blank in front of each."""
    plain = texts.str.to_lowercase()
    # Most are ASCII, which has neither accents nor other letters.
    other = texts.str.contains(r"[^\x00-\x7F]").fill_null(value=False).arg_true()
    if len(other):
        bare = texts.gather(other).str.normalize("NFKD").str.replace_all(r"\p{M}+", "")
        bare = bare.str.to_lowercase().str.replace_many(_LETTERS)
        plain = plain.scatter(other, bare.str.replace_all(r"[^\p{L}\p{N}]+", " "))
    return " " + plain.str.replace_all(r"[\x00-/:-`{-\x7F]+", " ")


def stems_of(words: str) -> tuple[str, ...]:
    """Stems as folded text has them, each at the beginning of a word where words have blanks."""
    if not words.isascii():
        words = unicodedata.normalize("NFKD", words)
        words = "".join(letter for letter in words if not unicodedata.combining(letter))
    plain = words.lower().translate(_TO_ASCII)
    stems = (_NO_LETTERS.sub("", stem) for stem in plain.split())
    return tuple(stem if _JOINED.search(stem) else f" {stem}" for stem in stems)


def spoken(
    folded_texts: pl.Series, entries: Mapping[int, Sequence[tuple[str, ...]]]
) -> dict[int, list[int]]:
    """The numbers whose entries are in a text, by the place of the text; most have none.

    Args:
        folded_texts: What `folded` gives.
        entries: Entries of stems by a number: an entry is where all of its stems are.
    """
    if not entries:
        return {}
    # An entry is nowhere where its longest stem is not, which few English words begin with.
    by_longest: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
    for number, several in entries.items():
        for entry in several:
            by_longest.setdefault(max(entry, key=len), []).append((number, entry))
    places = folded_texts.str.contains_any([*by_longest]).fill_null(value=False).arg_true()
    stems = list(dict.fromkeys(stem for several in entries.values() for stem in chain(*several)))
    texts = folded_texts.gather(places).str.extract_many(stems, overlapping=True)
    # Texts have few sets of stems.
    known: dict[frozenset[str], list[int]] = {}
    found = {}
    for place, heard in zip(places, map(frozenset, texts.to_list()), strict=True):
        if heard not in known:
            known[heard] = sorted(
                {
                    number
                    for stem in heard
                    for number, entry in by_longest.get(stem, ())
                    if heard.issuperset(entry)
                }
            )
        if known[heard]:
            found[place] = known[heard]
    return found
